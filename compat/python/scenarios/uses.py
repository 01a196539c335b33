"""What people use it for, with contention: a lock, a configuration, a leader; and many clients at once."""
import threading

from kazoo.exceptions import BadVersionError, KazooException

from harness.expect import Events, check, equal, happens
from harness.runner import scenario


@scenario("clients.many")
def many(t):
    """60 sessions, each with reads, writes, watches, ephemerals and transactions; nothing may be lost or doubled."""
    setup, count, rounds, counters = t.rooted(), 60, 6, 6
    for name in ["/owners", "/logs"] + ["/counter%d" % n for n in range(counters)]:
        setup.create(t.root + name, b"0")
    clients = [t.client() for _ in range(count)]
    start = threading.Event()

    def work(n, client):
        start.wait(25)
        client.create("%s/owners/c%02d" % (t.root, n), b"%d" % client.client_id[0], ephemeral=True)
        for round in range(rounds):
            created = client.create_async("%s/logs/c%02d-" % (t.root, n), b"%d" % round, sequence=True)
            increment(client, "%s/counter%d" % (t.root, n % counters), t.root + "/logs")
            path = created.get(timeout=25)
            equal(client.get(path)[0], b"%d" % round, "what this client wrote")
        return n

    jobs = [t.spawn(work, n, client) for n, client in enumerate(clients)]
    start.set()
    equal(sorted(job.result() for job in jobs), list(range(count)), "the clients that came through")
    owners, logs = setup.get_children(t.root + "/owners"), setup.get_children(t.root + "/logs")
    equal((len(owners), len(logs)), (count, count * rounds), "owners and log entries")
    for n in range(counters):
        total = setup.get("%s/counter%d" % (t.root, n))[0]
        equal(total, b"%d" % (count * rounds // counters), "a counter that ten clients raised")
    equal(sorted(int(name[-10:]) for name in logs), list(range(count * rounds)), "the sequence numbers")
    for n in range(count):
        mine = sorted((name for name in logs if name.startswith("c%02d-" % n)), key=lambda name: name[-10:])
        equal([setup.get(t.root + "/logs/" + name)[0] for name in mine], [b"%d" % r for r in range(rounds)], "order")
    gone = Events()
    setup.get_children(t.root + "/owners", watch=gone)
    for client in clients:
        client.stop()
    gone.next("change of the owners")
    equal(setup.get_children(t.root + "/owners"), [], "owners after the last has left")


def increment(client, path, guard):
    """Adds one, by version, in a transaction."""
    while True:
        data, stat = client.get(path)
        transaction = client.transaction()
        transaction.check(guard, 0)
        transaction.set_data(path, b"%d" % (int(data) + 1), stat.version)
        result = transaction.commit()[1]
        if not isinstance(result, Exception):
            return
        check(isinstance(result, BadVersionError), "a lost race is a BadVersion: %r" % result)


@scenario("use.lock")
def lock(t):
    """Every holder writes with the number of its lock node, which must never go back; one holder's session dies."""
    setup, workers, rounds = t.rooted(), 8, 6
    counter, path, relay = t.root + "/counter", t.root + "/lock", t.relay()
    setup.create(counter, b"0 -1")
    victim = t.client(relay.address, timeout=2)
    held = victim.Lock(path, "victim")
    check(held.acquire(timeout=25), "the first holder")
    inside, order = [], []

    def work(client, name):
        mutex = client.Lock(path, name)
        for _ in range(rounds):
            check(mutex.acquire(timeout=25), "%s gets the lock" % name)
            inside.append(name)
            equal(len(inside), 1, "holders at one time")
            fence = int(mutex.node[-10:])
            data, stat = client.get(counter)
            value, last = map(int, data.split())
            check(fence > last, "the fence goes back from %d to %d" % (last, fence))
            client.set(counter, b"%d %d" % (value + 1, fence), stat.version)
            order.append(fence)
            inside.remove(name)
            mutex.release()

    jobs = [t.spawn(work, t.client(), "w%d" % n) for n in range(workers)]
    relay.freeze()
    for job in jobs:
        job.result()
    value, last = map(int, setup.get(counter)[0].split())
    equal(value, workers * rounds, "rounds under the lock")
    equal(order, sorted(order), "the order of the holders")
    equal(setup.get_children(path), [], "contenders at the end")


@scenario("use.config")
def config(t):
    """One writer; every reader sees versions in order, none older than one before, and the last."""
    writer, readers, changes = t.rooted(), [t.client() for _ in range(15)], 150
    path, done = t.root + "/config", b"v%d" % changes
    writer.create(path, b"v0")
    seen, ends = [[] for _ in readers], [threading.Event() for _ in readers]

    def follow(n, client):
        def changed(data, stat):
            seen[n].append((data, stat.version, stat.mzxid))
            if data == done:
                ends[n].set()

        client.DataWatch(path, changed)

    for n, client in enumerate(readers):
        follow(n, client)
    for answer in [writer.set_async(path, b"v%d" % n, n - 1) for n in range(1, changes + 1)]:
        answer.get(timeout=25)
    for n, mine in enumerate(seen):
        happens(ends[n], "reader %d sees the last change" % n)
        versions = [version for _, version, _ in mine]
        zxids = [zxid for _, _, zxid in mine]
        equal(versions, sorted(set(versions)), "versions that reader %d saw" % n)
        equal(zxids, sorted(set(zxids)), "zxids that reader %d saw" % n)
        check(all(data == b"v%d" % version for data, version, _ in mine), "data and version belong together")
    # A change that a reader has acknowledged is one that no other reader may miss.
    for n in range(20):
        version = writer.set(path, b"w%d" % n).version
        for reader in readers:
            reader.sync(path)
            data, stat = reader.get(path)
            check(stat.version >= version, "a read after sync is older than the write before it")


@scenario("use.leader")
def leader(t):
    """Candidates with recipes.Election; leaders leave by cutting their network, by closing, by resigning."""
    setup, path = t.rooted(), t.root + "/election"
    relays = [t.relay() for _ in range(6)]
    clients = [t.client(relay.address, timeout=2) for relay in relays]
    terms = Events()
    ends = [threading.Event() for _ in clients]

    def run(n, client):
        election = client.Election(path, "c%d" % n)

        def lead():
            terms((n, election.lock.node))
            ends[n].wait(25)

        try:
            election.run(lead)
        except KazooException:
            pass  # The leader's session is gone: so is its leadership.

    for n, client in enumerate(clients):
        t.spawn(run, n, client)
    led = []
    for way in ("expires", "closes", "resigns", "expires", "resigns"):
        n, node = terms.next("leader")
        check(setup.exists(path + "/" + node).ephemeralOwner == clients[n].client_id[0], "its node is its own")
        check(terms.items.empty(), "two leaders")
        led.append(n)
        gone = Events()
        setup.exists(path + "/" + node, watch=gone)
        if way == "expires":
            relays[n].freeze()
        elif way == "closes":
            clients[n].stop()
        else:
            ends[n].set()
        equal(gone.next("end of the term").type, "DELETED", "the leader's node when it %s" % way)
    led.append(terms.next("last leader")[0])
    equal(sorted(led), list(range(len(clients))), "everyone has led once")
    for n, end in enumerate(ends):
        relays[n].thaw()
        end.set()
