"""kazoo's recipes that share data: parties, counters, queues, caches, sets."""
import threading

from kazoo.protocol.states import EventType
from kazoo.recipe.cache import TreeCache, TreeEvent
from kazoo.recipe.watchers import PatientChildrenWatch

from harness.expect import Events, check, equal, eventually
from harness.runner import scenario


@scenario("recipes.party")
def party(t):
    clients, path = [t.client() for _ in range(3)], t.root + "/party"
    parties = [one.Party(path, "c%d" % n) for n, one in enumerate(clients)]
    for one in parties:
        one.join()
    parties[0].join()
    equal((len(parties[0]), sorted(parties[1])), (3, ["c0", "c1", "c2"]), "members")
    equal((parties[0].leave(), parties[0].leave()), (True, False), "leaving, and once more")
    clients[1].stop()
    equal(list(parties[2]), ["c2"], "who is left")


@scenario("recipes.shallow-party")
def shallow_party(t):
    clients, path = [t.client() for _ in range(3)], t.root + "/party"
    parties = [one.ShallowParty(path, "c%d" % n) for n, one in enumerate(clients)]
    for one in parties:
        one.join()
    equal((len(parties[0]), sorted(parties[0])), (3, ["c0", "c1", "c2"]), "members")
    parties[0].leave()
    clients[1].stop()
    equal(list(parties[2]), ["c2"], "who is left")


@scenario("recipes.counter")
def counter(t):
    clients, path = [t.client() for _ in range(6)], t.root + "/counter"
    clients[0].ensure_path(path)

    def count(client):
        mine = client.Counter(path)
        for _ in range(15):
            mine += 3
            mine -= 1

    for one in clients:
        t.spawn(count, one)
    t.join_all()
    equal(clients[0].Counter(path).value, 6 * 15 * 2, "what all have counted")
    last = clients[0].Counter(path)
    last += 1
    equal((last.pre_value, last.post_value), (180, 181), "values before and after")
    real = clients[0].Counter(t.root + "/real", default=0.5)
    real += 0.25
    equal(real.value, 0.75, "a float")
    curator = clients[0].Counter(t.root + "/curator", support_curator=True)
    curator += 258
    equal(clients[1].get(t.root + "/curator")[0], b"\0\0\1\2", "an integer as Curator writes it")


@scenario("recipes.queue")
def queue(t):
    producers, consumers, path = [t.client() for _ in range(3)], [t.client() for _ in range(3)], t.root + "/queue"
    first = producers[0].Queue(path)
    equal((len(first), first.get()), (0, None), "an empty queue")
    for value, priority in ((b"later", 200), (b"second", 100), (b"first", 5), (b"third", 100)):
        first.put(value, priority)
    equal([first.get() for _ in range(5)], [b"first", b"second", b"third", b"later", None], "by priority, then age")

    def produce(n):
        mine = producers[n].Queue(path)
        for i in range(40):
            mine.put(b"%d-%d" % (n, i))

    def consume(n):
        mine, got = consumers[n].Queue(path), []
        while len(taken) < 120:
            value = mine.get()
            if value is not None:
                got.append(value)
                taken.append(value)
        return got

    taken = []
    jobs = [t.spawn(produce, n) for n in range(3)]
    eaters = [t.spawn(consume, n) for n in range(3)]
    for job in jobs:
        job.result()
    parts = [job.result() for job in eaters]
    wanted = sorted(b"%d-%d" % (n, i) for n in range(3) for i in range(40))
    equal(sorted(sum(parts, [])), wanted, "each entry once")


@scenario("recipes.locking-queue")
def locking_queue(t):
    clients, path = [t.client() for _ in range(3)], t.root + "/queue"
    queues = [one.LockingQueue(path) for one in clients]
    queues[0].put_all([b"b", b"c"])
    queues[0].put(b"a", priority=1)
    equal(len(queues[0]), 3, "length")
    equal([one.get(25) for one in queues], [b"a", b"b", b"c"], "one entry each")
    equal((queues[0].holds_lock(), queues[0].consume(), queues[0].consume()), (True, True, False), "consuming once")
    equal(queues[0].get(0.2), None, "nothing is free")
    waiting = t.spawn(queues[0].get, 25)
    equal(queues[1].release(), True, "release")
    equal(waiting.result(), b"b", "what was released")
    queues[0].consume()
    waiting = t.spawn(queues[0].get, 25)
    clients[2].stop()
    equal(waiting.result(), b"c", "what a client held whose session ended")
    queues[0].consume()
    equal(len(queues[0]), 0, "at the end")


@scenario("recipes.data-watch")
def data_watch(t):
    client, other, path = t.rooted(), t.client(), t.root + "/node"
    calls = Events()

    @client.DataWatch(path)
    def changed(data, stat, event):
        calls((data, stat.version if stat else None, event.type if event else None))
        return data != b"stop"

    equal(calls.next(), (None, None, None), "a node that is not there")
    other.create(path, b"one")
    equal(calls.next(), (b"one", 0, EventType.CREATED), "its creation")
    other.set(path, b"two")
    equal(calls.next(), (b"two", 1, EventType.CHANGED), "a change")
    other.delete(path)
    equal(calls.next(), (None, None, EventType.DELETED), "its deletion")
    other.create(path, b"again")
    equal(calls.next(), (b"again", 0, EventType.CREATED), "its second creation")
    other.set(path, b"stop")
    equal(calls.next(), (b"stop", 1, EventType.CHANGED), "the last change")
    other.set(path, b"unseen")
    client.sync(path)
    calls.none("call after the watch has ended")


@scenario("recipes.children-watch")
def children_watch(t):
    client, other = t.rooted(), t.client()
    calls = Events()

    @client.ChildrenWatch(t.root, send_event=True)
    def changed(children, event):
        calls((sorted(children), event.type if event else None))
        return "stop" not in children

    equal(calls.next(), ([], None), "at first")
    other.create(t.root + "/a")
    equal(calls.next(), (["a"], EventType.CHILD), "a child")
    other.create(t.root + "/b", ephemeral=True)
    equal(calls.next(), (["a", "b"], EventType.CHILD), "an ephemeral child")
    other.set(t.root + "/a", b"no news")
    other.stop()
    equal(calls.next(), (["a"], EventType.CHILD), "its end")
    client.create(t.root + "/stop")
    equal(calls.next(), (["a", "stop"], EventType.CHILD), "the last call")
    client.create(t.root + "/unseen")
    client.sync(t.root)
    calls.none("call after the watch has ended")


@scenario("recipes.patient-children-watch")
def patient_children_watch(t):
    client, other = t.rooted(), t.client()
    client.create(t.root + "/a")
    watch = PatientChildrenWatch(client, t.root, time_boundary=0.3)
    children, changed = watch.start().get(timeout=25)
    equal(children, ["a"], "children that have settled")
    equal(changed.ready(), False, "no change yet")
    other.create(t.root + "/b")
    check(changed.get(timeout=25), "a later change is told")


@scenario("recipes.tree-cache")
def tree_cache(t):
    relay = t.relay()
    client, other = t.rooted(relay.address), t.client()
    for path in ("/a", "/a/b", "/c"):
        client.create(t.root + path, path.encode())
    cache, events, faults = TreeCache(client, t.root), Events(), Events()
    cache.listen(lambda event: events((event.event_type, event.event_data.path if event.event_data else None)))
    cache.listen_fault(faults)
    cache.start()
    seen = [events.next() for _ in range(5)]
    added = [(TreeEvent.NODE_ADDED, t.root + path) for path in ("", "/a", "/a/b", "/c")]
    equal((sorted(seen[:4]), seen[4]), (added, (TreeEvent.INITIALIZED, None)), "at first")
    equal(cache.get_data(t.root + "/a/b").data, b"/a/b", "cached data")
    equal(cache.get_children(t.root), frozenset(("a", "c")), "cached children")
    other.set(t.root + "/a/b", b"new")
    equal(events.next(), (TreeEvent.NODE_UPDATED, t.root + "/a/b"), "a change")
    equal(cache.get_data(t.root + "/a/b").data, b"new", "the data after it")
    other.create(t.root + "/c/d/e", makepath=True)
    equal([events.next(), events.next()], [(TreeEvent.NODE_ADDED, t.root + p) for p in ("/c/d", "/c/d/e")], "new nodes")
    other.delete(t.root + "/a", recursive=True)
    removed = [(TreeEvent.NODE_REMOVED, t.root + p) for p in ("/a", "/a/b")]
    equal(sorted([events.next(), events.next()]), removed, "removed nodes")
    relay.freeze()
    relay.cut()
    equal(events.next(), (TreeEvent.CONNECTION_SUSPENDED, None), "the connection is lost")
    other.create(t.root + "/meanwhile")
    relay.thaw()
    equal(events.next(), (TreeEvent.CONNECTION_RECONNECTED, None), "and back")
    equal(events.next(), (TreeEvent.NODE_ADDED, t.root + "/meanwhile"), "what was made meanwhile")
    cache.close()
    faults.none("fault")


@scenario("recipes.partitioner")
def partitioner(t):
    items, path = tuple(range(7)), t.root + "/partition"
    clients = [t.client() for _ in range(2)]

    def drive(n, stop):
        """As kazoo's documentation says a member has to act."""
        mine = clients[n].SetPartitioner(path, items, identifier="c%d" % n, time_boundary=0.3, state_change_event=threading.Event())
        while not stop.is_set() and not mine.failed:
            if mine.release:
                parts[n] = None
                mine.release_set()
            elif mine.acquired:
                parts[n] = sorted(mine)
                mine.state_change_event.wait(0.05)
            elif mine.allocating:
                mine.wait_for_acquire(0.2)
        parts[n] = None
        mine.finish()

    parts, stops = [None, None], [threading.Event(), threading.Event()]
    first = t.spawn(drive, 0, stops[0])
    eventually(lambda: parts[0] == list(items), "alone, the first has all")
    second = t.spawn(drive, 1, stops[1])
    eventually(lambda: parts == [[0, 2, 4, 6], [1, 3, 5]], "two share")
    stops[0].set()
    first.result()
    eventually(lambda: parts[1] == list(items), "the second has all when the first is gone")
    stops[1].set()
    second.result()
    equal(clients[0].get_children(path + "/party"), [], "nobody is left")
