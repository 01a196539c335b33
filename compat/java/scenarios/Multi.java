package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;
import static harness.World.settle;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** Transactions: all of it or nothing. */
public final class Multi {
  private static final byte[] NEW = "new".getBytes(UTF_8);

  private Multi() {}

  static Op create(String path) {
    return Op.create(path, NEW, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }

  public static void success(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String root = world.root;
    Events events = Events.ofNodes();
    client.exists(root + "/a", events);
    client.getChildren(root, events);
    List<OpResult> results =
        client.multi(
            Arrays.asList(
                Op.check(root, 0),
                create(root + "/a"),
                Op.create(root + "/a/n-", NEW, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL),
                Op.create(root + "/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL),
                Op.setData(root + "/a", "two".getBytes(UTF_8), 0),
                Op.setData(root + "/a", "three".getBytes(UTF_8), 1),
                Op.delete(root + "/e", 0),
                Op.check(root + "/a", 2)));
    equal("[13, 1, 1, 1, 5, 5, 2, 13]", types(results), "types of the results");
    equal(root + "/a/n-0000000000", ((OpResult.CreateResult) results.get(2)).getPath(), "sequential name");
    Stat stat = ((OpResult.SetDataResult) results.get(5)).getStat();
    equal("[2, 1]", Arrays.asList(stat.getVersion(), stat.getCversion()), "versions");
    equal("three", read(client, root + "/a"), "data");
    equal("[a]", children(client, root), "children");
    Stat parent = client.exists(root, false);
    equal(parent.getPzxid(), client.exists(root + "/a", false).getCzxid(), "one zxid for all");
    equal(stat.getMzxid(), parent.getPzxid(), "one zxid for all");
    // The children of the root changed three times, of which a watch hears once.
    settle(client);
    List<String> heard = new ArrayList<>(Arrays.asList(events.next(), events.next()));
    Collections.sort(heard);
    equal("[NodeChildrenChanged " + root + ", NodeCreated " + root + "/a]", heard, "events");
    events.none();
    equal("[]", client.multi(new ArrayList<>()), "an empty transaction");
  }

  static List<Integer> types(List<OpResult> results) {
    List<Integer> types = new ArrayList<>();
    for (OpResult result : results) types.add(result.getType());
    return types;
  }

  public static void failures(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String root = world.root;
    make(client, root + "/full");
    make(client, root + "/full/child");
    client.create(root + "/closed", null, Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);
    make(client, root + "/e", "", CreateMode.EPHEMERAL);
    Stat before = client.exists(root, false);
    fails(client, Code.NONODE, "[0, -101, -2]", create(root + "/a"), Op.delete(root + "/none", -1), create(root + "/b"));
    fails(client, Code.NONODE, "[-101, -2]", create(root + "/none/child"), create(root + "/b"));
    fails(client, Code.BADVERSION, "[0, 0, -103]", create(root + "/a"), Op.setData(root + "/a", NEW, 0), Op.check(root + "/a", 0));
    fails(client, Code.BADVERSION, "[-103]", Op.delete(root + "/full", 7));
    fails(client, Code.BADVERSION, "[0, -103, -2, -2]", create(root + "/a"), Op.setData(root, NEW, 7), create(root + "/b"), create(root + "/c"));
    fails(client, Code.NODEEXISTS, "[0, -110]", create(root + "/a"), create(root + "/a"));
    fails(client, Code.NODEEXISTS, "[-110, -2]", create(root + "/full"), create(root + "/a"));
    fails(client, Code.NOTEMPTY, "[0, -111]", create(root + "/a"), Op.delete(root + "/full", -1));
    fails(client, Code.NOAUTH, "[0, -102, -2]", create(root + "/a"), Op.setData(root + "/closed", NEW, -1), create(root + "/b"));
    fails(client, Code.NOAUTH, "[0, -102]", create(root + "/a"), create(root + "/closed/child"));
    fails(client, Code.NOCHILDRENFOREPHEMERALS, "[0, -108]", create(root + "/a"), create(root + "/e/child"));
    fails(client, Code.INVALIDACL, "[0, -114]", create(root + "/a"), Op.create(root + "/b", NEW, new ArrayList<>(), CreateMode.PERSISTENT));
    equal(before, client.exists(root, false), "the root's stat after all these");
    equal("[closed, e, full]", children(client, root), "children");
    equal("[a]", afterwards(client, root), "names and numbers of failed transactions are free");
  }

  private static List<String> afterwards(ZooKeeper client, String root) throws Exception {
    client.multi(Arrays.asList(Op.delete(root + "/full/child", -1), Op.delete(root + "/full", -1), Op.delete(root + "/closed", -1), Op.delete(root + "/e", -1), create(root + "/a")));
    return children(client, root);
  }

  private static void fails(ZooKeeper client, Code code, String codes, Op... ops) throws Exception {
    KeeperException error = refused(code, () -> client.multi(Arrays.asList(ops)));
    List<Integer> got = new ArrayList<>();
    for (OpResult result : error.getResults()) got.add(((OpResult.ErrorResult) result).getErr());
    equal(codes, got, code + ": codes of the operations");
  }

  /** The builder, and the asynchronous call. */
  public static void builder(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String root = world.root;
    List<OpResult> results =
        client.transaction().create(root + "/t", NEW, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT).setData(root + "/t", NEW, 0).check(root + "/t", 1).commit();
    equal("[1, 5, 13]", types(results), "types of the results");
    CompletableFuture<String> done = new CompletableFuture<>();
    client.transaction().delete(root + "/t", 1).create(root + "/u", NEW, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)
        .commit((code, path, context, list) -> done.complete(code + " " + path + " " + context + " " + types(list)), "context");
    equal("0 null context [2, 1]", World.result(done), "what the callback gets");
    CompletableFuture<String> refused = new CompletableFuture<>();
    client.multi(Arrays.asList(Op.check(root + "/u", 0), Op.delete(root + "/none", -1)), (code, path, context, list) -> refused.complete(code + " " + types(list)), null);
    equal("-101 [-1, -1]", World.result(refused), "what the callback of a refused one gets");
    equal("[u]", children(client, root), "children");
  }

  /** Hundreds of operations, beside another client that sees all of them or none. */
  public static void large(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper reader = world.client();
    String root = world.root;
    CompletableFuture<Integer> looks =
        world.spawn(
            () -> {
              int count = 0;
              for (int seen = 0; seen < 10; count++) {
                int size = reader.getChildren(root, false).size();
                holds(size % 500 == 0, "a part of a transaction is seen: " + size);
                seen = Math.max(seen, size / 500);
              }
              return count;
            });
    for (int round = 0; round < 10; round++) {
      List<Op> ops = new ArrayList<>();
      for (int index = 0; index < 500; index++) ops.add(create(root + "/" + round + "-" + index));
      equal(500, client.multi(ops).size(), "results");
    }
    holds(World.result(looks) > 0, "nobody looked");
    List<Op> ops = new ArrayList<>();
    for (String name : children(client, root)) ops.add(Op.delete(root + "/" + name, 0));
    equal(5000, client.multi(ops).size(), "deletes");
    equal(10_000, client.exists(root, false).getCversion(), "cversion");
  }
}
