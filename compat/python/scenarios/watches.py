"""Watches: each kind that kazoo has fires once, for what it is meant for, before the change can be read."""
from kazoo.handlers.threading import SequentialThreadingHandler
from kazoo.protocol.states import EventType, WatchedEvent

from harness.expect import Events, check, equal, eventually
from harness.runner import scenario, skip

for kind in ("persistent", "persistent-recursive", "remove"):
    skip("watches." + kind, "kazoo 2.11.0 sends neither addWatch nor removeWatches")


def changed(kind, path):
    return WatchedEvent(kind, "CONNECTED", path)


@scenario("watches.data")
def data(t):
    client, other, path = t.rooted(), t.client(), t.root + "/node"
    client.create(path, b"")
    first, second, events = Events(), Events(), Events()
    client.get(path, watch=first)
    client.get(path, watch=second)
    other.set(path, b"one")
    equal(first.next(), changed(EventType.CHANGED, path), "a write")
    equal(second.next(), changed(EventType.CHANGED, path), "a write, for the second watcher")
    other.set(path, b"two")
    client.get(path, watch=events)
    other.create(path + "/child")
    other.set_acls(path, other.get_acls(path)[0])
    other.delete(path + "/child")
    other.delete(path)
    equal(events.next(), changed(EventType.DELETED, path), "children and ACLs are no data, deletion is")
    first.none("second event of a watch that fires once")


@scenario("watches.exists")
def exists(t):
    client, other, path = t.rooted(), t.client(), t.root + "/node"
    events = Events()
    equal(client.exists(path, watch=events), None, "not there")
    other.create(path)
    equal(events.next(), changed(EventType.CREATED, path), "its creation")
    client.exists(path, watch=events)
    other.set(path, b"x")
    equal(events.next(), changed(EventType.CHANGED, path), "its data")
    client.exists(path, watch=events)
    other.delete(path)
    equal(events.next(), changed(EventType.DELETED, path), "its deletion")
    client.exists(path, watch=events)
    with other.transaction() as transaction:
        transaction.create(path)
        transaction.delete(path)
    equal(events.next(), changed(EventType.CREATED, path), "its creation in a transaction")
    events.none()


@scenario("watches.children")
def children(t):
    client, other, path = t.rooted(), t.client(), t.root + "/node"
    client.create(path)
    events = Events()
    client.get_children(path, watch=events)
    other.set(path, b"x")
    other.create(path + "/child")
    equal(events.next(), changed(EventType.CHILD, path), "a new child")
    client.get_children(path, watch=events)
    other.set(path + "/child", b"x")
    other.create(path + "/child/grandchild")
    other.delete(path + "/child/grandchild")
    other.delete(path + "/child")
    equal(events.next(), changed(EventType.CHILD, path), "a child less, but no news of a child's data or children")
    events.none()
    # kazoo calls a function once for each kind of watch that fires: here for data and for children.
    client.get_children(path, watch=events)
    both = Events()
    client.get(path, watch=both)
    client.get_children(path, include_data=True, watch=both)
    other.delete(path)
    equal(events.next(), changed(EventType.DELETED, path), "its deletion")
    equal([both.next(), both.next()], [changed(EventType.DELETED, path)] * 2, "its deletion, for data and children")
    client.exists(path)
    both.none()


class Arrivals(SequentialThreadingHandler):
    """Notes an event where it arrives, in the thread that also takes answers: what it saw first came first."""

    def __init__(self):
        super().__init__()
        self.paths = set()

    def dispatch_callback(self, callback):
        self.paths.add(callback.args[0].path)
        super().dispatch_callback(callback)


@scenario("watches.order")
def order(t):
    arrivals = Arrivals()
    client, other = t.rooted(handler=arrivals), t.client()
    for n in range(60):
        path = "%s/n%d" % (t.root, n)
        ahead = "%s/ahead%d" % (t.root, n)
        client.create(path, b"old")
        client.get(path, watch=lambda event: None)
        client.exists(ahead, watch=lambda event: None)
        with other.transaction() as transaction:
            transaction.set_data(path, b"new")
            transaction.create(ahead)
        eventually(lambda: client.get(path)[0] == b"new", "the change is read")
        check(path in arrivals.paths, "the change was read before its event came (round %d)" % n)
        check(ahead in arrivals.paths, "the change was read before the event of its transaction (round %d)" % n)


@scenario("watches.order-of-events")
def order_of_events(t):
    client, other = t.rooted(), t.client()
    events = Events()
    paths = ["%s/n%03d" % (t.root, n) for n in range(200)]
    for answer in [client.exists_async(path, watch=events) for path in reversed(paths)]:
        answer.get(timeout=25)
    for answer in [other.create_async(path) for path in paths]:
        answer.get(timeout=25)
    equal([events.next().path for _ in paths], paths, "events come in the order of the changes")
