package main

var multiScenarios []scenario
