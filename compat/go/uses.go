package main

var useScenarios []scenario
