package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

const scenarioLimit = 60 * time.Second

// world holds what scenarios share: the temporary folder and the common server.
type world struct {
	folder  string
	mu      sync.Mutex
	servers []*server
	common  *server
}

func newWorld() (*world, error) {
	folder, err := os.MkdirTemp("", "zabra-go-")
	if err != nil {
		return nil, err
	}
	return &world{folder: folder}, nil
}

// end kills every server; the folder with their logs stays unless all went well.
func (w *world) end(remove bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.servers {
		s.kill()
	}
	if remove {
		os.RemoveAll(w.folder)
	} else {
		fmt.Fprintf(os.Stderr, "kept: %s\n", w.folder)
	}
}

// commonServer starts the server of most scenarios on first use. Its short ticks make short session timeouts possible.
func (w *world) commonServer(c *check) *server {
	if w.common == nil {
		w.common = w.launch(c, "common", "tickTime=500", "maxSessionTimeout=40000",
			"extendedTypesEnabled=true", "-Dznode.container.checkIntervalMs=200")
	}
	return w.common
}

func (w *world) launch(c *check, name string, lines ...string) *server {
	s, err := newServer(filepath.Join(w.folder, name), lines)
	c.must(err)
	w.mu.Lock()
	w.servers = append(w.servers, s)
	w.mu.Unlock()
	c.must(s.start())
	return s
}

// runScenario prints the line of one scenario.
func (w *world) runScenario(s scenario) bool {
	c := &check{world: w, name: s.name, root: "/" + strings.ReplaceAll(s.name, ".", "-")}
	began := time.Now()
	done := make(chan string, 1)
	go func() { done <- c.outcome(func() { s.run(c) }) }()
	var why string
	select {
	case why = <-done:
	case <-time.After(scenarioLimit):
		why = "did not end; stacks are in " + w.writeStacks(s.name)
	}
	c.release()
	ms := time.Since(began).Milliseconds()
	if why == "" {
		fmt.Printf("ok %s %d\n", s.name, ms)
		return true
	}
	fmt.Printf("FAIL %s %d: %s\n", s.name, ms, strings.ReplaceAll(why, "\n", " "))
	return false
}

func (w *world) writeStacks(name string) string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	file := filepath.Join(w.folder, name+".stacks")
	os.WriteFile(file, stacks, 0o644)
	return file
}
