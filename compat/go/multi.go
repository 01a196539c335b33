package main

import (
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

var multiScenarios = append([]scenario{
	{name: "multi.success", run: multiSuccess},
	{name: "multi.failures", run: multiFailures},
	{name: "multi.atomic", run: multiAtomic},
}, skipped("the library has no multi of reads", "multi.read")...)

func multiSuccess(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	a, b := c.root+"/a", c.root+"/b"
	parent := other.watchChildren(c.root)
	results, err := k.Multi(
		&zk.CreateRequest{Path: a, Data: []byte("1"), Acl: openACL},
		&zk.CreateRequest{Path: a + "/n-", Acl: openACL, Flags: zk.FlagSequence},
		&zk.CreateRequest{Path: a + "/e", Acl: openACL, Flags: zk.FlagEphemeral},
		&zk.SetDataRequest{Path: a, Data: []byte("22"), Version: 0},
		&zk.CheckVersionRequest{Path: a, Version: 1},
		&zk.CreateRequest{Path: b, Acl: openACL},
		&zk.DeleteRequest{Path: b, Version: 0},
		&zk.CheckVersionRequest{Path: "/", Version: -1},
	)
	c.must(err)
	equal(c, "results", len(results), 8)
	for i, each := range results {
		equal(c, fmt.Sprintf("error of %d", i), each.Error, nil)
	}
	equal(c, "path", results[0].String, a)
	equal(c, "path", results[1].String, a+"/n-0000000000")
	equal(c, "path", results[2].String, a+"/e")
	stat := k.stat(a)
	equal(c, "stat of the set", *results[3].Stat, zk.Stat{Czxid: stat.Czxid, Mzxid: stat.Czxid, Pzxid: stat.Czxid, Ctime: stat.Ctime,
		Mtime: stat.Mtime, Version: 1, Cversion: 2, DataLength: 2, NumChildren: 2})
	equal(c, "one zxid for all", k.stat(a+"/e").Czxid, stat.Czxid)
	equal(c, "owner", k.stat(a+"/e").EphemeralOwner, k.SessionID())
	equal(c, "data", k.read(a), "22")
	c.event(parent, zk.EventNodeChildrenChanged, c.root)
	results, err = k.Multi()
	c.must(err)
	equal(c, "results of nothing", len(results), 0)
	_, err = k.Multi("something else")
	c.that(err != nil, "a string is taken for an operation")
}

// errBehind is what operations behind the one that failed get: RuntimeInconsistency, which the library has no name for.
var errBehind = errors.New("unknown error: -2")

func multiFailures(c *check) {
	k := c.begin()
	node, full := k.make(c.root+"/node", "old", zk.FlagPersistent), k.make(c.root+"/full", "", zk.FlagPersistent)
	k.make(full+"/child", "", zk.FlagPersistent)
	ephemeral := k.make(c.root+"/e", "", zk.FlagEphemeral)
	closed, err := k.Create(c.root+"/closed", nil, zk.FlagPersistent, zk.DigestACL(zk.PermAll, "ann", "pw"))
	c.must(err)
	missing := c.root + "/missing"
	cases := []struct {
		op  interface{}
		err error
	}{
		{&zk.DeleteRequest{Path: missing, Version: -1}, zk.ErrNoNode},
		{&zk.SetDataRequest{Path: missing, Version: -1}, zk.ErrNoNode},
		{&zk.CheckVersionRequest{Path: missing, Version: -1}, zk.ErrNoNode},
		{&zk.CreateRequest{Path: missing + "/child", Acl: openACL}, zk.ErrNoNode},
		{&zk.DeleteRequest{Path: node, Version: 7}, zk.ErrBadVersion},
		{&zk.SetDataRequest{Path: node, Version: 7}, zk.ErrBadVersion},
		{&zk.CheckVersionRequest{Path: node, Version: 7}, zk.ErrBadVersion},
		{&zk.CreateRequest{Path: node, Acl: openACL}, zk.ErrNodeExists},
		{&zk.DeleteRequest{Path: full, Version: -1}, zk.ErrNotEmpty},
		{&zk.SetDataRequest{Path: closed, Version: -1}, zk.ErrNoAuth},
		{&zk.CreateRequest{Path: closed + "/child", Acl: openACL}, zk.ErrNoAuth},
		{&zk.CreateRequest{Path: missing, Acl: []zk.ACL{}}, zk.ErrInvalidACL},
		{&zk.CreateRequest{Path: missing, Acl: zk.AuthACL(zk.PermAll)}, zk.ErrInvalidACL},
		{&zk.CreateRequest{Path: ephemeral + "/child", Acl: openACL}, zk.ErrNoChildrenForEphemerals},
		{&zk.CreateRequest{Path: c.root + "/\ue000", Acl: openACL}, zk.ErrBadArguments},
	}
	quiet, watch := k.watchExists(c.root+"/new"), k.watchData(node)
	before := *k.stat(c.root)
	others := []interface{}{
		&zk.CreateRequest{Path: c.root + "/new", Acl: openACL},
		&zk.SetDataRequest{Path: node, Data: []byte("new"), Version: 0},
		&zk.DeleteRequest{Path: c.root + "/new", Version: -1},
	}
	for i, each := range cases {
		for place := 0; place <= len(others); place++ {
			what := fmt.Sprintf("case %d at %d: %T for %v", i, place, each.op, each.err)
			ops := append(append(append([]interface{}{}, others[:place]...), each.op), others[place:]...)
			wanted := make([]error, len(ops))
			for behind := place + 1; behind < len(ops); behind++ {
				wanted[behind] = errBehind
			}
			wanted[place] = each.err
			results, err := k.Multi(ops...)
			equal(c, what, err, each.err)
			var errs []error
			for _, result := range results {
				errs = append(errs, result.Error)
			}
			equal(c, what, errs, wanted)
		}
	}
	equal(c, "data", k.read(node), "old")
	equal(c, "stat of the parent", *k.stat(c.root), before)
	nothingYet(c, "watch of a create that failed", quiet)
	nothingYet(c, "watch of a set that failed", watch)
}

// Two nodes that always change in one transaction: who reads one, then the other, never finds the second behind.
func multiAtomic(c *check) {
	const rounds = 400
	k := c.begin()
	a, b := k.make(c.root+"/a", "", zk.FlagPersistent), k.make(c.root+"/b", "", zk.FlagPersistent)
	readers := make([]*client, 4)
	for i := range readers {
		readers[i] = c.dial(c.world.common)
	}
	c.together(len(readers)+1, func(i int) {
		if i == len(readers) {
			for n := 1; n <= rounds; n++ {
				_, err := k.Multi(&zk.SetDataRequest{Path: b, Version: -1}, &zk.SetDataRequest{Path: a, Version: -1})
				c.must(err)
			}
			return
		}
		for {
			first, second := readers[i].stat(a), readers[i].stat(b)
			c.that(second.Version >= first.Version && second.Mzxid >= first.Mzxid, "b at %d after a at %d", second.Version, first.Version)
			if first.Version == rounds {
				return
			}
		}
	})
}
