package main

var sessionScenarios []scenario
