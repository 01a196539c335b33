"""Sessions: what belongs to them, how they end, what outlives a connection and a server."""
from kazoo.client import KazooState
from kazoo.exceptions import ConnectionClosedError, ConnectionLoss, SessionExpiredError
from kazoo.protocol.states import EventType

from harness.expect import Events, check, equal, eventually, raises
from harness.runner import scenario


@scenario("sessions.ephemerals")
def ephemerals(t):
    relay = t.relay()
    watcher, owner = t.rooted(), t.client(relay.address)
    path = t.root + "/ephemeral"
    owner.create(path, b"mine", ephemeral=True)
    equal(watcher.exists(path).ephemeralOwner, owner.client_id[0], "the owner")
    events, states = Events(), Events()
    watcher.exists(path, watch=events)
    session_id = owner.client_id[0]
    owner.add_listener(states)
    relay.cut()
    equal([states.next(), states.next()], [KazooState.SUSPENDED, KazooState.CONNECTED], "a connection lost and found")
    equal(owner.client_id[0], session_id, "the session after that")
    equal(owner.get(path)[0], b"mine", "the node after that")
    # Answered after everything before it: an event would be here by now.
    watcher.sync(path)
    events.none()
    watcher.set(path, b"others may write it")
    equal(events.next().type, EventType.CHANGED, "an event")
    watcher.exists(path, watch=events)
    owner.stop()
    equal(events.next().type, EventType.DELETED, "the event at the end of its session")
    equal(watcher.get_children(t.root), [], "what is left")


@scenario("sessions.expiry")
def expiry(t):
    relay = t.relay()
    watcher, silent = t.rooted(), t.client(relay.address, timeout=3)
    names = ["n%d" % n for n in range(20)]
    for name in names:
        silent.create(t.root + "/" + name, ephemeral=True)
    silent.create(t.root + "/stays")
    old = silent.client_id[0]
    gone, states = Events(), Events()
    watcher.exists(t.root + "/n0", watch=gone)
    silent.add_listener(states)
    relay.freeze()
    equal(gone.next("deletion by expiry").type, EventType.DELETED, "the event of expiry")
    watcher.sync(t.root)
    equal(watcher.get_children(t.root), ["stays"], "all of its ephemerals are gone, and only those")
    equal(states.next("state"), KazooState.SUSPENDED, "the silent client's state while nothing arrives")
    relay.thaw()
    states.until(lambda state: state == KazooState.LOST, "lost session")
    equal(states.next("state"), KazooState.CONNECTED, "its state with a new session")
    check(silent.client_id[0] != old, "the new session has an id of its own")
    silent.create(t.root + "/n0", ephemeral=True)
    equal(watcher.exists(t.root + "/n0").ephemeralOwner, silent.client_id[0], "the new owner")


@scenario("sessions.timeouts")
def timeouts(t):
    # kazoo asks; the server's smallest and largest timeouts hold. A session that is pinged lives longer than its timeout.
    for asked, granted in ((0.1, 1000), (5, 5000), (300, 60000)):
        client = t.client(timeout=asked)
        dump = client.command(b"cons")
        line = [part for part in dump.splitlines() if "sid=0x%x," % client.client_id[0] in part]
        check(line and "to=%d," % granted in line[0], "asked for %s s, expected %s ms: %s" % (asked, granted, line))


@scenario("sessions.take-over")
def take_over(t):
    # The first client cannot come back and take it again: its network is frozen.
    relay = t.relay()
    t.rooted()
    first = t.client(relay.address)
    path = t.root + "/ephemeral"
    first.create(path, ephemeral=True)
    session_id, password = first.client_id
    states = Events()
    first.add_listener(states)
    relay.freeze()
    second = t.client(client_id=(session_id, password))
    equal(second.client_id, (session_id, password), "the session in its second client")
    equal(states.next("state"), KazooState.SUSPENDED, "the first client's state")
    equal(second.exists(path).ephemeralOwner, session_id, "its ephemeral")
    # A wrong password gets no session, and kazoo asks for a new one.
    other = t.client()
    session_id, password = other.client_id
    wrong = t.client(client_id=(session_id, bytes(16)))
    check(wrong.client_id[0] != session_id, "a wrong password must not open the session")


@scenario("sessions.close")
def close(t):
    watcher, client = t.rooted(), t.client()
    path = t.root + "/ephemeral"
    client.create(path, ephemeral=True)
    events, states = Events(), Events()
    watcher.exists(path, watch=events)
    old = client.client_id
    client.add_listener(states)
    client.stop()
    equal(events.next().type, EventType.DELETED, "the event of the close")
    equal(states.next("state"), KazooState.LOST, "its state")
    raises(ConnectionClosedError, client.get, t.root)
    again = t.client(client_id=old)
    check(again.client_id[0] != old[0], "a closed session cannot be opened again")
    client.start(25)
    check(client.client_id[0] != old[0], "a client that starts again has a new session")
    before = client.client_id[0]
    client.restart()
    check(client.client_id[0] != before, "restart ends the session")
    equal(client.get_children(t.root), [], "nothing came back")


@scenario("sessions.reconnect-restart")
def reconnect_restart(t):
    server = t.own_server()
    # The same server several times: kazoo then gives up sooner on a connection that is not answered while it starts.
    hosts = ",".join([server.address] * 4)
    client, path = t.client(hosts), t.root + "/node"
    client.ensure_path(t.root)
    client.create(path, b"0")
    client.create(t.root + "/ephemeral", b"mine", ephemeral=True)
    datas, children, states, dropped = Events(), Events(), Events(), Events()
    client.DataWatch(path, lambda data, stat: datas(data))
    client.ChildrenWatch(t.root, lambda names: children(sorted(names)))
    equal(datas.next(), b"0", "data at first")
    equal(children.next(), ["ephemeral", "node"], "children at first")
    client.get(path, watch=dropped)
    client.add_listener(states)
    session_id = client.client_id[0]
    for round in range(1, 3):
        server.kill()
        equal(states.next("state"), KazooState.SUSPENDED, "state without a server")
        server.start()
        equal(states.next("state"), KazooState.CONNECTED, "state with a server again")
        equal(client.client_id[0], session_id, "the session")
        equal(client.get(t.root + "/ephemeral")[0], b"mine", "the ephemeral")
        client.set(path, b"%d" % round)
        equal(datas.until(lambda data: data == b"%d" % round, "data"), b"%d" % round, "a data watch lives on")
        client.create("%s/r%d" % (t.root, round))
        children.until(lambda names: "r%d" % round in names, "a children watch that lives on")
    # kazoo does not hand plain watches to the next connection: it tells them that theirs was lost.
    equal(dropped.next().type, EventType.NONE, "what a plain watch hears")
    client.stop()
    other = t.client(hosts)
    equal(other.exists(t.root + "/ephemeral"), None, "its ephemeral after its end")
    equal(sorted(other.get_children(t.root)), ["node", "r1", "r2"], "what is left")


@scenario("sessions.expiry-over-restart")
def expiry_over_restart(t):
    server = t.own_server()
    relay, path = t.relay(server), "/ephemeral"
    client = t.client(relay.address, timeout=3)
    client.create(path, ephemeral=True)
    # Its owner does not come back: the restarted server has to know the session, and to end it.
    relay.freeze()
    server.kill()
    server.start()
    watcher, events = t.client(server.address), Events()
    if watcher.exists(path, watch=events) is not None:
        equal(events.next("deletion by expiry").type, EventType.DELETED, "the event of expiry")
    equal(watcher.exists(path), None, "the ephemeral of a session that expired")


@scenario("client.states")
def states(t):
    relay = t.relay()
    client = t.raw_client(relay.address, timeout=3)
    seen = Events()
    client.add_listener(seen)
    client.start(25)
    equal(seen.next("state"), KazooState.CONNECTED, "at first")
    client.ensure_path(t.root)
    relay.freeze()
    pending = client.get_async(t.root)
    equal(seen.next("state"), KazooState.SUSPENDED, "frozen")
    raises(ConnectionLoss, pending.get, timeout=25)
    equal(client.connected, False, "connected while suspended")
    session_id = client._session_id
    watcher, gone = t.client(), Events()
    # The server forgets the session while the network is down; the client hears of it when the network is back.
    eventually(lambda: "0x%x" % session_id not in watcher.command(b"dump"), "the session expires")
    waiting = client.get_async(t.root)
    relay.thaw()
    equal(seen.next("state"), KazooState.LOST, "when the server has forgotten the session")
    equal(seen.next("state"), KazooState.CONNECTED, "and with a new one")
    try:
        waiting.get(timeout=25)
        check(False, "what was sent in the old session must fail")
    except (SessionExpiredError, ConnectionLoss):
        pass
    equal(client.get(t.root)[0], b"", "it works again")
    client.stop()
    equal(seen.next("state"), KazooState.LOST, "at the end")
    gone.none()
