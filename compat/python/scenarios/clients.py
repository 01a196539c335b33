"""What kazoo's client does around requests: chroot, asynchronous answers, retries, words."""
import threading

from kazoo.exceptions import ConnectionClosedError, ConnectionLoss, NoNodeError
from kazoo.protocol.states import EventType
from kazoo.retry import KazooRetry, RetryFailedError
from kazoo.security import make_digest_acl

from harness.expect import Events, check, equal, happens, raises
from harness.runner import scenario
from harness.server import free_port


@scenario("client.chroot")
def chroot(t):
    outer = t.rooted()
    inner = t.client(t.server.address + t.root)
    equal(inner.create("/a/b", b"x", makepath=True), "/a/b", "a path within the chroot")
    equal(inner.create("/a/s-", sequence=True), "/a/s-0000000001", "a sequential one")
    equal(outer.get(t.root + "/a/b")[0], b"x", "the same node from outside")
    events = Events()
    inner.get("/a/b", watch=events)
    inner.get_children("/", watch=events)
    outer.set(t.root + "/a/b", b"y")
    equal((events.next().path, inner.sync("/a")), ("/a/b", "/a"), "paths of an event and of sync")
    outer.create(t.root + "/c")
    equal(events.next().path, "/", "the path of an event of the chroot itself")
    transaction = inner.transaction()
    transaction.create("/d")
    transaction.delete("/c")
    equal(transaction.commit(), ["/d", True], "paths in a transaction")
    equal(sorted(inner.get_children("/")), ["a", "d"], "children of the chroot")
    with inner.Lock("/lock"):
        equal(len(outer.get_children(t.root + "/lock")), 1, "a recipe within the chroot")


@scenario("client.async")
def asynchronous(t):
    client = t.rooted()
    order, done = [], threading.Event()
    path = t.root + "/node"

    def note(name):
        return lambda result: order.append((name, result.successful()))

    # Sent without waiting: answers come in the order of the requests, reads see the writes before them.
    # (kazoo itself answers a create later than the server does: its own callback stands in between.)
    created = client.create_async(path, b"0")
    client.set_async(path, b"1").rawlink(note("set"))
    got = client.get_async(path)
    got.rawlink(note("get"))
    client.exists_async(t.root + "/no").rawlink(note("exists"))
    client.get_children_async(t.root).rawlink(note("children"))
    client.get_acls_async(path).rawlink(note("acls"))
    client.set_async(path, b"x", 9).rawlink(note("bad version"))
    client.delete_async(path).rawlink(note("delete"))
    missing = client.get_async(path)
    missing.rawlink(note("get again"))
    client.sync_async(path).rawlink(lambda result: done.set())
    happens(done, "the last answer")
    failed = ("bad version", "get again")
    equal(created.get(timeout=25), path, "the path of create")
    names = ["set", "get", "exists", "children", "acls", "bad version", "delete", "get again"]
    equal(order, [(name, name not in failed) for name in names], "the answers")
    equal(got.get()[0], b"1", "what get saw")
    raises(NoNodeError, missing.get)
    answers = [client.create_async(t.root + "/n%d" % n) for n in range(3000)]
    zxids = [client.exists(answer.get(timeout=25)).czxid for answer in answers[::100]]
    equal(zxids, sorted(zxids), "zxids of many requests at once")


@scenario("client.retry-restart")
def retry_restart(t):
    """Writers with KazooRetry go on while the server is killed and comes back, three times; all that was said to be written is there."""
    server = t.own_server()
    hosts = ",".join([server.address] * 4)
    clients = [t.client(hosts) for _ in range(4)]
    clients[0].ensure_path(t.root)
    stop = threading.Event()
    written = [0] * len(clients)

    def write(n, client):
        path = "%s/n%d" % (t.root, n)
        client.retry(client.ensure_path, path)
        retry = KazooRetry(max_tries=-1, delay=0.05, max_delay=0.3, deadline=20)
        while not stop.is_set():
            retry(client.set, path, b"%d" % (written[n] + 1))
            written[n] += 1
            progress[n].set()

    progress = [threading.Event() for _ in clients]
    jobs = [t.spawn(write, n, client) for n, client in enumerate(clients)]
    sessions = [client.client_id for client in clients]
    for _ in range(3):
        for one in progress:
            happens(one, "a write after a restart")
        server.kill()
        server.start()
        for one in progress:
            one.clear()
    for one in progress:
        happens(one, "a write after the last restart")
    stop.set()
    for job in jobs:
        job.result()
    equal([client.client_id for client in clients], sessions, "the sessions")
    reader = t.client(hosts)
    for n, last in enumerate(written):
        equal(reader.get("%s/n%d" % (t.root, n))[0], b"%d" % last, "the last write that was acknowledged")


@scenario("client.retry-limits")
def retry_limits(t):
    client = t.client()
    equal(client.retry(client.exists, "/"), client.exists("/"), "what retry hands on")
    raises(NoNodeError, client.retry, client.get, t.root)
    nobody = t.raw_client("127.0.0.1:%d" % free_port(), connection_retry=dict(max_tries=3, delay=0.01))
    raises(nobody.handler.timeout_exception, nobody.start, 1)
    raises(ConnectionClosedError, nobody.get, "/")
    calls = []

    def never():
        calls.append(1)
        raise ConnectionLoss()

    raises(RetryFailedError, KazooRetry(max_tries=4, delay=0.01), never)
    equal(len(calls), 4, "attempts")


@scenario("client.defaults")
def defaults(t):
    acl = [make_digest_acl("ann", "secret", all=True)]
    client = t.client(default_acl=acl, auth_data=[("digest", "ann:secret")])
    client.ensure_path(t.root)
    equal(client.get_acls(t.root)[0], acl, "the default ACL of ensure_path")
    with client.transaction() as transaction:
        transaction.create(t.root + "/a")
    equal(client.get_acls(t.root + "/a")[0], acl, "and of a transaction")
    reader = t.client(read_only=True)
    equal(reader.client_state, "CONNECTED", "a client that would take a read-only server")


@scenario("client.words")
def words(t):
    client = t.client()
    equal(client.command(b"ruok"), "imok", "ruok")
    equal(client.server_version(), (3, 9, 5), "version")
    check("Mode: standalone" in client.command(b"srvr"), "srvr")
    check("zk_znode_count" in client.command(b"mntr"), "mntr")
    check("0x%x" % client.client_id[0] in client.command(b"cons"), "cons")
    events = Events()
    client.exists(t.root, watch=events)
    check(t.root in client.command(b"wchp"), "wchp")
    client.create(t.root)
    equal(events.next().type, EventType.CREATED, "the watch that wchp showed")
    check(t.root not in client.command(b"wchp"), "wchp after it fired")


@scenario("client.hosts")
def hosts(t):
    """Addresses where nobody listens are passed over; set_hosts counts from the next lost connection on."""
    first, second = t.relay(), t.relay()
    client = t.raw_client("127.0.0.1:%d,%s,127.0.0.1:%d" % (free_port(), first.address, free_port()))
    client.start(25)
    client.ensure_path(t.root)
    session_id, states = client.client_id[0], Events()
    client.add_listener(states)
    client.set_hosts(second.address)
    equal(client.exists(t.root).version, 0, "the connection that is there stays")
    first.close()
    equal([states.next("state"), states.next("state")], ["SUSPENDED", "CONNECTED"], "states")
    equal((client.client_id[0], client.exists(t.root).version), (session_id, 0), "the session at its new address")


@scenario("sessions.ahead")
def ahead(t):
    """A server that has seen less than the client does not serve it: the client would go back in time."""
    behind, relay = t.own_server(), t.relay()
    client = t.rooted(relay.address)
    for n in range(50):
        client.set(t.root, b"%d" % n)
    states = Events()
    client.add_listener(states)
    client.set_hosts("%s,%s" % (behind.address, relay.address), randomize_hosts=False)
    for _ in range(3):
        relay.cut()
        equal([states.next("state"), states.next("state")], ["SUSPENDED", "CONNECTED"], "states")
        equal(client.get(t.root)[0], b"49", "what it reads, from the server that knows it")
