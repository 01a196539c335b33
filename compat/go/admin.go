package main

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/go-zookeeper/zk"
)

var adminScenarios = []scenario{
	{name: "sync-whoami", run: syncNode},
	{name: "config-node", run: configNode},
	{name: "reconfig.standalone", run: reconfigStandalone},
	{name: "words.helpers", run: wordHelpers},
}

// The library has sync, not whoAmI.
func syncNode(c *check) {
	k, other := c.begin(), c.dial(c.world.common)
	for _, path := range []string{"/", c.root, c.root + "/missing"} {
		name, err := k.Sync(path)
		c.must(err)
		equal(c, "path", name, path)
	}
	for i := 0; i < 50; i++ {
		stat := k.set(c.root, "")
		_, err := other.Sync(c.root)
		c.must(err)
		equal(c, "version after sync", other.stat(c.root).Version, stat.Version)
	}
}

func configNode(c *check) {
	k := c.dial(c.world.commonServer(c))
	data, stat, err := k.Get("/zookeeper/config")
	c.must(err)
	equal(c, "data of a server without peers", string(data), "")
	equal(c, "version", stat.Version, 0)
	acl, _, err := k.GetACL("/zookeeper/config")
	c.must(err)
	equal(c, "acl", acl, zk.WorldACL(zk.PermRead))
	_, err = k.Set("/zookeeper/config", nil, -1)
	c.want(err, zk.ErrNoAuth)
	children, _, err := k.Children("/zookeeper")
	c.must(err)
	c.that(strings.Contains(strings.Join(children, " "), "config"), "children of /zookeeper: %v", children)
	c.want(k.Delete("/zookeeper/config", -1), zk.ErrBadArguments)
}

func reconfigStandalone(c *check) {
	k := c.dial(c.world.commonServer(c))
	_, err := k.IncrementalReconfig([]string{"server.2=127.0.0.1:2888:3888:participant;2181"}, nil, -1)
	c.want(err, zk.ErrReconfigDisabled)
	_, err = k.Reconfig([]string{"server.1=127.0.0.1:2888:3888:participant;2181"}, -1)
	c.want(err, zk.ErrReconfigDisabled)

	s := c.world.launch(c, c.name, "reconfigEnabled=true")
	defer s.kill()
	k = c.dial(s)
	_, err = k.IncrementalReconfig(nil, []string{"2"}, -1)
	// Unimplemented, which the library has no name for.
	c.that(err != nil && err.Error() == "unknown error: -6", "error is %v", err)
}

// The helpers read the texts of srvr, ruok and cons with expressions of their own.
func wordHelpers(c *check) {
	k := c.begin()
	servers := []string{c.world.common.address}
	oks := zk.FLWRuok(servers, limit)
	equal(c, "ruok", oks, []bool{true})
	// The library knows the date of the build only as servers before 3.5 wrote it, and reads nothing of this text.
	stats, ok := zk.FLWSrvr(servers, limit)
	c.that(!ok && stats[0].Error != nil, "srvr is read: %+v", stats[0])
	before, zxid, after := c.srvrZxid(), k.set(c.root, "").Mzxid, c.srvrZxid()
	c.that(before < zxid && zxid <= after, "zxid %x between %x and %x", zxid, before, after)

	clients, _ := zk.FLWCons(servers, limit)
	for _, each := range clients[0].Clients {
		if each.SessionID != k.SessionID() {
			continue
		}
		equal(c, "last operation", each.LastOperation, "SETD")
		equal(c, "timeout", each.Timeout, 20000)
		equal(c, "last zxid", each.Lzxid, k.stat(c.root).Mzxid)
		c.that(each.Received >= 3 && each.Sent >= 3, "counts %+v", each)
		return
	}
	c.fail("session %x is not in %v", k.SessionID(), clients[0].Clients)
}

// srvrZxid checks the text of srvr line by line.
func (c *check) srvrZxid() int64 {
	text, err := c.world.common.word("srvr")
	c.must(err)
	found := regexp.MustCompile(`^Zookeeper version: 3\.9\.5-[0-9a-f]{40}, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC
Latency min/avg/max: \d+/\d+\.\d+/\d+
Received: \d+
Sent: \d+
Connections: \d+
Outstanding: \d+
Zxid: 0x([0-9a-f]+)
Mode: standalone
Node count: \d+
$`).FindStringSubmatch(text)
	c.that(found != nil, "srvr answers %q", text)
	zxid, err := strconv.ParseInt(found[1], 16, 64)
	c.must(err)
	return zxid
}
