#!/usr/bin/env python3
"""A tour with kazoo (pip install kazoo): tour.py [host:port]. Works below /python-tour and removes it again."""
import queue
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NoAuthError, NodeExistsError
from kazoo.recipe.watchers import DataWatch
from kazoo.security import make_digest_acl

results = []


def step(what, expected, run):
    try:
        got = run()
    except Exception as error:  # an expected error is compared by its class
        got = type(error)
    same = got == expected
    results.append(same)
    print("%-4s %s: %s%s" % ("ok" if same else "FAIL", what, got, "" if same else ", expected %s" % (expected,)))


def connected(address):
    client = KazooClient(hosts=address)
    client.start(timeout=15)
    return client


def nodes(client):
    step("create", "/python-tour", lambda: client.create("/python-tour", b"one"))
    step("create it again", NodeExistsError, lambda: client.create("/python-tour"))
    step("get", b"one", lambda: client.get("/python-tour")[0])
    step("set", 1, lambda: client.set("/python-tour", b"two", version=0).version)
    step("set an old version", BadVersionError, lambda: client.set("/python-tour", b"", version=0))
    step("a sequential node", "/python-tour/n-0000000000", lambda: client.create("/python-tour/n-", sequence=True))
    step("children", ["n-0000000000"], lambda: client.get_children("/python-tour"))
    transaction = client.transaction()
    transaction.check("/python-tour", 1)
    transaction.set_data("/python-tour", b"three")
    step("a transaction", [True, 2], lambda: [r if r is True else r.version for r in transaction.commit()])


def changes(client, other):
    seen = queue.Queue()
    DataWatch(client, "/python-tour", lambda data, stat: seen.put(data))
    step("a data watch starts", b"three", lambda: seen.get(timeout=10))
    other.set("/python-tour", b"four")
    step("and follows", b"four", lambda: seen.get(timeout=10))
    acl = [make_digest_acl("ann", "secret", all=True)]
    step("a private node", "/python-tour/p", lambda: client.create("/python-tour/p", b"", acl=acl))
    step("is closed to others", NoAuthError, lambda: other.get("/python-tour/p"))
    other.add_auth("digest", "ann:secret")
    step("but open to its owner", b"", lambda: other.get("/python-tour/p")[0])


def recipes(client, other):
    lock, waiting = client.Lock("/python-tour/lock", "a"), other.Lock("/python-tour/lock", "b")
    step("a lock", True, lambda: lock.acquire(timeout=10))
    step("is held", False, lambda: waiting.acquire(blocking=False))
    step("and released", True, lock.release)
    step("to the next", True, lambda: waiting.acquire(timeout=10))
    waiting.release()
    led = queue.Queue()
    client.Election("/python-tour/election", "a").run(lambda: led.put("a"))
    step("an election", "a", lambda: led.get(timeout=10))


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:2181"
    client, other = connected(address), connected(address)
    try:
        nodes(client)
        changes(client, other)
        recipes(client, other)
        other.delete("/python-tour", recursive=True)
        step("all is gone", None, lambda: client.exists("/python-tour"))
    finally:
        for one in (client, other):
            one.stop()
            one.close()
    print("%d passed, %d failed" % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


sys.exit(main())
