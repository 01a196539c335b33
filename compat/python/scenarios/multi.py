"""Transactions: all or nothing, with a result for each operation."""
from kazoo.exceptions import (
    BadArgumentsError,
    BadVersionError,
    InvalidACLError,
    NoAuthError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)
from kazoo.security import make_digest_acl

from harness.expect import Events, check, equal, raises
from harness.runner import scenario, skip

skip("multi.read", "kazoo 2.11.0 has no read in its transactions")


@scenario("multi.success")
def success(t):
    client, other = t.rooted(), t.client()
    path = t.root + "/node"
    transaction = client.transaction()
    transaction.create(path, b"one")
    transaction.check(path, 0)
    transaction.set_data(path, b"two", version=0)
    transaction.check(path, 1)
    transaction.create(path + "/e-", ephemeral=True, sequence=True)
    transaction.create(path + "/s-", sequence=True)
    transaction.delete(path + "/s-0000000001")
    results = transaction.commit()
    equal(results[:2], [path, True], "create and check")
    stat = results[2]
    equal((stat.version, stat.dataLength, stat.czxid), (1, 3, stat.mzxid), "the stat of set")
    equal(results[3:], [True, path + "/e-0000000000", path + "/s-0000000001", True], "the other results")
    equal(client.get(path)[0], b"two", "the data")
    child = client.exists(path + "/e-0000000000")
    equal((child.czxid, child.ephemeralOwner), (stat.mzxid, client.client_id[0]), "one zxid for all, and the owner")
    events = Events()
    other.get(path, watch=events)
    other.get_children(path, watch=events)
    with client.transaction() as transaction:
        transaction.delete(path + "/e-0000000000")
        transaction.delete(path)
    equal([events.next().type for _ in range(2)], ["CHILD", "DELETED"], "its events, in its order")
    equal(client.transaction().commit(), [], "an empty transaction")
    raises(ValueError, transaction.commit)


def fails(client, at, error, *operations):
    """A transaction with a write before and after the operations; the one at this place must fail with the error."""
    root, before = client.scenario_root, client.exists(client.scenario_root)
    transaction = client.transaction()
    transaction.create(root + "/never", b"", ephemeral=True)
    for operation in operations:
        operation(transaction)
    transaction.set_data(root, b"never")
    kinds = [type(result) for result in transaction.commit()]
    rest = len(operations) - at
    wanted = [RolledBackError] * (at + 1) + [error] + [RuntimeInconsistency] * rest
    equal([kind.__name__ for kind in kinds], [kind.__name__ for kind in wanted], "results of %s" % error.__name__)
    equal(client.exists(root), before, "the root after %s" % error.__name__)
    equal(client.exists(root + "/never"), None, "the first operation after %s" % error.__name__)


@scenario("multi.failures")
def failures(t):
    client, owner = t.rooted(), t.client()
    client.scenario_root = t.root
    owner.add_auth("digest", "ann:secret")
    private, full, ephemeral = t.root + "/private", t.root + "/full", t.root + "/ephemeral"
    owner.create(private, acl=[make_digest_acl("ann", "secret", all=True)])
    client.create(full + "/child", makepath=True)
    client.create(ephemeral, ephemeral=True)
    missing = t.root + "/missing"
    for operation in ("delete", "set_data", "check", "create"):
        extra = {"set_data": (b"",), "check": (0,)}.get(operation, ())
        path = missing + "/child" if operation == "create" else missing
        fails(client, 0, NoNodeError, lambda tx: getattr(tx, operation)(path, *extra))
    fails(client, 0, BadVersionError, lambda tx: tx.check(full, 7))
    fails(client, 0, BadVersionError, lambda tx: tx.set_data(full, b"", 7))
    fails(client, 0, BadVersionError, lambda tx: tx.delete(full + "/child", 7))
    fails(client, 0, NodeExistsError, lambda tx: tx.create(full))
    fails(client, 1, NodeExistsError, lambda tx: tx.create(missing), lambda tx: tx.create(missing))
    fails(client, 0, NotEmptyError, lambda tx: tx.delete(full))
    fails(client, 2, NotEmptyError, lambda tx: tx.set_data(full, b""), lambda tx: tx.check(full, 1), lambda tx: tx.delete(full))
    fails(client, 0, NoChildrenForEphemeralsError, lambda tx: tx.create(ephemeral + "/child"))
    fails(client, 0, NoAuthError, lambda tx: tx.set_data(private, b""))
    fails(client, 1, NoAuthError, lambda tx: tx.check(full, 0), lambda tx: tx.create(private + "/child"))
    fails(client, 0, NoAuthError, lambda tx: tx.check(private, 0), lambda tx: tx.delete(missing))
    fails(client, 0, InvalidACLError, lambda tx: tx.create(missing, acl=wrong_acl()))
    fails(client, 0, BadArgumentsError, lambda tx: tx.create(t.root + "/\0"))
    equal(client.get(full)[1].version, 0, "a version that no failed transaction raised")
    check(client.exists(full + "/child"), "a child that no failed transaction deleted")
    # Sequence numbers of a failed transaction are given again.
    made = client.create(full + "/s-", sequence=True)
    equal(made, full + "/s-0000000001", "the next number")


def wrong_acl():
    acl = make_digest_acl("a", "b", all=True)
    return [acl._replace(id=acl.id._replace(scheme="nonsense"))]
