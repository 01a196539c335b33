package main

import (
	"fmt"
	"time"

	"github.com/go-zookeeper/zk"
)

var sessionScenarios = []scenario{
	{name: "sessions.ephemerals", run: sessionsEphemerals},
	{name: "sessions.close", run: sessionsClose},
	{name: "sessions.states", run: sessionsStates},
	{name: "sessions.timeouts", run: sessionsTimeouts},
	{name: "sessions.reconnect", run: sessionsReconnect},
	{name: "sessions.reconnect-many-watches", run: sessionsManyWatches},
	{name: "sessions.expiry", run: sessionsExpiry},
}

func sessionsEphemerals(c *check) {
	k, owner := c.begin(), c.dial(c.world.common)
	for i := 0; i < 50; i++ {
		path := owner.make(fmt.Sprintf("%s/e%d", c.root, i), "", zk.FlagEphemeral)
		equal(c, "owner", k.stat(path).EphemeralOwner, owner.SessionID())
	}
	// Anybody may delete one.
	k.remove(c.root + "/e0")
	last := k.watchExists(c.root + "/e49")
	cversion := k.stat(c.root).Cversion
	owner.Close()
	c.event(last, zk.EventNodeDeleted, c.root+"/e49")
	// They all go in one transaction.
	children, stat, err := k.Children(c.root)
	c.must(err)
	equal(c, "children", len(children), 0)
	equal(c, "cversion", stat.Cversion, cversion+49)
}

func sessionsClose(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	path := other.make(c.root+"/e", "", zk.FlagEphemeral)
	gone := k.watchExists(path)
	watch := other.watchData(c.root)
	id := other.SessionID()
	c.that(c.connected(id), "session %x is not among the connections", id)
	other.Close()
	event := within(c, "end of the watch", watch)
	equal(c, "event", event.Type, zk.EventNotWatching)
	c.want(event.Err, zk.ErrClosing)
	c.event(gone, zk.EventNodeDeleted, path)
	_, _, err := other.Get(c.root)
	c.want(err, zk.ErrConnectionClosed)
	k.read(c.root)
	c.that(!c.connected(id), "session %x is among the connections after its end", id)
}

// connected says whether the common server lists a connection of the session.
func (c *check) connected(id int64) bool {
	// False with it: the connection that asks is listed too, in a form that the library cannot read.
	servers, _ := zk.FLWCons([]string{c.world.common.address}, limit)
	for _, each := range servers[0].Clients {
		if each.SessionID == id {
			return true
		}
	}
	return false
}

func sessionsStates(c *check) {
	s := c.world.commonServer(c)
	k := c.open(s, clientOptions{})
	expect := func(states ...zk.State) {
		for _, state := range states {
			equal(c, "state", within(c, state.String(), k.states), state)
		}
	}
	expect(zk.StateConnecting, zk.StateConnected, zk.StateHasSession)
	equal(c, "state", k.State(), zk.StateHasSession)
	equal(c, "server", k.Server(), s.address)
	id := k.SessionID()
	k.mu.Lock()
	k.conn.Close()
	k.mu.Unlock()
	expect(zk.StateDisconnected, zk.StateConnecting, zk.StateConnected, zk.StateHasSession)
	equal(c, "session", k.SessionID(), id)
	k.Close()
	expect(zk.StateDisconnected)
	equal(c, "state", k.State(), zk.StateDisconnected)
}

// The server moves a timeout into its limits; `cons` shows what it granted.
func sessionsTimeouts(c *check) {
	s := c.world.commonServer(c)
	for asked, granted := range map[time.Duration]int32{
		10 * time.Millisecond: 1000, 4321 * time.Millisecond: 4321, 100 * time.Second: 40000,
	} {
		k := c.dialWith(s, clientOptions{timeout: asked})
		servers, _ := zk.FLWCons([]string{s.address}, limit)
		found := int32(0)
		for _, each := range servers[0].Clients {
			if each.SessionID == k.SessionID() {
				found = each.Timeout
			}
		}
		equal(c, fmt.Sprintf("timeout for %v", asked), found, granted)
		k.Close()
	}
}

func sessionsReconnect(c *check) {
	k, away := c.begin(), c.dial(c.world.common)
	paths := map[string]string{}
	for _, name := range []string{"changed", "deleted", "parent", "later"} {
		paths[name] = k.make(c.root+"/"+name, "", zk.FlagPersistent)
	}
	paths["created"] = c.root + "/created"
	changed, deleted := away.watchData(paths["changed"]), away.watchData(paths["deleted"])
	created, parent := away.watchExists(paths["created"]), away.watchChildren(paths["parent"])
	later, silent := away.watchData(paths["later"]), away.watchExists(c.root+"/never")
	ephemeral := away.make(c.root+"/e", "", zk.FlagEphemeral)
	id := away.SessionID()

	away.leave()
	k.set(paths["changed"], "while away")
	k.remove(paths["deleted"])
	k.make(paths["created"], "", zk.FlagPersistent)
	k.make(paths["parent"]+"/child", "", zk.FlagPersistent)
	nothingYet(c, "watch of a client that is away", changed)
	away.comeBack()
	away.await(zk.StateHasSession)
	equal(c, "session", away.SessionID(), id)
	c.event(changed, zk.EventNodeDataChanged, paths["changed"])
	c.event(deleted, zk.EventNodeDeleted, paths["deleted"])
	c.event(created, zk.EventNodeCreated, paths["created"])
	c.event(parent, zk.EventNodeChildrenChanged, paths["parent"])
	nothingYet(c, "watch of what did not change", later)
	k.set(paths["later"], "after the return")
	c.event(later, zk.EventNodeDataChanged, paths["later"])
	nothingYet(c, "watch of what is not there", silent)
	equal(c, "owner", k.stat(ephemeral).EphemeralOwner, id)
}

// So many watches that the library hands them back in several requests.
func sessionsManyWatches(c *check) {
	const count = 4000
	k, away := c.begin(), c.dial(c.world.common)
	path := func(i int) string {
		return fmt.Sprintf("%s/a-name-that-is-long-enough-for-three-requests-of-128-kilobytes-%05d", c.root, i)
	}
	watches := make([]<-chan zk.Event, count)
	c.together(50, func(hand int) {
		for i := hand; i < count; i += 50 {
			watches[i] = away.watchExists(path(i))
		}
	})
	away.leave()
	k.make(path(0), "", zk.FlagPersistent)
	away.comeBack()
	c.event(watches[0], zk.EventNodeCreated, path(0))
	// The library may still be handing back the others: a node made meanwhile counts as made while it was away.
	for i := 1; i < count; i += 37 {
		k.make(path(i), "", zk.FlagPersistent)
	}
	for i := 1; i < count; i += 37 {
		c.event(watches[i], zk.EventNodeCreated, path(i))
		nothingYet(c, "watch of another node", watches[i+1])
	}
}

func sessionsExpiry(c *check) {
	k := c.begin()
	doomed := c.dialWith(c.world.common, clientOptions{timeout: time.Second})
	idle := c.dialWith(c.world.common, clientOptions{timeout: time.Second})
	idleNode := idle.make(c.root+"/idle", "", zk.FlagEphemeral)
	path := doomed.make(c.root+"/e", "", zk.FlagEphemeral)
	watch := doomed.watchData(path)
	gone, parent := k.watchExists(path), k.watchChildren(c.root)
	id := doomed.SessionID()
	doomed.leave()
	left := time.Now()
	c.event(gone, zk.EventNodeDeleted, path)
	c.event(parent, zk.EventNodeChildrenChanged, c.root)
	c.that(time.Since(left) > 300*time.Millisecond, "the session ended with its connection")
	doomed.comeBack()
	doomed.await(zk.StateExpired)
	event := within(c, "end of the watch", watch)
	equal(c, "event", event.Type, zk.EventNotWatching)
	c.want(event.Err, zk.ErrSessionExpired)
	// The library opens a session anew.
	doomed.await(zk.StateHasSession)
	c.that(doomed.SessionID() != id && doomed.SessionID() != 0, "session %x after %x", doomed.SessionID(), id)
	equal(c, "owner of a new one", k.stat(doomed.make(path, "", zk.FlagEphemeral)).EphemeralOwner, doomed.SessionID())
	// A client that only pings lives on.
	equal(c, "owner", k.stat(idleNode).EphemeralOwner, idle.SessionID())
}
