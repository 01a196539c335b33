package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.curator.framework.api.transaction.TransactionOp;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;

/** Transactions: all or nothing, and what is said of each operation. */
final class Transactions {
  /** Said of an operation behind the one that failed. */
  private static final int NOT_TRIED = Code.RUNTIMEINCONSISTENCY.intValue();

  private Transactions() {}

  static void register(Registry registry) {
    registry
        .add("multi.success", Transactions::success)
        .add("multi.failures", Transactions::failures)
        .add("multi.background", Transactions::background)
        .add("multi.in-transaction", Transactions::inTransaction)
        .add("multi.large", Transactions::large)
        .skip("multi.read", "Curator has no transaction of reads");
  }

  private static void success(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().creatingParentsIfNeeded().forPath(context.at("old"), bytes("1"));
    TransactionOp op = client.transactionOp();
    List<CuratorTransactionResult> results =
        client
            .transaction()
            .forOperations(
                op.check().withVersion(0).forPath(context.root()),
                op.create().forPath(context.at("a"), bytes("a")),
                op.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("a/b")),
                op.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(context.at("s-")),
                op.create().withMode(CreateMode.CONTAINER).forPath(context.at("c")),
                op.setData().withVersion(0).forPath(context.at("old"), bytes("2")),
                op.setData().withVersion(1).forPath(context.at("old"), bytes("3")),
                op.create().compressed().forPath(context.at("gz"), bytes("x".repeat(10_000))),
                op.delete().withVersion(2).forPath(context.at("old")),
                op.create().forPath(context.at("old"), bytes("again")));
    Expect.same(
        "errors",
        List.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        results.stream().map(CuratorTransactionResult::getError).collect(Collectors.toList()));
    Expect.same(
        "types",
        "[CHECK, CREATE, CREATE, CREATE, CREATE, SET_DATA, SET_DATA, CREATE, DELETE, CREATE]",
        results.stream()
            .map(CuratorTransactionResult::getType)
            .collect(Collectors.toList())
            .toString());
    Expect.same("made", context.at("s-0000000002"), results.get(3).getResultPath());
    Expect.same("asked", context.at("s-"), results.get(3).getForPath());
    Expect.same("version", 2, results.get(6).getResultStat().getVersion());
    Expect.same("data", "again", text(client.getData().forPath(context.at("old"))));
    Expect.same(
        "unzipped", 10_000, client.getData().decompressed().forPath(context.at("gz")).length);
    long czxid = client.checkExists().forPath(context.at("a")).getCzxid();
    for (String name : List.of("a/b", "s-0000000002", "c", "gz", "old"))
      Expect.same(
          "czxid of " + name, czxid, client.checkExists().forPath(context.at(name)).getCzxid());
  }

  private static void failures(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().creatingParentsIfNeeded().forPath(context.at("parent/child"));
    client
        .create()
        .withACL(List.of(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
        .forPath(context.at("locked"), bytes("x"));
    client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("ephemeral"));
    TransactionOp op = client.transactionOp();
    expectFailure(context, client, Code.NONODE, op.delete().forPath(context.at("none")));
    expectFailure(
        context, client, Code.NONODE, op.setData().forPath(context.at("none"), bytes("x")));
    expectFailure(context, client, Code.NONODE, op.check().forPath(context.at("none")));
    expectFailure(context, client, Code.NONODE, op.create().forPath(context.at("none/child")));
    expectFailure(
        context,
        client,
        Code.BADVERSION,
        op.setData().withVersion(3).forPath(context.at("parent"), bytes("x")));
    expectFailure(
        context, client, Code.BADVERSION, op.check().withVersion(3).forPath(context.at("parent")));
    expectFailure(
        context,
        client,
        Code.BADVERSION,
        op.delete().withVersion(3).forPath(context.at("parent/child")));
    expectFailure(context, client, Code.NODEEXISTS, op.create().forPath(context.at("parent")));
    expectFailure(context, client, Code.NOTEMPTY, op.delete().forPath(context.at("parent")));
    expectFailure(
        context, client, Code.NOAUTH, op.setData().forPath(context.at("locked"), bytes("y")));
    expectFailure(context, client, Code.NOAUTH, op.create().forPath(context.at("locked/child")));
    expectFailure(
        context,
        client,
        Code.NOCHILDRENFOREPHEMERALS,
        op.create().forPath(context.at("ephemeral/child")));
    // The first operation of the same transaction counts for the second one.
    expectFailure(context, client, Code.NODEEXISTS, op.create().forPath(context.at("made")));
  }

  /**
   * The operation fails in the second place of three: nothing is done, and the list says which one
   * it was.
   */
  private static void expectFailure(
      Context context, CuratorFramework client, Code code, CuratorOp failing) throws Exception {
    TransactionOp op = client.transactionOp();
    CuratorOp first = op.create().forPath(context.at("made"));
    CuratorOp third = op.setData().forPath(context.root(), bytes("changed"));
    String what =
        code
            + " of "
            + failing.getTypeAndPath().getType()
            + " "
            + failing.getTypeAndPath().getForPath();
    KeeperException error =
        Expect.fails(what, code, () -> client.transaction().forOperations(first, failing, third));
    Expect.same(
        "results of " + what, List.of(0, code.intValue(), NOT_TRIED), codes(error.getResults()));
    Expect.same("made by " + what, null, client.checkExists().forPath(context.at("made")));
    Expect.same("changed by " + what, 0, client.checkExists().forPath(context.root()).getVersion());
  }

  private static List<Integer> codes(List<OpResult> results) {
    List<Integer> codes = new ArrayList<>();
    for (OpResult result : results)
      codes.add(result instanceof OpResult.ErrorResult failed ? failed.getErr() : 0);
    return codes;
  }

  private static void background(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    TransactionOp op = client.transactionOp();
    Events<CuratorEvent> events = new Events<>();
    client
        .transaction()
        .inBackground((from, event) -> events.add(event), "tag")
        .forOperations(
            op.create().forPath(context.at("a")), op.setData().forPath(context.root(), bytes("1")));
    CuratorEvent done = events.next("the transaction");
    Expect.same(
        "event",
        "TRANSACTION 0 tag 2",
        done.getType()
            + " "
            + done.getResultCode()
            + " "
            + done.getContext()
            + " "
            + done.getOpResults().size());
    Expect.same(
        "result",
        OperationType.SET_DATA + " 1",
        done.getOpResults().get(1).getType()
            + " "
            + done.getOpResults().get(1).getResultStat().getVersion());
    client
        .transaction()
        .inBackground((from, event) -> events.add(event))
        .forOperations(op.delete().forPath(context.at("a")), op.create().forPath(context.root()));
    CuratorEvent failed = events.next("the second transaction");
    Expect.same("code", Code.NODEEXISTS.intValue(), failed.getResultCode());
    Expect.that("nothing was done", client.checkExists().forPath(context.at("a")) != null);
  }

  /** The older way to say it. */
  @SuppressWarnings("deprecation")
  private static void inTransaction(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    Collection<CuratorTransactionResult> results =
        client
            .inTransaction()
            .create()
            .forPath(context.at("a"), bytes("1"))
            .and()
            .setData()
            .withVersion(0)
            .forPath(context.at("a"), bytes("2"))
            .and()
            .check()
            .withVersion(1)
            .forPath(context.at("a"))
            .and()
            .create()
            .withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
            .forPath(context.at("a/s-"))
            .and()
            .commit();
    Expect.same(
        "results",
        List.of(context.at("a"), "null", "null", context.at("a/s-0000000000")),
        results.stream().map(r -> "" + r.getResultPath()).collect(Collectors.toList()));
    Expect.fails(
        "second",
        Code.BADVERSION,
        () ->
            client
                .inTransaction()
                .delete()
                .forPath(context.at("a/s-0000000000"))
                .and()
                .check()
                .withVersion(0)
                .forPath(context.at("a"))
                .and()
                .commit());
    Expect.same("data", "2", text(client.getData().forPath(context.at("a"))));
    Expect.same("children", 1, client.getChildren().forPath(context.at("a")).size());
  }

  private static void large(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    List<CuratorOp> operations = new ArrayList<>();
    for (int i = 0; i < 2_000; i++)
      operations.add(
          client.transactionOp().create().forPath(context.at("n" + i), bytes("data " + i)));
    Expect.same("results", 2_000, client.transaction().forOperations(operations).size());
    Expect.same("children", 2_000, client.getChildren().forPath(context.root()).size());
    operations.clear();
    for (int i = 0; i < 2_000; i++)
      operations.add(client.transactionOp().delete().forPath(context.at("n" + i)));
    client.transaction().forOperations(operations);
    Expect.same("cversion", 4_000, client.checkExists().forPath(context.root()).getCversion());
  }
}
