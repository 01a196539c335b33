package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/go-zookeeper/zk"
)

var restartScenarios = []scenario{
	{name: "sessions.reconnect-restart", run: sessionsReconnectRestart},
	{name: "sessions.restart-terminated", run: sessionsRestartTerminated},
}

// A server that is killed and started again on its folder has the tree, the sessions and their ephemerals; clients
// bring their watches.
func sessionsReconnectRestart(c *check) { restart(c, syscall.SIGKILL) }

func sessionsRestartTerminated(c *check) { restart(c, syscall.SIGTERM) }

func restart(c *check, number syscall.Signal) {
	s := c.world.launch(c, c.name, "tickTime=500")
	defer s.kill()
	writer, k := c.dial(s), c.dialWith(s, clientOptions{timeout: 10 * time.Second})
	lost := c.dialWith(s, clientOptions{timeout: 2 * time.Second})
	writer.make(c.root, "", zk.FlagPersistent)
	data := writer.make(c.root+"/data", "before", zk.FlagPersistent)
	secret, err := writer.Create(c.root+"/secret", []byte("hidden"), zk.FlagPersistent, zk.DigestACL(zk.PermAll, "ann", "pw"))
	c.must(err)
	c.must(k.AddAuth("digest", []byte("ann:pw")))
	own := k.make(c.root+"/own", "", zk.FlagEphemeral)
	lostNode := lost.make(c.root+"/lost", "", zk.FlagEphemeral)
	changed, parent := k.watchData(data), k.watchChildren(c.root)
	created := k.watchExists(c.root + "/created")
	for i := 0; i < 200; i++ {
		writer.make(c.root+"/n-", fmt.Sprint(i), zk.FlagSequence)
	}
	c.event(parent, zk.EventNodeChildrenChanged, c.root)
	parent = k.watchChildren(c.root)
	names, stat, err := writer.Children(c.root)
	c.must(err)
	id, writerID := k.SessionID(), writer.SessionID()

	lost.leave()
	s.signal(number)
	k.await(zk.StateDisconnected)
	writer.await(zk.StateDisconnected)
	nothingYet(c, "watch without a server", changed)
	c.must(s.start())
	k.await(zk.StateHasSession)
	writer.await(zk.StateHasSession)
	equal(c, "session", k.SessionID(), id)
	equal(c, "session", writer.SessionID(), writerID)
	equal(c, "owner", writer.stat(own).EphemeralOwner, id)
	equal(c, "data", k.read(data), "before")
	// The library gives the credentials of before by itself.
	equal(c, "data under an ACL", k.read(secret), "hidden")

	// A session that does not come back ends, though the server that knew it is gone.
	if exists, _, events, err := writer.ExistsW(lostNode); exists {
		c.must(err)
		c.event(events, zk.EventNodeDeleted, lostNode)
	}
	c.event(parent, zk.EventNodeChildrenChanged, c.root)
	after, afterStat, err := writer.Children(c.root)
	c.must(err)
	equal(c, "children", len(after), len(names)-1)
	equal(c, "cversion", afterStat.Cversion, stat.Cversion+1)
	nothingYet(c, "watch of what did not change", changed)
	writer.set(data, "after")
	c.event(changed, zk.EventNodeDataChanged, data)
	writer.make(c.root+"/created", "", zk.FlagPersistent)
	c.event(created, zk.EventNodeCreated, c.root+"/created")
	equal(c, "sequence", writer.make(c.root+"/n-", "", zk.FlagSequence), fmt.Sprintf("%s/n-%010d", c.root, 205))
}
