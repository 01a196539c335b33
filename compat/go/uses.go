package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
)

var useScenarios = []scenario{
	{name: "use.lock", run: useLock},
	{name: "use.lock-lost", run: useLockLost},
	{name: "use.config", run: useConfig},
	{name: "use.leader", run: useLeader},
}

func sequenceOf(name string) string { return name[len(name)-10:] }

// first returns the path, data and stat of the first node in the queue of a lock.
func (k *client) first(path string) (string, string, *zk.Stat) {
	names, _, err := k.Children(path)
	k.c.must(err)
	k.c.that(len(names) > 0, "nobody waits at %s", path)
	sort.Slice(names, func(i, j int) bool { return sequenceOf(names[i]) < sequenceOf(names[j]) })
	data, stat, err := k.Get(path + "/" + names[0])
	k.c.must(err)
	return path + "/" + names[0], string(data), stat
}

// writeUnderLock counts up without any check of versions: only the lock protects the number. Beside it stands the
// fencing token of the writer, the zxid of its node in the queue.
func (k *client) writeUnderLock(lock, counter, me string) {
	_, holder, stat := k.first(lock)
	equal(k.c, "holder", holder, me)
	var count int
	var fence int64
	_, err := fmt.Sscanf(k.read(counter), "%d %d", &count, &fence)
	k.c.must(err)
	k.c.that(stat.Czxid > fence, "fencing token %x after %x", stat.Czxid, fence)
	k.set(counter, fmt.Sprintf("%d %d", count+1, stat.Czxid))
}

func useLock(c *check) {
	const clients, rounds = 10, 8
	k := c.begin()
	counter, lockPath := k.make(c.root+"/counter", "0 0", zk.FlagPersistent), c.root+"/locks/the-lock"
	var inside atomic.Int32
	c.together(clients, func(i int) {
		mine := c.dial(c.world.common)
		lock := zk.NewLock(mine.Conn, lockPath, openACL)
		c.want(lock.Unlock(), zk.ErrNotLocked)
		for round := 0; round < rounds; round++ {
			me := fmt.Sprintf("%d/%d", i, round)
			c.must(lock.LockWithData([]byte(me)))
			equal(c, "holders", inside.Add(1), 1)
			c.want(lock.Lock(), zk.ErrDeadlock)
			mine.writeUnderLock(lockPath, counter, me)
			inside.Add(-1)
			c.must(lock.Unlock())
		}
	})
	equal(c, "counter", strings.Fields(k.read(counter))[0], strconv.Itoa(clients*rounds))
	equal(c, "queue", k.stat(lockPath).NumChildren, 0)
}

// The holder's session ends: the next one gets the lock, and the one that lost it can write no more.
func useLockLost(c *check) {
	k, next := c.begin(), c.dial(c.world.common)
	lost := c.dialWith(c.world.common, clientOptions{timeout: 2 * time.Second})
	counter, lockPath := k.make(c.root+"/counter", "0 0", zk.FlagPersistent), k.make(c.root+"/lock", "", zk.FlagPersistent)
	c.must(zk.NewLock(lost.Conn, lockPath, openACL).LockWithData([]byte("lost")))
	lost.writeUnderLock(lockPath, counter, "lost")
	held, _, _ := lost.first(lockPath)
	locked := make(chan error, 1)
	parent := k.watchChildren(lockPath)
	go func() { locked <- zk.NewLock(next.Conn, lockPath, openACL).LockWithData([]byte("next")) }()
	c.event(parent, zk.EventNodeChildrenChanged, lockPath)
	lost.leave()
	nothingYet(c, "lock that is held", locked)
	c.must(within(c, "lock of the next", locked))
	next.writeUnderLock(lockPath, counter, "next")
	lost.comeBack()
	lost.await(zk.StateExpired)
	lost.await(zk.StateHasSession)
	_, err := lost.Multi(&zk.CheckVersionRequest{Path: held, Version: -1},
		&zk.SetDataRequest{Path: counter, Data: []byte("late"), Version: -1})
	c.want(err, zk.ErrNoNode)
	equal(c, "counter", strings.Fields(k.read(counter))[0], "2")
}

// One transaction for each change: the current value, and an entry in the list of changes.
func useConfig(c *check) {
	const readers, changes = 25, 80
	writer := c.begin()
	current := writer.make(c.root+"/current", "0", zk.FlagPersistent)
	log := writer.make(c.root+"/log", "", zk.FlagPersistent)
	c.together(readers+1, func(i int) {
		if i < readers {
			c.followConfig(c.dial(c.world.common), current, log, changes, i%5 == 0)
			return
		}
		for n := 1; n <= changes; n++ {
			_, err := writer.Multi(&zk.SetDataRequest{Path: current, Data: []byte(strconv.Itoa(n)), Version: int32(n - 1)},
				&zk.CreateRequest{Path: log + "/", Data: []byte(strconv.Itoa(n)), Acl: openACL, Flags: zk.FlagSequence})
			c.must(err)
		}
	})
}

// followConfig reads every change in order, by watches, until the last; the current value is never older than a change
// that was read. Some readers lose their connection half-way.
func (c *check) followConfig(k *client, current, log string, changes int, leaves bool) {
	seen, before := 0, 0
	for seen < changes {
		if leaves && seen >= changes/2 {
			leaves = false
			k.leave()
			k.comeBack()
			k.await(zk.StateHasSession)
		}
		names, _, events, err := k.ChildrenW(log)
		c.must(err)
		sort.Strings(names)
		if len(names) == seen {
			c.event(events, zk.EventNodeChildrenChanged, log)
			continue
		}
		c.that(len(names) > seen, "%d changes after %d", len(names), seen)
		for _, name := range names[seen:] {
			seen++
			equal(c, "change", k.read(log+"/"+name), strconv.Itoa(seen))
		}
		value, err := strconv.Atoi(k.read(current))
		c.must(err)
		c.that(value >= seen && value >= before, "value %d after change %d and value %d", value, seen, before)
		before = value
	}
}

type candidate struct {
	*client
	path string
	why  string
}

// campaign queues up and returns when this candidate is the first.
func (k *client) campaign(queue string) candidate {
	path, err := k.CreateProtectedEphemeralSequential(queue+"/c-", nil, openACL)
	k.c.must(err)
	for {
		names, _, err := k.Children(queue)
		k.c.must(err)
		ahead := ""
		for _, name := range names {
			if sequenceOf(name) < sequenceOf(path) && (ahead == "" || sequenceOf(name) > sequenceOf(ahead)) {
				ahead = name
			}
		}
		if ahead == "" {
			return candidate{client: k, path: path}
		}
		exists, _, events, err := k.ExistsW(queue + "/" + ahead)
		k.c.must(err)
		if exists {
			k.c.event(events, zk.EventNodeDeleted, queue+"/"+ahead)
		}
	}
}

// rule writes as the leader, provided that it still is one.
func (leader candidate) rule(term string) error {
	_, err := leader.Multi(&zk.CheckVersionRequest{Path: leader.path, Version: 0},
		&zk.SetDataRequest{Path: term, Data: []byte(leader.path), Version: -1})
	return err
}

func useLeader(c *check) {
	const candidates = 6
	k := c.begin()
	queue, term := k.make(c.root+"/queue", "", zk.FlagPersistent), k.make(c.root+"/term", "", zk.FlagPersistent)
	elected := make(chan candidate, candidates)
	for i := 0; i < candidates; i++ {
		go func() {
			var who candidate
			why := c.outcome(func() {
				who = c.dialWith(c.world.common, clientOptions{timeout: 3 * time.Second}).campaign(queue)
			})
			who.why = why
			elected <- who
		}()
	}
	token := int64(0)
	var deposed []candidate
	for i := 0; i < candidates; i++ {
		leader := within(c, "a leader", elected)
		equal(c, "campaign", leader.why, "")
		czxid := k.stat(leader.path).Czxid
		c.that(czxid > token, "token %x after %x", czxid, token)
		token = czxid
		for n := 0; n < 10; n++ {
			c.must(leader.rule(term))
		}
		nothingYet(c, "a second leader", elected)
		if i%3 == 1 {
			leader.leave()
			deposed = append(deposed, leader)
		} else {
			leader.Close()
		}
	}
	for _, former := range deposed {
		former.comeBack()
		former.await(zk.StateExpired)
		former.await(zk.StateHasSession)
		c.want(former.rule(term), zk.ErrNoNode)
	}
	equal(c, "writes of leaders", k.stat(term).Version, candidates*10)
}
