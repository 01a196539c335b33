"""Nodes: what they hold, how they are named, counted and limited."""
import time

from kazoo.exceptions import (
    BadArgumentsError,
    BadVersionError,
    ConnectionLoss,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
)

from harness.expect import check, equal, raises
from harness.runner import scenario, skip

skip("znodes.ttl-container", "kazoo creates neither TTL nor container nodes")
# jute.maxbuffer of a server that is not told otherwise: the largest frame it takes.
FRAME_BYTES_MAX = 0xFFFFF


@scenario("znodes.crud")
def crud(t):
    client, path = t.rooted(), t.root + "/näme €"
    equal(client.exists(path), None, "exists before")
    equal(client.create(path, b"one"), path, "create")
    raises(NodeExistsError, client.create, path)
    data, stat = client.get(path)
    equal((data, stat.version), (b"one", 0), "get")
    equal(client.set(path, b"two").version, 1, "set")
    equal(client.set(path, b"", version=1).version, 2, "set with a version")
    raises(BadVersionError, client.set, path, b"x", version=1)
    equal(client.get(path)[0], b"", "empty data")
    client.create(path + "/child", None)
    check(client.get(path + "/child")[0] in (None, b""), "null data is no data")
    equal(client.get_children(path), ["child"], "children")
    equal(client.get_children(path, include_data=True)[1].numChildren, 1, "children and stat")
    raises(NotEmptyError, client.delete, path)
    raises(BadVersionError, client.delete, path + "/child", version=3)
    equal(client.delete(path + "/child", version=0), True, "delete with a version")
    equal(client.delete(path), True, "delete")
    for missing in (client.get, client.get_children, client.delete, client.get_acls):
        raises(NoNodeError, missing, path)
    raises(NoNodeError, client.set, path, b"")
    raises(NoNodeError, client.create, t.root + "/no/parent")
    equal(client.create(t.root + "/a/b/c", makepath=True), t.root + "/a/b/c", "makepath")
    client.delete(t.root + "/a", recursive=True)
    equal(client.get_children(t.root), [], "all gone")


@scenario("znodes.create-modes")
def create_modes(t):
    client = t.rooted()
    session_id = client.client_id[0]
    for ephemeral in (False, True):
        for sequence in (False, True):
            what = "ephemeral=%s sequence=%s" % (ephemeral, sequence)
            path = "%s/%s%s-" % (t.root, "e" if ephemeral else "p", "s" if sequence else "")
            made, stat = client.create(path, b"x", ephemeral=ephemeral, sequence=sequence, include_data=True)
            equal(made[: len(path)], path, what)
            equal(len(made) - len(path), 10 if sequence else 0, what + ": length of the suffix")
            equal(stat, client.exists(made), what + ": stat of the answer and of the node")
            equal(stat.ephemeralOwner, session_id if ephemeral else 0, what + ": owner")
            if ephemeral:
                raises(NoChildrenForEphemeralsError, client.create, made + "/child")
            else:
                equal(client.create(made + "/child"), made + "/child", what + ": a child")


@scenario("znodes.sequence")
def sequence(t):
    client = t.rooted()

    def number(prefix):
        path = client.create(t.root + "/" + prefix, sequence=True)
        return path, int(path[-10:])

    first, zero = number("a-")
    equal(zero, 0, "the first number")
    equal(number("b-")[1], 1, "prefixes share the parent's counter")
    client.delete(first)
    # The counter counts creations; a Stat shows a cversion that counts deletions too.
    equal(number("a-")[1], 2, "the number after a deletion")
    client.create(t.root + "/plain")
    equal(number("")[1], 4, "the number after a plain node, without a prefix")
    equal(client.exists(t.root).cversion, 6, "cversion")
    equal(client.create(t.root + "/plain/", sequence=True), t.root + "/plain/0000000000", "a parent of its own")

    contended = t.root + "/contended"
    client.create(contended)
    clients = [t.client() for _ in range(6)]
    answers = [[one.create_async(contended + "/n-", sequence=True) for _ in range(50)] for one in clients]
    numbers = [[int(answer.get(timeout=25)[-10:]) for answer in mine] for mine in answers]
    check(all(mine == sorted(mine) for mine in numbers), "each client's numbers go up: %r" % numbers)
    equal(sorted(sum(numbers, [])), list(range(300)), "the numbers of all clients")


@scenario("znodes.stat")
def stat(t):
    client, path = t.rooted(), t.root + "/node"
    client.create(path, b"12345")
    born = client.exists(path)
    equal(born.czxid, born.mzxid, "czxid and mzxid of a new node")
    equal(born.pzxid, born.czxid, "pzxid of a new node")
    equal((born.version, born.cversion, born.aversion), (0, 0, 0), "versions of a new node")
    equal((born.dataLength, born.numChildren, born.ephemeralOwner), (5, 0, 0), "lengths of a new node")
    check(abs(born.ctime / 1000 - time.time()) < 60, "ctime is about now: %s" % born.ctime)
    equal((born.mtime, born.creation_transaction_id), (born.ctime, born.czxid), "mtime, and kazoo's name for czxid")
    written = client.set(path, b"")
    equal(written, client.exists(path), "the stat that set answers")
    check(written.mzxid > born.mzxid, "mzxid goes up")
    equal((written.czxid, written.ctime, written.pzxid), (born.czxid, born.ctime, born.czxid), "what set leaves alone")
    equal((written.version, written.dataLength), (1, 0), "what set changes")
    client.create(path + "/child")
    parent, child = client.exists(path), client.exists(path + "/child")
    equal((parent.pzxid, parent.cversion, parent.numChildren), (child.czxid, 1, 1), "a child changes its parent")
    equal((parent.mzxid, parent.version), (written.mzxid, 1), "but not its data's versions")
    client.set(path + "/child", b"x")
    equal(client.exists(path), parent, "a child's data does not")
    client.delete(path + "/child")
    after = client.exists(path)
    check(after.pzxid > parent.pzxid, "deleting a child raises pzxid")
    equal((after.cversion, after.numChildren), (2, 0), "and cversion")
    acls = client.get_acls(path)[0]
    equal(client.set_acls(path, acls).aversion, 1, "aversion")


@scenario("znodes.bad-paths")
def bad_paths(t):
    client = t.rooted()
    for path in (t.root + "/..", t.root + "/./a", "../x"):
        raises(ValueError, client.create, path)
    for part in ("\0", "a\0b", "\x01", "a\x1fb", "\x7f", "\x85", "\ud7ff\ue000", "\uf8ff", "\ufff0"):
        raises(BadArgumentsError, client.create, t.root + "/" + part)
    for part in (" ", "a b", "...", ".a", "a.", "..a", "\u4e2d\u6587", "\uffef"):
        path = t.root + "/" + part
        equal(client.create(path), path, "a path that is allowed")
    raises(NodeExistsError, client.create, "/")
    raises(BadArgumentsError, client.delete, "/")
    raises(BadArgumentsError, client.delete, "/zookeeper")
    raises(NoNodeError, client.get, t.root + "/\0")
    # kazoo puts these right by itself.
    equal(client.create(t.root + "//twice/"), t.root + "/twice", "slashes that are too many")
    equal(client.create(t.root.lstrip("/") + "/relative"), t.root + "/relative", "a path without its slash")


@scenario("znodes.big-data")
def big_data(t):
    client, path = t.rooted(), t.root + "/big"
    client.create(path, b"")
    # xid, opcode, the two lengths and the version stand beside path and data in the frame of a set.
    most = FRAME_BYTES_MAX - 20 - len(path)
    data = bytes(range(256)) * 4096
    client.set(path, data[:most])
    equal(client.get(path)[0] == data[:most], True, "the largest data comes back as it was")
    session_id = client.client_id[0]
    raises(ConnectionLoss, client.set, path, data[: most + 1])
    stat = client.retry(client.exists, path)
    equal((stat.version, stat.dataLength), (1, most), "what was too large is not written")
    equal(client.client_id[0], session_id, "the session lives on")


@scenario("znodes.many-children")
def many_children(t):
    client = t.rooted()
    count, width, prefix = 24000, 1000, "a-name-that-makes-the-answer-longer-than-a-megabyte-"
    names = ["%s%05d" % (prefix, n) for n in range(count)]
    singles = [client.create_async(t.root + "/" + name) for name in names[:4000]]
    for at in range(4000, count, width):
        with client.transaction() as transaction:
            for name in names[at : at + width]:
                transaction.create(t.root + "/" + name)
    for answer in singles:
        answer.get(timeout=25)
    children, stat = client.get_children(t.root, include_data=True)
    check(sorted(children) == names, "the names that were made: %d of %d" % (len(set(children) & set(names)), count))
    equal((stat.numChildren, stat.cversion), (count, count), "their number")
    for at in range(0, count, width):
        with client.transaction() as transaction:
            for name in names[at : at + width]:
                transaction.delete(t.root + "/" + name)
    stat = client.exists(t.root)
    equal((stat.numChildren, stat.cversion), (0, 2 * count), "after their deletion")
