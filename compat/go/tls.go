package main

var tlsScenarios []scenario
