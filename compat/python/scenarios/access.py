"""Who may do what: ACLs and the ways to say who one is."""
from kazoo.exceptions import (
    AuthFailedError,
    BadVersionError,
    ConnectionClosedError,
    InvalidACLError,
    NoAuthError,
    NoNodeError,
    ReconfigDisabledError,
)
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.security import ACL, CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, Id, Permissions, make_acl, make_digest_acl

from harness.expect import Events, check, equal, eventually, raises
from harness.runner import scenario
from harness.secured import FIXTURES


@scenario("acl.digest")
def digest(t):
    owner, other, path = t.rooted(), t.client(), t.root + "/node"
    acl = [make_digest_acl("ann", "sécret", all=True)]
    owner.create(path, b"private", acl=acl)
    raises(NoAuthError, owner.get, path)
    equal(owner.add_auth("digest", "ann:sécret"), True, "add_auth")
    equal(owner.get(path)[0], b"private", "its owner reads it")
    equal(owner.get_acls(path)[0], acl, "the ACL as it was set")
    raises(NoAuthError, other.get, path)
    other.add_auth("digest", "ann:wrong")
    raises(NoAuthError, other.get, path)
    other.add_auth("digest", "ann:sécret")
    equal(other.get(path)[0], b"private", "whoever knows the password reads it")
    # auth stands for all that the client has shown.
    mine = t.root + "/mine"
    other.create(mine, acl=CREATOR_ALL_ACL)
    ids = sorted(one.id.id.split(":")[0] + ":" + str(one.perms) for one in other.get_acls(mine)[0])
    equal(ids, ["ann:31", "ann:31"], "the ids that auth became")
    raises(InvalidACLError, t.client().create, t.root + "/x", acl=CREATOR_ALL_ACL)
    # What was shown counts for a new connection of the session too.
    relay = t.relay()
    moving, states = t.client(relay.address, auth_data=[("digest", "ann:sécret")]), Events()
    moving.add_listener(states)
    relay.cut()
    states.until(lambda state: state == "CONNECTED", "connection")
    equal(moving.get(path)[0], b"private", "after a new connection")


@scenario("acl.ip-world")
def ip_world(t):
    client = t.rooted()
    for n, (acl, allowed) in enumerate(
        (
            (make_acl("ip", "127.0.0.1", all=True), True),
            (make_acl("ip", "127.0.0.0/8", read=True), True),
            (make_acl("ip", "10.1.2.3", all=True), False),
            (make_acl("ip", "10.0.0.0/8", all=True), False),
            (make_acl("world", "anyone", read=True), True),
            (make_acl("world", "anyone", write=True), False),
        )
    ):
        path = "%s/n%d" % (t.root, n)
        client.create(path, b"x", acl=[acl])
        if allowed:
            equal(client.get(path)[0], b"x", "allowed by %r" % (acl,))
        else:
            raises(NoAuthError, client.get, path)
    for scheme, name in (("ip", "nonsense"), ("ip", "127.0.0.1/64"), ("world", "someone"), ("nonsense", "x"), ("digest", "no-colon")):
        raises(InvalidACLError, client.create, t.root + "/bad", acl=[make_acl(scheme, name, all=True)])
    raises(InvalidACLError, client.set_acls, t.root, [])


@scenario("acl.noauth")
def noauth(t):
    """Each permission by itself: what it allows, and that nothing else does."""
    owner, client = t.rooted(), t.client()
    owner.add_auth("digest", "ann:secret")
    tries = {
        "read": lambda path: (client.get(path), client.get_children(path), client.exists(path)),
        "write": lambda path: client.set(path, b""),
        "create": lambda path: client.create(path + "/new"),
        "delete": lambda path: client.delete(path + "/child"),
        "admin": lambda path: client.set_acls(path, OPEN_ACL_UNSAFE),
    }
    for granted in tries:
        for tried, run in tries.items():
            path = "%s/%s-%s" % (t.root, granted, tried)
            owner.create(path)
            owner.create(path + "/child")
            owner.set_acls(path, [make_digest_acl("ann", "secret", all=True), make_acl("world", "anyone", **{granted: True})])
            if tried == granted:
                run(path)
            else:
                raises(NoAuthError, run, path)
    closed = t.root + "/closed"
    owner.create(closed, acl=[make_digest_acl("ann", "secret", all=True)])
    raises(NoAuthError, client.get_acls, closed)
    raises(NoAuthError, client.get_children, closed)
    raises(NoAuthError, client.exists, closed)
    # What is asked first: may he, then is it there, then which version.
    raises(NoAuthError, client.create, closed + "/child")
    raises(NoAuthError, client.delete, closed + "/missing")
    raises(NoAuthError, client.set, closed, b"", version=7)
    raises(NoNodeError, client.create, closed + "/missing/child")
    stat = owner.set_acls(closed, READ_ACL_UNSAFE, version=0)
    equal(stat.aversion, 1, "aversion")
    raises(NoAuthError, owner.set_acls, closed, OPEN_ACL_UNSAFE)
    equal(client.get_acls(closed)[0], READ_ACL_UNSAFE, "what reading allows to see")
    again = t.root + "/again"
    owner.create(again)
    raises(BadVersionError, owner.set_acls, again, READ_ACL_UNSAFE, version=5)


@scenario("acl.masked")
def masked(t):
    # A reader without ADMIN sees who may do what, but no password hash.
    owner, reader, path = t.rooted(), t.client(), t.root + "/node"
    owner.add_auth("digest", "ann:secret")
    acl = [make_digest_acl("ann", "secret", all=True), make_acl("world", "anyone", read=True)]
    owner.create(path, acl=acl)
    equal(owner.get_acls(path)[0], acl, "what the owner sees")
    shown = reader.get_acls(path)[0]
    equal(shown[0], ACL(Permissions.ALL, Id("digest", "ann:x")), "what a reader sees")


@scenario("auth.unknown-scheme")
def unknown_scheme(t):
    client, states = t.client(), Events()
    client.add_listener(states)
    raises(AuthFailedError, client.add_auth, "nonsense", "a:b")
    equal(states.next("state"), "LOST", "its state")
    raises(AuthFailedError, client.get, "/")


def sasl(username, password):
    return dict(sasl_options=dict(mechanism="DIGEST-MD5", username=username, password=password))


@scenario("auth.sasl")
def auth_sasl(t):
    address, path = t.secured.address, t.root + "/node"
    bob = t.rooted(address, **sasl("bob", "secret"))
    acl = [make_acl("sasl", "bob", all=True)]
    bob.create(path, b"bob's", acl=acl)
    equal(bob.get(path)[0], b"bob's", "bob reads it")
    raises(NoAuthError, t.client(address, **sasl("ann", "word")).get, path)
    raises(NoAuthError, t.client(address).get, path)
    bob.create(t.root + "/mine", acl=CREATOR_ALL_ACL)
    check(acl[0] in bob.get_acls(t.root + "/mine")[0], "auth stands for the SASL user")
    for wrong in (("bob", "wrong"), ("nobody", "secret")):
        client = t.raw_client(address, **sasl(*wrong))
        states = Events()
        client.add_listener(states)
        client.start_async()
        # kazoo says CONNECTED before it shows who it is.
        equal([states.next("state"), states.next("state")], ["CONNECTED", "LOST"], "states with a wrong password")
        eventually(lambda: client.client_state == "CLOSED", "kazoo gives up after AUTH_FAILED")
        raises(ConnectionClosedError, client.get, path)


def tls(t, host="localhost", **options):
    """A client over TLS that checks the server's certificate and name."""
    options = {"use_ssl": True, "ca": str(FIXTURES / "ca.pem"), "check_hostname": True, **options}
    return t.raw_client("%s:%s" % (host, t.secured.secure_port), **options)


def certificate(name):
    return dict(certfile=str(FIXTURES / (name + ".pem")), keyfile=str(FIXTURES / (name + ".pem")))


@scenario("tls.server")
def tls_server(t):
    client = tls(t, **certificate("client"))
    client.start(25)
    client.ensure_path(t.root)
    data = bytes(range(256)) * 2000
    client.create(t.root + "/node", data)
    check(client.get(t.root + "/node")[0] == data, "half a megabyte through TLS")
    plain = t.client(t.secured.address)
    check(plain.get(t.root + "/node")[0] == data, "the same tree on the plain port")
    events = Events()
    client.get(t.root + "/node", watch=events)
    plain.delete(t.root + "/node")
    equal(events.next().type, "DELETED", "an event through TLS")
    answers = [client.create_async(t.root + "/n%d" % n, b"x" * 5000) for n in range(500)]
    for answer in answers:
        answer.get(timeout=25)
    equal(len(client.get_children(t.root)), 500, "many requests at once")
    # A client that does not know the issuer stays away, and so does one without TLS.
    raises(KazooTimeoutError, tls(t, ca=str(FIXTURES / "stranger.pem"), **certificate("client")).start, 1)
    raises(KazooTimeoutError, t.raw_client("127.0.0.1:%s" % t.secured.secure_port).start, 1)


@scenario("tls.client-cert")
def tls_client_cert(t):
    client = tls(t, **certificate("client"))
    client.start(25)
    client.ensure_path(t.root)
    client.create(t.root + "/mine", b"x", acl=CREATOR_ALL_ACL)
    ids = [one.id for one in client.get_acls(t.root + "/mine")[0]]
    subject = dict(line.split("\t") for line in (FIXTURES / "subjects.tsv").read_text().splitlines())["client"]
    check(Id("x509", subject) in ids, "the certificate's name as an id: %r" % ids)
    raises(NoAuthError, t.client(t.secured.address).get, t.root + "/mine")
    equal(client.get(t.root + "/mine")[0], b"x", "its owner reads it")
    raises(KazooTimeoutError, tls(t).start, 1)
    raises(KazooTimeoutError, tls(t, **certificate("stranger")).start, 1)


@scenario("sync-whoami")
def sync(t):
    # kazoo has no whoAmI; what auth becomes in an ACL shows the same.
    client, other = t.rooted(), t.client()
    for n in range(30):
        client.set(t.root, b"%d" % n)
        equal(other.sync(t.root), t.root, "the answer of sync")
        equal(other.get(t.root)[0], b"%d" % n, "what is read after sync")
    equal(other.sync("/nowhere"), "/nowhere", "sync of a node that is not there")
    client.add_auth("digest", "ann:secret")
    client.create(t.root + "/mine", acl=CREATOR_ALL_ACL)
    equal([one.id.id.split(":")[0] for one in client.get_acls(t.root + "/mine")[0]], ["ann"], "who the client is")


@scenario("config-node")
def config_node(t):
    client = t.client()
    data, stat = client.get("/zookeeper/config")
    equal(data, b"", "a standalone server's configuration")
    equal(client.get_acls("/zookeeper/config")[0], READ_ACL_UNSAFE, "its ACL")
    check("config" in client.get_children("/zookeeper"), "its place")
    raises(NoAuthError, client.set, "/zookeeper/config", b"x")
    change = dict(joining="server.2=127.0.0.1:2888:3888;2181", leaving=None, new_members=None)
    raises(ReconfigDisabledError, client.reconfig, **change)
