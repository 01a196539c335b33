package main

var restartScenarios []scenario
