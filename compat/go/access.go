package main

import (
	"github.com/go-zookeeper/zk"
)

var accessScenarios = append([]scenario{
	{name: "acl.digest", run: aclDigest},
	{name: "acl.ip-world", run: aclIPWorld},
	{name: "acl.noauth", run: aclNoAuth},
	{name: "acl.auth-after-reconnect", run: aclAuthAfterReconnect},
	{name: "acl.unknown-scheme", run: aclUnknownScheme},
}, skipped("the library has no SASL", "auth.sasl")...)

func aclDigest(c *check) {
	ann, bob, nobody := c.begin(), c.dial(c.world.common), c.dial(c.world.common)
	_, err := ann.Create(c.root+"/a", nil, zk.FlagPersistent, zk.AuthACL(zk.PermAll))
	c.want(err, zk.ErrInvalidACL)
	c.must(ann.AddAuth("digest", []byte("ann:secret")))
	c.must(bob.AddAuth("digest", []byte("bob:other")))
	path, err := ann.Create(c.root+"/a", []byte("hers"), zk.FlagPersistent, zk.AuthACL(zk.PermAll))
	c.must(err)
	acl, _, err := ann.GetACL(path)
	c.must(err)
	equal(c, "acl", acl, zk.DigestACL(zk.PermAll, "ann", "secret"))
	equal(c, "data", ann.read(path), "hers")
	for _, stranger := range []*client{bob, nobody} {
		_, _, err = stranger.Get(path)
		c.want(err, zk.ErrNoAuth)
	}
	_, err = ann.SetACL(path, append(zk.DigestACL(zk.PermAll, "ann", "secret"), zk.DigestACL(zk.PermRead, "bob", "other")...), 0)
	c.must(err)
	equal(c, "data", bob.read(path), "hers")
	_, err = bob.Set(path, nil, -1)
	c.want(err, zk.ErrNoAuth)
	// Who may read, but not administer, does not see the digests.
	acl, stat, err := bob.GetACL(path)
	c.must(err)
	equal(c, "aversion", stat.Aversion, 1)
	equal(c, "acl", acl, []zk.ACL{{Perms: zk.PermAll, Scheme: "digest", ID: "ann:x"}, {Perms: zk.PermRead, Scheme: "digest", ID: "bob:x"}})
	_, _, err = nobody.GetACL(path)
	c.want(err, zk.ErrNoAuth)
	// A connection may be several users at once.
	c.must(nobody.AddAuth("digest", []byte("bob:other")))
	equal(c, "data", nobody.read(path), "hers")
	c.must(nobody.AddAuth("digest", []byte("ann:secret")))
	nobody.set(path, "both")
	both, err := nobody.Create(c.root+"/both", nil, zk.FlagPersistent, zk.AuthACL(zk.PermRead))
	c.must(err)
	acl, _, err = nobody.GetACL(both)
	c.must(err)
	equal(c, "users", len(acl), 2)
}

func aclIPWorld(c *check) {
	k := c.begin()
	for _, each := range []struct {
		scheme, id string
		err        error
	}{
		{"ip", "127.0.0.1", nil}, {"ip", "127.0.0.0/8", nil}, {"ip", "126.0.0.0/7", nil}, {"world", "anyone", nil},
		{"ip", "10.1.2.3", zk.ErrNoAuth}, {"ip", "127.0.0.2", zk.ErrNoAuth}, {"ip", "128.0.0.0/7", zk.ErrNoAuth},
	} {
		path, err := k.Create(c.root+"/n-", nil, zk.FlagSequence, []zk.ACL{{Perms: zk.PermRead, Scheme: each.scheme, ID: each.id}})
		c.must(err)
		_, _, err = k.Get(path)
		equal(c, each.scheme+":"+each.id, err, each.err)
		_, err = k.Set(path, nil, -1)
		c.want(err, zk.ErrNoAuth)
	}
	for _, each := range []zk.ACL{
		{Perms: zk.PermAll, Scheme: "ip", ID: "127.0.0.1/33"}, {Perms: zk.PermAll, Scheme: "ip", ID: "localhost"},
		{Perms: zk.PermAll, Scheme: "world", ID: "someone"}, {Perms: zk.PermAll, Scheme: "digest", ID: "ann"},
		{Perms: zk.PermAll, Scheme: "none", ID: "x"},
	} {
		_, err := k.Create(c.root+"/never", nil, zk.FlagPersistent, []zk.ACL{each})
		equal(c, each.Scheme+":"+each.ID, err, zk.ErrInvalidACL)
	}
}

// Each request with each permission alone.
func aclNoAuth(c *check) {
	k := c.begin()
	_, err := k.Create(c.root+"/never", nil, zk.FlagPersistent, []zk.ACL{})
	c.want(err, zk.ErrInvalidACL)
	requests := map[string]struct {
		needs int32
		send  func(path string) error
	}{
		"get":      {zk.PermRead, func(path string) error { _, _, err := k.Get(path); return err }},
		"children": {zk.PermRead, func(path string) error { _, _, err := k.Children(path); return err }},
		"getACL":   {zk.PermRead | zk.PermAdmin, func(path string) error { _, _, err := k.GetACL(path); return err }},
		"exists":   {zk.PermRead, func(path string) error { _, _, err := k.Exists(path); return err }},
		"sync":     {zk.PermAll, func(path string) error { _, err := k.Sync(path); return err }},
		"set":      {zk.PermWrite, func(path string) error { _, err := k.Set(path, nil, -1); return err }},
		"create":   {zk.PermCreate, func(path string) error { _, err := k.Create(path+"/new", nil, 0, openACL); return err }},
		"delete":   {zk.PermDelete, func(path string) error { return k.Delete(path+"/child", -1) }},
		"setACL":   {zk.PermAdmin, func(path string) error { _, err := k.SetACL(path, openACL, -1); return err }},
	}
	for _, perm := range []int32{zk.PermRead, zk.PermWrite, zk.PermCreate, zk.PermDelete, zk.PermAdmin} {
		for name, request := range requests {
			path := k.make(c.root+"/n-", "", zk.FlagSequence)
			k.make(path+"/child", "", zk.FlagPersistent)
			_, err := k.SetACL(path, zk.WorldACL(perm), 0)
			c.must(err)
			var wanted error
			if request.needs&perm == 0 {
				wanted = zk.ErrNoAuth
			}
			equal(c, name, request.send(path), wanted)
		}
	}
	// Who may not is not told what is there.
	closed := k.make(c.root+"/closed", "", zk.FlagPersistent)
	k.make(closed+"/child", "", zk.FlagPersistent)
	_, err = k.SetACL(closed, zk.WorldACL(zk.PermAdmin), 0)
	c.must(err)
	c.want(k.Delete(closed+"/missing", -1), zk.ErrNoAuth)
	c.want(k.Delete(closed+"/child", 77), zk.ErrNoAuth)
	_, err = k.Create(closed+"/child", nil, 0, openACL)
	c.want(err, zk.ErrNoAuth)
	_, err = k.Set(closed, nil, 77)
	c.want(err, zk.ErrNoAuth)

	path := k.make(c.root+"/version", "", zk.FlagPersistent)
	_, err = k.SetACL(path, openACL, 5)
	c.want(err, zk.ErrBadVersion)
	_, err = k.SetACL(c.root+"/missing", openACL, -1)
	c.want(err, zk.ErrNoNode)
}

func aclAuthAfterReconnect(c *check) {
	k := c.begin()
	c.must(k.AddAuth("digest", []byte("ann:secret")))
	path, err := k.Create(c.root+"/a", []byte("hers"), zk.FlagPersistent, zk.AuthACL(zk.PermAll))
	c.must(err)
	watch := k.watchData(path)
	other := c.dial(c.world.common)
	c.must(other.AddAuth("digest", []byte("ann:secret")))
	k.leave()
	other.set(path, "changed")
	k.comeBack()
	k.await(zk.StateHasSession)
	c.event(watch, zk.EventNodeDataChanged, path)
	equal(c, "data", k.read(path), "changed")
}

// The server answers AuthFailed and ends the connection, but not the session.
func aclUnknownScheme(c *check) {
	k := c.begin()
	id := k.SessionID()
	c.want(k.AddAuth("nonsense", []byte("x")), zk.ErrAuthFailed)
	k.await(zk.StateHasSession)
	equal(c, "session", k.SessionID(), id)
	k.read(c.root)
}
