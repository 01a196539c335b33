package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.KeeperException;

/** In the end every cache holds what the server holds. */
@SuppressWarnings("deprecation")
final class CacheContents {
  private CacheContents() {}

  static void register(Registry registry) {
    registry
        .add("cache.curator-converges", CacheContents::converges)
        .add("cache.tree-converges", CacheContents::treeConverges)
        .add("cache.all-over-restart", CacheContents::overRestart);
  }

  /**
   * Several clients change a tree at random: in the end every cache holds it, with its versions.
   */
  private static void converges(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().forPath(context.root());
    List<CuratorCache> caches = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      caches.add(context.keep(CuratorCache.build(context.client(), context.root())));
      caches.get(i).start();
    }
    Map<String, String> expected = changed(context, witness, true);
    for (CuratorCache cache : caches)
      Expect.untilSame("a cache holds the tree", expected, () -> contents(cache.stream()));
  }

  /**
   * Without deletes: of a znode that is deleted and made again at the same moment a TreeCache can
   * keep an entry without data, with any server.
   */
  private static void treeConverges(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().forPath(context.root());
    List<TreeCache> caches = new ArrayList<>();
    for (int i = 0; i < 3; i++)
      caches.add(context.keep(new TreeCache(context.client(), context.root())).start());
    Map<String, String> expected = changed(context, witness, false);
    for (TreeCache cache : caches)
      Expect.untilSame("a cache holds the tree", expected, () -> contents(cache));
  }

  /** The tree after several clients have changed it at once. */
  private static Map<String, String> changed(
      Context context, CuratorFramework witness, boolean deletes) throws Exception {
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int seed = i;
      jobs.add(context.spawn(() -> change(context, seed, deletes)));
    }
    for (Context.Job<Void> job : jobs) job.result();
    Map<String, String> tree = new TreeMap<>();
    read(witness, context.root(), tree);
    return tree;
  }

  private static Void change(Context context, int seed, boolean deletes) throws Exception {
    CuratorFramework client = context.client();
    Random random = new Random(seed);
    for (int i = 0; i < 250; i++) {
      String path =
          context.at("n" + random.nextInt(6))
              + (random.nextBoolean() ? "/m" + random.nextInt(4) : "");
      try {
        int kind = random.nextInt(deletes ? 4 : 3);
        if (kind < 2)
          client
              .create()
              .orSetData()
              .creatingParentsIfNeeded()
              .forPath(path, bytes(seed + "-" + i));
        else if (kind == 2) client.setData().forPath(path, bytes(seed + "-" + i));
        else client.delete().forPath(path);
      } catch (KeeperException.NoNodeException
          | KeeperException.NotEmptyException
          | KeeperException.NodeExistsException raced) {
        continue;
      }
    }
    return null;
  }

  private static String describe(ChildData node) {
    return node.getStat().getVersion()
        + " "
        + node.getStat().getCzxid()
        + " "
        + text(node.getData());
  }

  private static void read(CuratorFramework client, String path, Map<String, String> into)
      throws Exception {
    into.put(
        path,
        describe(
            new ChildData(
                path, client.checkExists().forPath(path), client.getData().forPath(path))));
    for (String child : client.getChildren().forPath(path)) read(client, path + "/" + child, into);
  }

  private static Map<String, String> contents(Stream<ChildData> nodes) {
    return nodes.collect(Collectors.toMap(ChildData::getPath, CacheContents::describe));
  }

  /**
   * Of a tree cache that changes meanwhile the iterator can run out of what it promised: then
   * nothing.
   */
  private static Map<String, String> contents(TreeCache cache) {
    Map<String, String> contents = new TreeMap<>();
    try {
      cache.iterator().forEachRemaining(node -> contents.put(node.getPath(), describe(node)));
    } catch (NoSuchElementException changing) {
      return Map.of();
    }
    return contents;
  }

  /**
   * The server crashes and comes back, and others change the tree before the caches' client is
   * back.
   */
  private static void overRestart(Context context) throws Exception {
    context.ownServer("");
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    CuratorFramework other = context.client();
    Events<ConnectionState> states = Sessions.statesOf(client);
    for (String name : List.of("kept", "changed", "deleted"))
      other.create().creatingParentsIfNeeded().forPath(context.at(name), bytes("1"));
    CuratorCache cache = Caches.started(context, client, context.root(), new Events<>());
    TreeCache tree = context.keep(new TreeCache(client, context.root())).start();
    PathChildrenCache children = context.keep(new PathChildrenCache(client, context.root(), true));
    children.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
    NodeCache node = context.keep(new NodeCache(client, context.at("changed")));
    node.start(true);
    Expect.until("the tree is read", () -> tree.size() == 4);
    context.server().kill();
    states.expect(ConnectionState.SUSPENDED);
    relay.cut();
    context.server().start();
    other.setData().forPath(context.at("changed"), bytes("2"));
    other.delete().forPath(context.at("deleted"));
    other.create().forPath(context.at("created"), bytes("3"));
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Map<String, String> expected = new TreeMap<>();
    read(other, context.root(), expected);
    Expect.untilSame("CuratorCache has it", expected, () -> contents(cache.stream()));
    Expect.untilSame("TreeCache has it", expected, () -> contents(tree));
    Expect.until("NodeCache has it", () -> text(node.getCurrentData().getData()).equals("2"));
    expected.remove(context.root());
    Expect.untilSame(
        "PathChildrenCache has it", expected, () -> contents(children.getCurrentData().stream()));
  }
}
