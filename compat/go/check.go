package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"time"
)

// limit bounds every wait for an event.
const limit = 30 * time.Second

// failure ends a scenario by panic; any other panic is reported as one too.
type failure struct{ why string }

// check is what a scenario gets: its root znode, clients that are closed at its end, and assertions.
type check struct {
	world *world
	name  string
	root  string

	mu      sync.Mutex
	clients []*client
}

// outcome runs a body and returns why it failed, or the empty string.
func (c *check) outcome(body func()) (why string) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case failure:
			why = cause.why
		default:
			why = fmt.Sprintf("panic: %v", cause)
		}
	}()
	body()
	return ""
}

// fail ends the scenario; the message begins with the line of the scenario's file that called.
func (c *check) fail(format string, values ...any) {
	place := ""
	for depth := 1; depth < 12; depth++ {
		_, file, line, ok := runtime.Caller(depth)
		if base := filepath.Base(file); ok && base != "check.go" {
			place = fmt.Sprintf("%s:%d: ", base, line)
			break
		}
	}
	panic(failure{place + fmt.Sprintf(format, values...)})
}

func (c *check) must(err error) {
	if err != nil {
		c.fail("%v", err)
	}
}

func (c *check) want(err, wanted error) {
	if !errors.Is(err, wanted) {
		c.fail("error is %v, not %v", err, wanted)
	}
}

func equal[T any](c *check, what string, got, wanted T) {
	if !reflect.DeepEqual(got, wanted) {
		c.fail("%s: %v, not %v", what, got, wanted)
	}
}

func (c *check) that(holds bool, format string, values ...any) {
	if !holds {
		c.fail(format, values...)
	}
}

// together runs a body n times at once and fails with the first failure of any.
func (c *check) together(n int, body func(i int)) {
	var wg sync.WaitGroup
	whys := make(chan string, n)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			if why := c.outcome(func() { body(i) }); why != "" {
				whys <- why
			}
		}(i)
	}
	wg.Wait()
	select {
	case why := <-whys:
		panic(failure{why})
	default:
	}
}

// within waits for one value of a channel.
func within[T any](c *check, what string, from <-chan T) T {
	select {
	case value, open := <-from:
		if !open {
			c.fail("%s: channel closed", what)
		}
		return value
	case <-time.After(limit):
		c.fail("%s: nothing within %v", what, limit)
	}
	panic("unreachable")
}

// nothingYet asserts that nothing has arrived, without waiting.
func nothingYet[T any](c *check, what string, from <-chan T) {
	select {
	case value := <-from:
		c.fail("%s: %v came", what, value)
	default:
	}
}

// release closes the scenario's clients.
func (c *check) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, each := range c.clients {
		each.Close()
	}
	c.clients = nil
}
