package main

import (
	"fmt"

	"github.com/go-zookeeper/zk"
)

var watchScenarios = append([]scenario{
	{name: "watches.data", run: watchesData},
	{name: "watches.exists", run: watchesExists},
	{name: "watches.children", run: watchesChildren},
	{name: "watches.order", run: watchesOrder},
}, skipped("the library has no addWatch and no removeWatches",
	"watches.persistent", "watches.persistent-recursive", "watches.remove")...)

func (k *client) watchData(path string) <-chan zk.Event {
	_, _, events, err := k.GetW(path)
	k.c.must(err)
	return events
}

func (k *client) watchExists(path string) <-chan zk.Event {
	_, _, events, err := k.ExistsW(path)
	k.c.must(err)
	return events
}

func (k *client) watchChildren(path string) <-chan zk.Event {
	_, _, events, err := k.ChildrenW(path)
	k.c.must(err)
	return events
}

func (c *check) event(events <-chan zk.Event, kind zk.EventType, path string) {
	event := within(c, "event of "+path, events)
	equal(c, "event", event, zk.Event{Type: kind, State: zk.StateSyncConnected, Path: path})
}

func watchesData(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	path := c.root + "/a"
	_, _, _, err := k.GetW(path)
	c.want(err, zk.ErrNoNode)
	k.make(path, "", zk.FlagPersistent)
	first, second := k.watchData(path), k.watchData(path)
	nothingYet(c, "watch", first)
	other.set(path, "changed")
	c.event(first, zk.EventNodeDataChanged, path)
	c.event(second, zk.EventNodeDataChanged, path)
	// Once only: the next change finds no watch.
	other.set(path, "again")
	third := k.watchData(path)
	other.make(path+"/child", "", zk.FlagPersistent)
	_, err = other.SetACL(path, openACL, -1)
	c.must(err)
	other.remove(path + "/child")
	k.read(path)
	nothingYet(c, "child or ACL for a data watch", third)
	other.remove(path)
	c.event(third, zk.EventNodeDeleted, path)
}

func watchesExists(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	path := c.root + "/a"
	created := k.watchExists(path)
	other.make(path, "", zk.FlagPersistent)
	c.event(created, zk.EventNodeCreated, path)
	changed := k.watchExists(path)
	other.set(path, "")
	c.event(changed, zk.EventNodeDataChanged, path)
	deleted := k.watchExists(path)
	other.remove(path)
	c.event(deleted, zk.EventNodeDeleted, path)
	// A create and a delete in one transaction: the watch sees the create.
	within := k.watchExists(path)
	_, err := other.Multi(&zk.CreateRequest{Path: path, Acl: openACL}, &zk.DeleteRequest{Path: path, Version: -1})
	c.must(err)
	c.event(within, zk.EventNodeCreated, path)
}

func watchesChildren(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	path := c.root + "/a"
	k.make(path, "", zk.FlagPersistent)
	added := k.watchChildren(path)
	other.make(path+"/b", "", zk.FlagPersistent)
	c.event(added, zk.EventNodeChildrenChanged, path)
	removed := k.watchChildren(path)
	other.set(path+"/b", "data of a child")
	other.make(path+"/b/c", "", zk.FlagPersistent)
	other.remove(path + "/b/c")
	other.set(path, "own data")
	k.read(path)
	nothingYet(c, "data or grandchild for a child watch", removed)
	other.remove(path + "/b")
	c.event(removed, zk.EventNodeChildrenChanged, path)
	parent, own := k.watchChildren(c.root), k.watchChildren(path)
	other.remove(path)
	c.event(own, zk.EventNodeDeleted, path)
	c.event(parent, zk.EventNodeChildrenChanged, c.root)
}

// The event of a change comes before any reply that shows the change or a later one.
func watchesOrder(c *check) {
	const rounds = 300
	k, other := c.begin(), c.dial(c.world.common)
	path, flag := c.root+"/a", c.root+"/flag"
	k.make(path, "0", zk.FlagPersistent)
	k.make(flag, "0", zk.FlagPersistent)
	for round := 1; round <= rounds; round++ {
		events := k.watchData(path)
		value := fmt.Sprint(round)
		done := make(chan string, 1)
		go func() {
			done <- c.outcome(func() {
				other.set(path, value)
				other.set(flag, value)
			})
		}()
		for k.read(flag) != value {
		}
		select {
		case event := <-events:
			equal(c, "event", event.Type, zk.EventNodeDataChanged)
		default:
			c.fail("round %d: a reply overtook the event of an earlier change", round)
		}
		equal(c, "writer", within(c, "writer", done), "")
		// So does the event of an own change.
		events = k.watchData(path)
		k.set(path, "own")
		select {
		case event := <-events:
			equal(c, "event", event.Type, zk.EventNodeDataChanged)
		default:
			c.fail("round %d: the reply overtook the event of an own change", round)
		}
	}
}
