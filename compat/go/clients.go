package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-zookeeper/zk"
)

var clientScenarios = []scenario{
	{name: "clients.many", run: clientsMany},
	{name: "clients.one-connection", run: clientsOneConnection},
}

// increment adds one to a number that others change too, by the version that was read.
func (k *client) increment(path string) {
	for {
		data, stat, err := k.Get(path)
		k.c.must(err)
		n, err := strconv.Atoi(string(data))
		k.c.must(err)
		_, err = k.Set(path, []byte(strconv.Itoa(n+1)), stat.Version)
		if err == nil {
			return
		}
		k.c.want(err, zk.ErrBadVersion)
	}
}

func clientsMany(c *check) {
	const clients, rounds = 64, 6
	k := c.begin()
	shared := k.make(c.root+"/shared", "0", zk.FlagPersistent)
	queue := k.make(c.root+"/queue", "", zk.FlagPersistent)
	alive := k.make(c.root+"/alive", "", zk.FlagPersistent)
	crowd := make([]*client, clients)
	c.together(clients, func(i int) { crowd[i] = c.dial(c.world.common) })
	c.together(clients, func(i int) {
		mine := crowd[i]
		own := mine.make(fmt.Sprintf("%s/own-%d", c.root, i), "", zk.FlagPersistent)
		mine.make(fmt.Sprintf("%s/%d", alive, i), "", zk.FlagEphemeral)
		for round := 1; round <= rounds; round++ {
			watch := mine.watchData(own)
			mine.set(own, strconv.Itoa(round))
			c.event(watch, zk.EventNodeDataChanged, own)
			mine.increment(shared)
			mine.make(queue+"/n-", strconv.Itoa(i), zk.FlagSequence)
			_, err := mine.Multi(&zk.CheckVersionRequest{Path: own, Version: int32(round)},
				&zk.CreateRequest{Path: fmt.Sprintf("%s/r%d", own, round), Acl: openACL})
			c.must(err)
			_, err = mine.Multi(&zk.DeleteRequest{Path: own, Version: -1}, &zk.DeleteRequest{Path: shared, Version: -1})
			c.want(err, zk.ErrNotEmpty)
		}
		switch i % 4 {
		case 0:
			mine.Close()
		case 1:
			mine.leave()
			mine.comeBack()
			mine.await(zk.StateHasSession)
			equal(c, "own node after a return", mine.read(own), strconv.Itoa(rounds))
		}
	})
	equal(c, "shared counter", k.read(shared), strconv.Itoa(clients*rounds))
	queued, stat, err := k.Children(queue)
	c.must(err)
	equal(c, "queue", len(queued), clients*rounds)
	equal(c, "cversion of the queue", stat.Cversion, clients*rounds)
	for i := 0; i < clients; i++ {
		own := fmt.Sprintf("%s/own-%d", c.root, i)
		equal(c, "data", k.read(own), strconv.Itoa(rounds))
		equal(c, "children", k.stat(own).NumChildren, rounds)
		exists, stat, err := k.Exists(fmt.Sprintf("%s/%d", alive, i))
		c.must(err)
		equal(c, fmt.Sprintf("client %d is there", i), exists, i%4 != 0)
		c.that(!exists || stat.EphemeralOwner == crowd[i].SessionID(), "ephemeral %d belongs to %x", i, stat.EphemeralOwner)
	}
}

// Many goroutines share one connection: replies come back to who asked, in the order of the requests.
func clientsOneConnection(c *check) {
	const hands, rounds = 100, 30
	k := c.begin()
	c.together(hands, func(i int) {
		path := k.make(fmt.Sprintf("%s/%d", c.root, i), "", zk.FlagPersistent)
		last := int64(0)
		for round := 0; round < rounds; round++ {
			value := fmt.Sprintf("%d of %d", round, i)
			stat := k.set(path, value)
			c.that(stat.Mzxid > last, "zxid %x after %x", stat.Mzxid, last)
			last = stat.Mzxid
			equal(c, "data", k.read(path), value)
			_, _, err := k.Get(path + "/missing")
			if !errors.Is(err, zk.ErrNoNode) {
				c.fail("error is %v", err)
			}
		}
	})
	equal(c, "children", k.stat(c.root).NumChildren, hands)
}
