// The scenarios of compat/ with go-zookeeper/zk: one line for each, then "N passed, N failed".
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// scenario is one named check; skip says why the library cannot do it.
type scenario struct {
	name string
	run  func(*check)
	skip string
}

func skipped(why string, names ...string) []scenario {
	var all []scenario
	for _, name := range names {
		all = append(all, scenario{name: name, skip: why})
	}
	return all
}

func allScenarios() []scenario {
	var all []scenario
	all = append(all, znodeScenarios...)
	all = append(all, watchScenarios...)
	all = append(all, sessionScenarios...)
	all = append(all, restartScenarios...)
	all = append(all, multiScenarios...)
	all = append(all, accessScenarios...)
	all = append(all, tlsScenarios...)
	all = append(all, adminScenarios...)
	all = append(all, clientScenarios...)
	all = append(all, useScenarios...)
	return all
}

func selected(name string, words []string) bool {
	if len(words) == 0 {
		return true
	}
	for _, word := range words {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func main() {
	w, err := newWorld()
	if err != nil {
		fmt.Printf("FAIL start 0: %v\n0 passed, 1 failed\n", err)
		os.Exit(1)
	}
	// A suite that is told to stop leaves no server behind.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		w.end(false)
		os.Exit(130)
	}()
	passed, failed := 0, 0
	for _, s := range allScenarios() {
		switch {
		case !selected(s.name, os.Args[1:]):
		case s.skip != "":
			fmt.Printf("skip %s: %s\n", s.name, s.skip)
		case w.runScenario(s):
			passed++
		default:
			failed++
		}
	}
	w.end(failed == 0)
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
