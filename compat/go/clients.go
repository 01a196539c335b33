package main

var clientScenarios []scenario
