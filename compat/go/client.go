package main

import (
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

var openACL = zk.WorldACL(zk.PermAll)

var errClosedGate = errors.New("the scenario keeps this client away")

type silentLogger struct{}

func (silentLogger) Printf(string, ...interface{}) {}

// client is a connection of the library whose network the scenario can cut, and whose session events it can await.
type client struct {
	*zk.Conn
	c      *check
	server *server
	states chan zk.State

	mu   sync.Mutex
	away bool
	conn net.Conn
}

type dialFunction func(network, address string, timeout time.Duration) (net.Conn, error)

type clientOptions struct {
	timeout   time.Duration
	dial      dialFunction
	address   string
	maxBuffer int
	maxSend   int
	onEvent   func(zk.Event)
}

// dial connects a client and waits for its session.
func (c *check) dial(s *server) *client {
	return c.dialWith(s, clientOptions{})
}

func (c *check) dialWith(s *server, options clientOptions) *client {
	k := c.open(s, options)
	k.await(zk.StateHasSession)
	return k
}

// open begins to connect a client.
func (c *check) open(s *server, options clientOptions) *client {
	if options.timeout == 0 {
		options.timeout = 20 * time.Second
	}
	if options.dial == nil {
		options.dial = net.DialTimeout
	}
	if options.address == "" {
		options.address = s.address
	}
	if options.maxSend == 0 {
		options.maxSend = 1536 * 1024
	}
	k := &client{c: c, server: s, states: make(chan zk.State, 1000)}
	conn, events, err := zk.Connect([]string{options.address}, options.timeout,
		zk.WithDialer(k.gate(options.dial)),
		zk.WithLogger(silentLogger{}),
		zk.WithLogInfo(false),
		zk.WithMaxBufferSize(options.maxBuffer),
		zk.WithMaxConnBufferSize(options.maxSend),
		zk.WithEventCallback(func(event zk.Event) {
			if event.Type == zk.EventSession {
				k.states <- event.State
			}
			if options.onEvent != nil {
				options.onEvent(event)
			}
		}))
	c.must(err)
	go func() {
		for range events {
		}
	}()
	k.Conn = conn
	c.mu.Lock()
	c.clients = append(c.clients, k)
	c.mu.Unlock()
	return k
}

// gate lets the client dial while it is not away and the server serves.
func (k *client) gate(dial dialFunction) zk.Dialer {
	return func(network, address string, timeout time.Duration) (net.Conn, error) {
		k.mu.Lock()
		away := k.away
		k.mu.Unlock()
		if away || !k.server.isServing() {
			return nil, errClosedGate
		}
		conn, err := dial(network, address, timeout)
		if err == nil {
			k.mu.Lock()
			k.conn = conn
			k.mu.Unlock()
		}
		return conn, err
	}
}

// leave cuts the client's connection without a word to the server and keeps it away until comeBack.
func (k *client) leave() {
	k.mu.Lock()
	k.away = true
	conn := k.conn
	k.mu.Unlock()
	conn.Close()
	k.await(zk.StateDisconnected)
}

func (k *client) comeBack() {
	k.mu.Lock()
	k.away = false
	k.mu.Unlock()
}

// await waits until the client reports a state; the states before it are dropped.
func (k *client) await(state zk.State) {
	deadline := time.After(limit)
	var seen []string
	for {
		select {
		case next := <-k.states:
			if next == state {
				return
			}
			seen = append(seen, next.String())
		case <-deadline:
			k.c.fail("no %v within %v after %s", state, limit, strings.Join(seen, " "))
		}
	}
}

// make creates a znode for everybody.
func (k *client) make(path, data string, flags int32) string {
	name, err := k.Create(path, []byte(data), flags, openACL)
	if err != nil {
		k.c.fail("create %s: %v", path, err)
	}
	return name
}

func (k *client) set(path, data string) *zk.Stat {
	stat, err := k.Set(path, []byte(data), -1)
	if err != nil {
		k.c.fail("set %s: %v", path, err)
	}
	return stat
}

func (k *client) read(path string) string {
	data, _, err := k.Get(path)
	if err != nil {
		k.c.fail("get %s: %v", path, err)
	}
	return string(data)
}

func (k *client) stat(path string) *zk.Stat {
	exists, stat, err := k.Exists(path)
	if err != nil || !exists {
		k.c.fail("exists %s: %v %v", path, exists, err)
	}
	return stat
}

func (k *client) remove(path string) {
	if err := k.Delete(path, -1); err != nil {
		k.c.fail("delete %s: %v", path, err)
	}
}
