package main

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

var znodeScenarios = []scenario{
	{name: "znodes.crud", run: znodesCrud},
	{name: "znodes.create-modes", run: znodesCreateModes},
	{name: "znodes.ttl-container", run: znodesTTLContainer},
	{name: "znodes.ttl-refreshed", run: znodesTTLRefreshed},
	{name: "znodes.refused-zxid", run: znodesRefusedZxid},
	{name: "znodes.sequence", run: znodesSequence},
	{name: "znodes.stat", run: znodesStat},
	{name: "znodes.bad-paths", run: znodesBadPaths},
	{name: "znodes.big-data", run: znodesBigData},
	{name: "znodes.many-children", run: znodesManyChildren},
}

// begin connects a client to the common server and makes the scenario's root.
func (c *check) begin() *client {
	k := c.dial(c.world.commonServer(c))
	k.make(c.root, "", zk.FlagPersistent)
	return k
}

func znodesCrud(c *check) {
	k := c.begin()
	path := c.root + "/a"
	exists, _, err := k.Exists(path)
	c.must(err)
	c.that(!exists, "%s is there before its creation", path)
	equal(c, "created", k.make(path, "one", zk.FlagPersistent), path)
	_, err = k.Create(path, nil, zk.FlagPersistent, openACL)
	c.want(err, zk.ErrNodeExists)
	data, stat, err := k.Get(path)
	c.must(err)
	equal(c, "data", string(data), "one")
	stat, err = k.Set(path, []byte("two"), stat.Version)
	c.must(err)
	equal(c, "version", stat.Version, 1)
	_, err = k.Set(path, []byte("three"), 0)
	c.want(err, zk.ErrBadVersion)
	equal(c, "data", k.read(path), "two")
	k.make(path+"/b", "", zk.FlagPersistent)
	children, _, err := k.Children(path)
	c.must(err)
	equal(c, "children", children, []string{"b"})
	c.want(k.Delete(path, -1), zk.ErrNotEmpty)
	k.remove(path + "/b")
	c.want(k.Delete(path, 0), zk.ErrBadVersion)
	c.must(k.Delete(path, 1))
	_, _, err = k.Get(path)
	c.want(err, zk.ErrNoNode)
	_, err = k.Set(path, nil, -1)
	c.want(err, zk.ErrNoNode)
	_, _, err = k.Children(path)
	c.want(err, zk.ErrNoNode)
	c.want(k.Delete(path, -1), zk.ErrNoNode)
	_, err = k.Create(path+"/b", nil, zk.FlagPersistent, openACL)
	c.want(err, zk.ErrNoNode)
	k.make(path, "", zk.FlagPersistent)
	equal(c, "empty data", k.read(path), "")
	k.make(c.root+"/ä☃", "name beyond ASCII", zk.FlagPersistent)
	equal(c, "data", k.read(c.root+"/ä☃"), "name beyond ASCII")
}

func znodesCreateModes(c *check) {
	k := c.begin()
	cases := []struct {
		flags   int32
		suffix  string
		ofOwner bool
	}{
		{zk.FlagPersistent, "", false},
		{zk.FlagEphemeral, "", true},
		{zk.FlagSequence, "0000000002", false},
		{zk.FlagEphemeralSequential, "0000000003", true},
	}
	for i, each := range cases {
		prefix := fmt.Sprintf("%s/mode%d-", c.root, i)
		path := k.make(prefix, "x", each.flags)
		equal(c, "name", path, prefix+each.suffix)
		owner := k.stat(path).EphemeralOwner
		equal(c, fmt.Sprintf("mode %d has an owner", each.flags), owner == k.SessionID(), each.ofOwner)
		if each.ofOwner {
			_, err := k.Create(path+"/child", nil, zk.FlagPersistent, openACL)
			c.want(err, zk.ErrNoChildrenForEphemerals)
		}
	}
	protected, err := k.CreateProtectedEphemeralSequential(c.root+"/guarded-", nil, openACL)
	c.must(err)
	c.that(strings.HasPrefix(protected, c.root+"/_c_") && strings.HasSuffix(protected, "-guarded-0000000004"), "name %s", protected)
	equal(c, "owner", k.stat(protected).EphemeralOwner, k.SessionID())
}

func znodesTTLContainer(c *check) {
	k := c.begin()
	container, err := k.CreateContainer(c.root+"/container", nil, zk.FlagContainer, openACL)
	c.must(err)
	// What marks a container or a TTL in the tree is no owner for clients.
	equal(c, "owner of a container", k.stat(container).EphemeralOwner, 0)
	_, _, containerGone, err := k.ExistsW(container)
	c.must(err)
	unused, err := k.CreateContainer(c.root+"/unused", nil, zk.FlagContainer, openACL)
	c.must(err)

	kept, err := k.CreateTTL(c.root+"/kept", nil, zk.FlagTTL, openACL, 300*time.Millisecond)
	c.must(err)
	equal(c, "owner of a TTL node", k.stat(kept).EphemeralOwner, 0)
	k.make(kept+"/child", "", zk.FlagPersistent)
	short, err := k.CreateTTL(c.root+"/short", nil, zk.FlagTTL, openACL, 300*time.Millisecond)
	c.must(err)
	_, _, shortGone, err := k.ExistsW(short)
	c.must(err)
	sequential, err := k.CreateTTL(c.root+"/ttl-", nil, zk.FlagPersistentSequentialWithTTL, openACL, 300*time.Millisecond)
	c.must(err)
	equal(c, "name", sequential, c.root+"/ttl-0000000004")
	_, _, sequentialGone, err := k.ExistsW(sequential)
	c.must(err)
	equal(c, "event", within(c, "end of the TTL", shortGone).Type, zk.EventNodeDeleted)
	equal(c, "event", within(c, "end of the TTL", sequentialGone).Type, zk.EventNodeDeleted)

	// Older than what is gone by now, but in use: a node with a child, and containers before their first child.
	_, _, keptGone, err := k.ExistsW(kept)
	c.must(err)
	k.remove(kept + "/child")
	equal(c, "event", within(c, "end of the TTL without a child", keptGone).Type, zk.EventNodeDeleted)
	nothingYet(c, "container without a first child", containerGone)
	k.make(container+"/child", "", zk.FlagPersistent)
	k.remove(container + "/child")
	equal(c, "event", within(c, "end of the container", containerGone).Type, zk.EventNodeDeleted)
	k.stat(unused)
	_, err = k.CreateTTL(c.root+"/nothing", nil, zk.FlagTTL, openACL, 0)
	c.want(err, zk.ErrBadArguments)
}

// A set starts the time of a TTL node anew. The other node is younger, has the same TTL and is left alone.
func znodesTTLRefreshed(c *check) {
	k := c.begin()
	used, err := k.CreateTTL(c.root+"/used", nil, zk.FlagTTL, openACL, 500*time.Millisecond)
	c.must(err)
	left, err := k.CreateTTL(c.root+"/left", nil, zk.FlagTTL, openACL, 500*time.Millisecond)
	c.must(err)
	for there := true; there; {
		k.set(used, "")
		there, _, err = k.Exists(left)
		c.must(err)
	}
	k.set(used, "")
}

// A write that is refused takes a zxid too.
func znodesRefusedZxid(c *check) {
	k := c.begin()
	for _, refused := range []func() error{
		func() error { return k.Delete(c.root+"/missing", -1) },
		func() error { _, err := k.Set(c.root, nil, 77); return err },
		func() error { _, err := k.Create(c.root, nil, 0, openACL); return err },
		func() error { _, err := k.Multi(&zk.CheckVersionRequest{Path: c.root, Version: 77}); return err },
	} {
		before := k.set(c.root, "").Mzxid
		c.that(refused() != nil, "a wrong write is taken")
		after := k.set(c.root, "").Mzxid
		c.that(after >= before+2, "zxid %x after %x and a refused write", after, before)
	}
}

func znodesSequence(c *check) {
	const clients, each = 4, 150
	k := c.begin()
	names := make(chan string, clients*each)
	others := make([]*client, clients)
	for i := range others {
		others[i] = c.dial(c.world.common)
	}
	c.together(clients, func(i int) {
		last := ""
		for n := 0; n < each; n++ {
			name := others[i].make(c.root+"/n-", "", zk.FlagSequence)
			c.that(name > last, "%s after %s", name, last)
			last = name
			names <- name
		}
	})
	close(names)
	var all []string
	for name := range names {
		all = append(all, name)
	}
	sort.Strings(all)
	for i, name := range all {
		equal(c, "name", name, fmt.Sprintf("%s/n-%010d", c.root, i))
	}
	// Every create counts, also one without the flag; a delete does not.
	k.remove(all[len(all)-1])
	equal(c, "after a delete", k.make(c.root+"/m-", "", zk.FlagSequence), fmt.Sprintf("%s/m-%010d", c.root, clients*each))
	k.make(c.root+"/plain", "", zk.FlagPersistent)
	equal(c, "name alone", k.make(c.root+"/", "", zk.FlagSequence), fmt.Sprintf("%s/%010d", c.root, clients*each+2))
}

func znodesStat(c *check) {
	k := c.begin()
	path := c.root + "/a"
	before := time.Now().UnixMilli()
	k.make(path, "12345", zk.FlagPersistent)
	first := *k.stat(path)
	c.that(first.Ctime >= before-1000 && first.Ctime <= time.Now().UnixMilli()+1000, "ctime %d", first.Ctime)
	equal(c, "stat", first, zk.Stat{Czxid: first.Czxid, Mzxid: first.Czxid, Pzxid: first.Czxid,
		Ctime: first.Ctime, Mtime: first.Ctime, DataLength: 5})

	second := *k.set(path, "123456789")
	c.that(second.Mzxid > first.Mzxid && second.Mtime >= first.Mtime, "after a set: %v", second)
	equal(c, "stat", second, zk.Stat{Czxid: first.Czxid, Mzxid: second.Mzxid, Pzxid: first.Czxid,
		Ctime: first.Ctime, Mtime: second.Mtime, Version: 1, DataLength: 9})

	k.make(path+"/child", "", zk.FlagPersistent)
	third := *k.stat(path)
	equal(c, "pzxid", third.Pzxid, k.stat(path+"/child").Czxid)
	equal(c, "cversion", third.Cversion, 1)
	equal(c, "numChildren", third.NumChildren, 1)
	k.set(path+"/child", "data of a child is no change of its parent")
	equal(c, "stat", *k.stat(path), third)

	k.remove(path + "/child")
	fourth := *k.stat(path)
	c.that(fourth.Pzxid > third.Pzxid, "pzxid after a delete: %v", fourth)
	equal(c, "cversion", fourth.Cversion, 2)
	equal(c, "numChildren", fourth.NumChildren, 0)

	fifth, err := k.SetACL(path, openACL, -1)
	c.must(err)
	fourth.Aversion = 1
	equal(c, "stat after setACL", *fifth, fourth)
}

func znodesBadPaths(c *check) {
	k := c.begin()
	for _, path := range []string{"", "a", c.root + "/", c.root + "//a", c.root + "/.", c.root + "/../a", c.root + "/\x00", c.root + "/\x1f"} {
		_, err := k.Create(path, nil, zk.FlagPersistent, openACL)
		c.want(err, zk.ErrInvalidPath)
		_, _, err = k.Get(path)
		c.want(err, zk.ErrInvalidPath)
	}
	// The library lets these pass; the server refuses them.
	for _, name := range []string{"\ue000", "\uffff", "😀"} {
		_, err := k.Create(c.root+"/"+name, nil, zk.FlagPersistent, openACL)
		c.want(err, zk.ErrBadArguments)
	}
	_, _, err := k.Get(c.root + "/😀")
	c.want(err, zk.ErrNoNode)
	c.want(k.Delete("/", -1), zk.ErrBadArguments)
	_, err = k.Create("/", nil, zk.FlagPersistent, openACL)
	c.want(err, zk.ErrNodeExists)
	for _, name := range []string{"...", "a.b", "a b", ".a", "~", "%2F"} {
		k.make(c.root+"/"+name, name, zk.FlagPersistent)
		equal(c, "data", k.read(c.root+"/"+name), name)
	}
}

// frameMax is jute.maxbuffer where nothing is set.
const frameMax = 0xfffff

func znodesBigData(c *check) {
	k := c.begin()
	path := c.root + "/a"
	k.make(path, "", zk.FlagPersistent)
	// Around the data: xid, type, length of the path, path, length of the data, version.
	most := frameMax - 8 - 4 - len(path) - 4 - 4
	data := bytes.Repeat([]byte("0123456789abcdef"), most/16+1)[:most+1]
	_, err := k.Set(path, data[:most], -1)
	c.must(err)
	session := k.SessionID()
	_, err = k.Set(path, data, -1)
	c.that(err != nil, "a frame above the limit is taken")
	k.await(zk.StateHasSession)
	equal(c, "session", k.SessionID(), session)
	read, stat, err := k.Get(path)
	c.must(err)
	c.that(bytes.Equal(read, data[:most]), "data that was read is not what was written")
	equal(c, "version", stat.Version, 1)
	equal(c, "dataLength", int(stat.DataLength), most)

	// The library can refuse big replies: it drops the connection and comes back with its session.
	small := c.dialWith(c.world.common, clientOptions{maxBuffer: 100_000})
	session = small.SessionID()
	_, _, err = small.Get(path)
	c.want(err, zk.ErrConnectionClosed)
	small.await(zk.StateHasSession)
	equal(c, "session", small.SessionID(), session)
}

func znodesManyChildren(c *check) {
	const count, hands = 22_000, 50
	k := c.begin()
	c.together(hands, func(i int) {
		for n := i; n < count; n += hands {
			k.make(fmt.Sprintf("%s/a-child-with-a-rather-long-name-as-people-use-%06d", c.root, n), "", zk.FlagPersistent)
		}
	})
	children, stat, err := k.Children(c.root)
	c.must(err)
	equal(c, "numChildren", stat.NumChildren, count)
	equal(c, "cversion", stat.Cversion, count)
	sort.Strings(children)
	for i, name := range children {
		equal(c, "name", name, fmt.Sprintf("a-child-with-a-rather-long-name-as-people-use-%06d", i))
	}
	for len(children) > 0 {
		some := children[:min(1000, len(children))]
		children = children[len(some):]
		var ops []interface{}
		for _, name := range some {
			ops = append(ops, &zk.DeleteRequest{Path: c.root + "/" + name, Version: 0})
		}
		_, err := k.Multi(ops...)
		c.must(err)
	}
	equal(c, "numChildren", k.stat(c.root).NumChildren, 0)
}
