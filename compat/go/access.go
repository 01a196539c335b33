package main

var accessScenarios []scenario
