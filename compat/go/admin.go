package main

var adminScenarios []scenario
