package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Server;
import harness.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** Kinds of nodes and calls that clients have had since 3.5 and 3.6. */
public final class NewNodes {
  private NewNodes() {}

  public static void ttlAndContainers(World world) throws Exception {
    Server server = world.ownServer("extendedTypesEnabled=true\n", "-Dzookeeper.extendedTypesEnabled=true -Dznode.container.checkIntervalMs=200", false);
    ZooKeeper client = world.rooted(server);
    String container = make(client, world.root + "/container", "", CreateMode.CONTAINER);
    String unused = make(client, world.root + "/unused", "", CreateMode.CONTAINER);
    String plain = make(client, world.root + "/plain");
    for (String parent : Arrays.asList(container, plain)) client.delete(make(client, parent + "/child"), -1);
    awaitGone(client, container);

    Stat stat = new Stat();
    byte[] data = "x".getBytes(UTF_8);
    String passing = client.create(world.root + "/passing", data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 500);
    String numbered = client.create(world.root + "/n-", data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 1000);
    String kept = client.create(world.root + "/kept", data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 1500);
    make(client, kept + "/child");
    equal(world.root + "/n-0000000004", numbered, "name");
    awaitGone(client, passing);
    awaitGone(client, numbered);
    equal("[kept, plain, unused]", children(client, world.root), "what stays");
    client.delete(kept + "/child", -1);
    awaitGone(client, kept);
    holds(client.exists(unused, false) != null, "a container that never had a child goes");
    refreshed(world, client);
  }

  /** A node that is written to all the time outlives one with twice its TTL. */
  private static void refreshed(World world, ZooKeeper client) throws Exception {
    String quiet = client.create(world.root + "/quiet", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, null, 3000);
    String busy = client.create(world.root + "/busy", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, null, 1500);
    while (client.exists(quiet, false) != null) client.setData(busy, null, -1);
    awaitGone(client, busy);
  }

  private static void awaitGone(ZooKeeper client, String path) throws Exception {
    Events events = Events.ofNodes();
    if (client.exists(path, events) != null) events.expect("NodeDeleted " + path);
  }

  /** A server that is not told to know TTL nodes refuses them. */
  public static void ttlOff(World world) throws Exception {
    ZooKeeper client = world.rooted();
    refused(Code.UNIMPLEMENTED, () -> client.create(world.root + "/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, null, 1000));
    equal("[]", children(client, world.root), "children");
  }

  /** create that answers with the stat of what it has made. */
  public static void createWithStat(World world) throws Exception {
    ZooKeeper client = world.rooted();
    for (CreateMode mode : Arrays.asList(CreateMode.PERSISTENT, CreateMode.EPHEMERAL_SEQUENTIAL, CreateMode.CONTAINER)) {
      Stat stat = new Stat();
      String path = client.create(world.root + "/" + mode + "-", "abc".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, mode, stat);
      equal(client.exists(path, false), stat, mode + ": stat");
      CompletableFuture<String> made = new CompletableFuture<>();
      client.create(path + "x", null, Ids.OPEN_ACL_UNSAFE, mode, (code, asked, context, name, its) -> made.complete(name + " " + its), null);
      String[] answer = World.result(made).split(" ", 2);
      equal(client.exists(answer[0], false), answer[1], mode + ": stat for the callback");
    }
    List<OpResult> results = client.multi(Arrays.asList(Op.create(world.root + "/m", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER)));
    OpResult.CreateResult result = (OpResult.CreateResult) results.get(0);
    equal(world.root + "/m", result.getPath(), "path of a container made in a transaction");
    if (result.getStat() != null) equal(client.exists(world.root + "/m", false), result.getStat(), "its stat");
  }

  public static void counts(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    for (String name : Arrays.asList("/a", "/a/b", "/a/b/c", "/ab", "/a/d")) make(client, world.root + name);
    for (String name : Arrays.asList("/a/e1", "/a/e2", "/ab/e3")) make(client, world.root + name, "", CreateMode.EPHEMERAL);
    make(other, world.root + "/a/theirs", "", CreateMode.EPHEMERAL);
    equal(9, client.getAllChildrenNumber(world.root), "all below");
    equal(6, client.getAllChildrenNumber(world.root + "/a"), "all below /a");
    equal(0, client.getAllChildrenNumber(world.root + "/a/d"), "all below a leaf");
    refused(Code.NONODE, () -> client.getAllChildrenNumber(world.root + "/none"));
    List<String> mine = new ArrayList<>(client.getEphemerals());
    Collections.sort(mine);
    equal(Arrays.asList(world.root + "/a/e1", world.root + "/a/e2", world.root + "/ab/e3"), mine, "own ephemeral nodes");
    equal(3, client.getEphemerals(world.root + "/a").size(), "own ephemeral nodes that begin with /a");
    equal(0, client.getEphemerals(world.root + "/b").size(), "own ephemeral nodes below nothing");
    CompletableFuture<String> found = new CompletableFuture<>();
    other.getEphemerals((code, context, paths) -> found.complete(code + " " + paths), null);
    equal("0 [" + world.root + "/a/theirs]", World.result(found), "for the callback");
    ZKUtil.deleteRecursive(client, world.root + "/a", 100);
    equal("[ab]", children(client, world.root), "what is left after a recursive delete");
  }

  /** Several reads at one moment. */
  public static void multiRead(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = make(client, world.root + "/a", "one", CreateMode.PERSISTENT);
    make(client, path + "/child");
    String closed = client.create(world.root + "/closed", null, Collections.singletonList(new ACL(Perms.WRITE, Ids.ANYONE_ID_UNSAFE)), CreateMode.PERSISTENT);
    List<OpResult> results =
        client.multi(Arrays.asList(Op.getData(path), Op.getChildren(path), Op.getData(path + "/none"), Op.getChildren(closed), Op.getChildren(world.root)));
    equal("[4, 8, -1, -1, 8]", Multi.types(results), "types of the results");
    OpResult.GetDataResult data = (OpResult.GetDataResult) results.get(0);
    equal("one", new String(data.getData(), UTF_8), "data");
    equal(client.exists(path, false), data.getStat(), "stat");
    equal("[child]", ((OpResult.GetChildrenResult) results.get(1)).getChildren(), "children");
    equal(Code.NONODE.intValue(), ((OpResult.ErrorResult) results.get(2)).getErr(), "no node");
    equal(Code.NOAUTH.intValue(), ((OpResult.ErrorResult) results.get(3)).getErr(), "no right");
    CompletableFuture<String> told = new CompletableFuture<>();
    client.multi(Arrays.asList(Op.getData(path), Op.getData(path)), (code, at, context, list) -> told.complete(code + " " + Multi.types(list)), null);
    equal("0 [4, 4]", World.result(told), "for the callback");
    try {
      client.multi(Arrays.asList(Op.getData(path), Multi.create(world.root + "/new")));
      holds(false, "a read and a write in one");
    } catch (IllegalArgumentException refusedByClient) {
      equal("[a, closed]", children(client, world.root), "children");
    }
    consistent(world, client);
  }

  /** Two nodes that a transaction keeps alike are never read unlike. */
  private static void consistent(World world, ZooKeeper client) throws Exception {
    ZooKeeper writer = world.client();
    String left = make(client, world.root + "/left");
    String right = make(client, world.root + "/right");
    CompletableFuture<String> written =
        world.spawn(
            () -> {
              for (int round = 0; round < 200; round++) {
                byte[] data = String.valueOf(round).getBytes(UTF_8);
                writer.multi(Arrays.asList(Op.setData(left, data, -1), Op.setData(right, data, -1)));
              }
              return "done";
            });
    while (!written.isDone()) {
      List<OpResult> both = client.multi(Arrays.asList(Op.getData(left), Op.getData(right)));
      String one = new String(((OpResult.GetDataResult) both.get(0)).getData(), UTF_8);
      equal(one, new String(((OpResult.GetDataResult) both.get(1)).getData(), UTF_8), "left and right");
    }
    World.result(written);
    equal("199", read(client, left), "data in the end");
  }
}
