package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import harness.Registry;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;

/** Znodes: what can be made, read, changed and removed. */
final class Znodes {
  private Znodes() {}

  static void register(Registry registry) {
    registry
        .add("znodes.crud", Znodes::crud)
        .add("znodes.create-modes", Znodes::createModes)
        .add("znodes.create-or-set", Znodes::createOrSet)
        .add("znodes.delete-children", Znodes::deleteChildren)
        .add("znodes.compressed", Znodes::compressed)
        .add("znodes.sequence", Znodes::sequence)
        .add("znodes.stat", Znodes::stat)
        .add("znodes.zxid-of-refusals", Znodes::zxidOfRefusals);
  }

  private static void crud(Context context) throws Exception {
    CuratorFramework client = context.client();
    String path = context.at("a/b/c");
    Expect.fails("create without parents", Code.NONODE, () -> client.create().forPath(path));
    Expect.same(
        "path", path, client.create().creatingParentsIfNeeded().forPath(path, bytes("one")));
    Expect.fails("create it again", Code.NODEEXISTS, () -> client.create().forPath(path));
    Expect.same("data", "one", text(client.getData().forPath(path)));
    Expect.same(
        "version", 1, client.setData().withVersion(0).forPath(path, bytes("two")).getVersion());
    Expect.fails(
        "old version",
        Code.BADVERSION,
        () -> client.setData().withVersion(0).forPath(path, bytes("no")));
    Expect.fails(
        "delete an old version",
        Code.BADVERSION,
        () -> client.delete().withVersion(0).forPath(path));
    Expect.same("children", List.of("c"), client.getChildren().forPath(context.at("a/b")));
    Expect.fails("delete a parent", Code.NOTEMPTY, () -> client.delete().forPath(context.at("a")));
    client.delete().withVersion(1).forPath(path);
    Expect.same("exists", null, client.checkExists().forPath(path));
    Expect.fails("read what is gone", Code.NONODE, () -> client.getData().forPath(path));
    Expect.fails("set what is gone", Code.NONODE, () -> client.setData().forPath(path, bytes("x")));
    Expect.fails("delete what is gone", Code.NONODE, () -> client.delete().forPath(path));
    Expect.fails("children of what is gone", Code.NONODE, () -> client.getChildren().forPath(path));
    client.delete().quietly().forPath(path);
    client.create().forPath(path, new byte[0]);
    Expect.same("empty data", 0, client.getData().forPath(path).length);
  }

  private static void createModes(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework owner = context.client();
    client.create().forPath(context.root());
    long session = owner.getZookeeperClient().getZooKeeper().getSessionId();
    for (CreateMode mode :
        List.of(
            CreateMode.PERSISTENT,
            CreateMode.EPHEMERAL,
            CreateMode.PERSISTENT_SEQUENTIAL,
            CreateMode.EPHEMERAL_SEQUENTIAL)) {
      String asked = context.at(mode.name() + "-");
      String made = owner.create().withMode(mode).forPath(asked, bytes(mode.name()));
      Expect.that(
          "a number in " + made, made.matches(asked + (mode.isSequential() ? "\\d{10}" : "")));
      Expect.same("data of " + made, mode.name(), text(client.getData().forPath(made)));
      Expect.same(
          "owner of " + made,
          mode.isEphemeral() ? session : 0L,
          client.checkExists().forPath(made).getEphemeralOwner());
      if (mode.isEphemeral())
        Expect.fails(
            "child of an ephemeral",
            Code.NOCHILDRENFOREPHEMERALS,
            () -> owner.create().forPath(made + "/child"));
    }
    owner.close();
    Set<String> left = new TreeSet<>(client.getChildren().forPath(context.root()));
    Expect.same(
        "left by the session",
        new TreeSet<>(Set.of("PERSISTENT-", "PERSISTENT_SEQUENTIAL-0000000002")),
        left);
  }

  private static void createOrSet(Context context) throws Exception {
    CuratorFramework client = context.client();
    Stat stat = new Stat();
    client.create().orSetData().creatingParentsIfNeeded().forPath(context.at("x"), bytes("one"));
    client.create().orSetData().storingStatIn(stat).forPath(context.at("x"), bytes("two"));
    Expect.same("data", "two", text(client.getData().forPath(context.at("x"))));
    client.create().idempotent().forPath(context.at("y"), bytes("one"));
    client.create().idempotent().forPath(context.at("y"), bytes("one"));
    Expect.fails(
        "idempotent with other data",
        Code.NODEEXISTS,
        () -> client.create().idempotent().forPath(context.at("y"), bytes("two")));
    client.setData().idempotent().withVersion(0).forPath(context.at("y"), bytes("two"));
    client.setData().idempotent().withVersion(0).forPath(context.at("y"), bytes("two"));
    Expect.fails(
        "idempotent set of other data",
        Code.BADVERSION,
        () ->
            client.setData().idempotent().withVersion(0).forPath(context.at("y"), bytes("three")));
    client.delete().idempotent().withVersion(1).forPath(context.at("y"));
    client.delete().idempotent().withVersion(1).forPath(context.at("y"));
  }

  private static void deleteChildren(Context context) throws Exception {
    CuratorFramework client = context.client();
    for (int i = 0; i < 40; i++)
      client
          .create()
          .creatingParentsIfNeeded()
          .forPath(context.at("top/" + i % 4 + "/" + i % 8 + "/" + i), bytes("x"));
    client.delete().guaranteed().deletingChildrenIfNeeded().forPath(context.at("top"));
    Expect.same("left", List.of(), client.getChildren().forPath(context.root()));
  }

  private static void compressed(Context context) throws Exception {
    CuratorFramework client = context.client();
    String data = "a long text ".repeat(10_000);
    client.create().compressed().creatingParentsIfNeeded().forPath(context.at("gz"), bytes(data));
    Expect.that(
        "small on the server",
        client.checkExists().forPath(context.at("gz")).getDataLength() < 5_000);
    Expect.same("data", data, text(client.getData().decompressed().forPath(context.at("gz"))));
  }

  private static void sequence(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    String name = context.at("s-");
    for (int i = 0; i < 3; i++)
      Expect.same(
          "path",
          name + "000000000" + i,
          client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(name));
    client.delete().forPath(name + "0000000002");
    client.create().forPath(context.at("plain"));
    // The number counts the children ever made, so that it never comes twice.
    Expect.same(
        "after a delete and a create",
        context.at("0000000004"),
        client.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(context.at("")));
  }

  private static void stat(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    Stat made = new Stat();
    long before = System.currentTimeMillis();
    client.create().storingStatIn(made).forPath(context.at("n"), bytes("12345"));
    Expect.same("length", 5, made.getDataLength());
    Expect.that(
        "three zxids are one",
        made.getCzxid() == made.getMzxid() && made.getCzxid() == made.getPzxid());
    Expect.that(
        "the time is now",
        Math.abs(made.getCtime() - before) < 60_000 && made.getCtime() == made.getMtime());
    Stat set = client.setData().forPath(context.at("n"), bytes("1"));
    Expect.that(
        "mzxid rises alone",
        set.getMzxid() > made.getMzxid()
            && set.getCzxid() == made.getCzxid()
            && set.getPzxid() == made.getPzxid());
    client.create().forPath(context.at("n/child"));
    client.create().forPath(context.at("n/child2"));
    long pzxid = client.checkExists().forPath(context.at("n")).getPzxid();
    client.delete().forPath(context.at("n/child"));
    Stat last = new Stat();
    client.getData().storingStatIn(last).forPath(context.at("n"));
    Expect.same(
        "version, cversion, aversion, children",
        "1 3 0 1",
        last.getVersion()
            + " "
            + last.getCversion()
            + " "
            + last.getAversion()
            + " "
            + last.getNumChildren());
    Expect.that(
        "pzxid rises with children",
        pzxid > set.getMzxid() && last.getPzxid() > pzxid && last.getMzxid() == set.getMzxid());
    Expect.same(
        "aversion",
        1,
        client
            .setACL()
            .withACL(org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE)
            .forPath(context.at("n"))
            .getAversion());
    Stat listed = new Stat();
    client.getChildren().storingStatIn(listed).forPath(context.at("n"));
    Expect.same("stat with children", client.checkExists().forPath(context.at("n")), listed);
  }

  /** A write that is refused takes a zxid like any other; nobody else may write meanwhile. */
  private static void zxidOfRefusals(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    long czxid = client.checkExists().forPath(context.root()).getCzxid();
    Expect.fails("create again", Code.NODEEXISTS, () -> client.create().forPath(context.root()));
    Expect.fails("delete", Code.NONODE, () -> client.delete().forPath(context.at("none")));
    Expect.same(
        "the next zxid",
        czxid + 3,
        client.setData().forPath(context.root(), bytes("1")).getMzxid());
  }
}
