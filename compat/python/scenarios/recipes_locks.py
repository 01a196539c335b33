"""kazoo's recipes that keep others out, or wait for them."""
import datetime
import threading

from kazoo.exceptions import CancelledError, LockTimeout

from harness.expect import Events, check, equal, eventually, happens, raises
from harness.runner import scenario


@scenario("recipes.lock")
def lock(t):
    first, second, path = t.client(), t.client(), t.root + "/lock"
    mine, theirs = first.Lock(path, "first"), second.Lock(path, "second")
    equal(mine.acquire(timeout=25), True, "acquire")
    equal(theirs.acquire(blocking=False), False, "acquire without waiting")
    raises(LockTimeout, theirs.acquire, timeout=0.2)
    waiting = t.spawn(lambda: theirs.acquire(timeout=25))
    eventually(lambda: mine.contenders() == ["first", "second"], "the contenders in their order")
    equal(mine.release(), True, "release")
    equal(waiting.result(), True, "the next holder")
    again = t.spawn(lambda: raises(CancelledError, mine.acquire))
    eventually(lambda: len(theirs.contenders()) == 2, "a second contender")
    mine.cancel()
    again.result()
    equal(theirs.contenders(), ["second"], "after the first has given up")
    # The holder's session ends: the lock is free.
    second.stop()
    with first.Lock(path, "third"):
        equal(len(first.get_children(path)), 1, "the only contender")
    equal(first.get_children(path), [], "after the block")


@scenario("recipes.read-write-lock")
def read_write_lock(t):
    path = t.root + "/lock"
    readers = [t.client().ReadLock(path, "r%d" % n) for n in range(3)]
    writer, late = t.client().WriteLock(path, "w"), t.client().ReadLock(path, "late")
    for reader in readers:
        equal(reader.acquire(timeout=25), True, "readers share")
    equal(writer.acquire(blocking=False), False, "a writer among readers")
    writing = t.spawn(lambda: writer.acquire(timeout=25))
    eventually(lambda: "w" in readers[0].contenders(), "the writer waits")
    equal(late.acquire(blocking=False), False, "a reader behind a waiting writer")
    for reader in readers:
        reader.release()
    equal(writing.result(), True, "the writer after the readers")
    equal(late.acquire(blocking=False), False, "a reader beside a writer")
    reading = t.spawn(lambda: late.acquire(timeout=25))
    writer.release()
    equal(reading.result(), True, "a reader after the writer")


@scenario("recipes.semaphore")
def semaphore(t):
    path, clients = t.root + "/semaphore", [t.client() for _ in range(4)]
    semaphores = [one.Semaphore(path, "c%d" % n, max_leases=2) for n, one in enumerate(clients)]
    equal([semaphores[n].acquire(timeout=25) for n in range(2)], [True, True], "as many as there are leases")
    equal(semaphores[2].acquire(blocking=False), False, "one more")
    raises(LockTimeout, semaphores[2].acquire, timeout=0.2)
    equal(sorted(semaphores[0].lease_holders()), ["c0", "c1"], "the holders")
    waiting = t.spawn(lambda: semaphores[2].acquire(timeout=25))
    semaphores[0].release()
    equal(waiting.result(), True, "after a release")
    waiting = t.spawn(lambda: semaphores[3].acquire(timeout=25))
    clients[1].stop()
    equal(waiting.result(), True, "after a holder's session has ended")
    equal(sorted(semaphores[2].lease_holders()), ["c2", "c3"], "the holders then")
    raises(ValueError, clients[2].Semaphore(path, max_leases=5).acquire)


@scenario("recipes.election")
def election(t):
    path, terms = t.root + "/election", Events()
    clients = [t.client() for _ in range(3)]
    elections = [one.Election(path, "c%d" % n) for n, one in enumerate(clients)]
    ends = [threading.Event() for _ in clients]

    def lead(n):
        terms(n)
        ends[n].wait(25)

    jobs = []
    for n in range(3):
        jobs.append(t.spawn(elections[n].run, lead, n))
        eventually(lambda: len(elections[0].contenders()) == n + 1, "another contender")
    equal(elections[2].contenders(), ["c0", "c1", "c2"], "contenders in their order")
    equal(terms.next("leader"), 0, "the first leader")
    elections[1].cancel()
    jobs[1].result()
    ends[0].set()
    equal(terms.next("leader"), 2, "the next, without the one that gave up")
    ends[2].set()
    jobs[2].result()
    equal(elections[0].contenders(), [], "at the end")


@scenario("recipes.barrier")
def barrier(t):
    client, path = t.rooted(), t.root + "/barrier"
    gate = client.Barrier(path)
    equal(gate.wait(0.1), True, "no barrier")
    gate.create()
    equal(t.client().Barrier(path).wait(0.2), False, "closed")
    waiting = [t.spawn(t.client().Barrier(path).wait, 25) for _ in range(3)]
    eventually(lambda: "Total watches:4" in client.command(b"wchs"), "three more wait")
    equal(gate.remove(), True, "remove")
    equal([one.result() for one in waiting], [True] * 3, "all pass")
    equal(gate.remove(), False, "remove what is not there")


@scenario("recipes.double-barrier")
def double_barrier(t):
    path, count, entered, left = t.root + "/barrier", 5, [], []
    clients = [t.client() for _ in range(count)]
    clients[0].ensure_path(path)
    may_leave = threading.Event()

    def work(n):
        both = clients[n].DoubleBarrier(path, count, "c%d" % n)
        both.enter()
        check(both.participating, "c%d is in" % n)
        entered.append(len(clients[n].get_children(path)))
        may_leave.wait(25)
        both.leave()
        left.append(n)

    jobs = [t.spawn(work, n) for n in range(count - 1)]
    eventually(lambda: len(clients[0].get_children(path)) == count - 1, "all but one are there")
    equal(entered, [], "nobody goes on alone")
    jobs.append(t.spawn(work, count - 1))
    eventually(lambda: len(entered) == count, "all go on")
    equal(entered, [count + 1] * count, "members and the ready node")
    equal(left, [], "nobody has left")
    may_leave.set()
    t.join_all()
    equal(clients[0].get_children(path), [], "at the end")


@scenario("recipes.lease")
def lease(t):
    first, second, path = t.client(), t.client(), t.root + "/lease"
    now = datetime.datetime(2030, 1, 1)
    hour = datetime.timedelta(hours=1)
    ask = lambda client, name, hours: bool(  # noqa: E731
        client.NonBlockingLease(path, hour, identifier=name, utcnow=lambda: now + hours * hour)
    )
    equal(ask(first, "first", 0), True, "a free lease")
    equal(ask(second, "second", 0.5), False, "a lease that is held")
    equal(ask(first, "first", 0.5), True, "renewed by its holder")
    equal(ask(second, "second", 1.2), False, "a renewed lease")
    equal(ask(second, "second", 1.6), True, "a lease that has run out")
    many = lambda name: bool(  # noqa: E731
        second.MultiNonBlockingLease(2, t.root + "/many", hour, identifier=name, utcnow=lambda: now)
    )
    equal([many(name) for name in "abcab"], [True, True, False, True, True], "two leases for three")


@scenario("recipes.lock-lost-session")
def lock_lost_session(t):
    relay, path = t.relay(), t.root + "/lock"
    holder, other = t.client(relay.address, timeout=2), t.client()
    mine, lost = holder.Lock(path, "holder"), threading.Event()
    check(mine.acquire(timeout=25), "the lock")
    holder.add_listener(lambda state: lost.set() if state == "LOST" else None)
    waiting = t.spawn(lambda: other.Lock(path, "other").acquire(timeout=25))
    eventually(lambda: mine.contenders() == ["holder", "other"], "the second contender")
    relay.freeze()
    equal(waiting.result(), True, "the lock of an expired session goes to the next")
    relay.thaw()
    happens(lost, "the old holder hears that its session is lost")
    equal(other.Lock(path).contenders(), ["other"], "contenders after that")
