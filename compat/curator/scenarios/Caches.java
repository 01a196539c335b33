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
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.KeeperException;

/** Caches: what they are told, and that in the end they hold what the server holds. */
@SuppressWarnings("deprecation")
final class Caches {
  private Caches() {}

  static void register(Registry registry) {
    registry
        .add("cache.curator", Caches::curatorCache)
        .add("cache.curator-single-node", Caches::singleNode)
        .add("cache.curator-bridge", Caches::bridge)
        .add("cache.curator-converges", Caches::converges)
        .add("cache.path-children", Caches::pathChildren)
        .add("cache.node", Caches::nodeCache)
        .add("cache.tree", Caches::treeCache)
        .add("cache.persistent-watcher", Caches::persistentWatcher)
        .add("cache.all-over-restart", Caches::overRestart);
  }

  private static CuratorCache started(Context context, CuratorFramework client, String path, Events<String> events, CuratorCache.Options... options) throws Exception {
    CuratorCache cache = context.keep(CuratorCache.build(client, path, options));
    CountDownLatch initialized = new CountDownLatch(1);
    cache.listenable().addListener(
        CuratorCacheListener.builder()
            .forCreates(node -> events.add("created " + node.getPath() + " " + text(node.getData())))
            .forChanges((old, node) -> events.add("changed " + node.getPath() + " " + text(old.getData()) + ">" + text(node.getData())))
            .forDeletes(node -> events.add("deleted " + node.getPath() + " " + text(node.getData())))
            .forInitialized(initialized::countDown)
            .build());
    cache.start();
    Expect.reached("the first filling", initialized);
    return cache;
  }

  private static void curatorCache(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    other.create().creatingParentsIfNeeded().forPath(context.at("a"), bytes("1"));
    other.setData().forPath(context.root(), bytes("0"));
    CuratorCache cache = started(context, client, context.root(), events);
    events.expectAll("created " + context.root() + " 0", "created " + context.at("a") + " 1");
    other.setData().forPath(context.at("a"), bytes("2"));
    events.expect("changed " + context.at("a") + " 1>2");
    other.create().forPath(context.at("a/deep"), bytes("3"));
    events.expect("created " + context.at("a/deep") + " 3");
    Expect.same("size", 3, cache.size());
    Expect.same("version", 1, cache.get(context.at("a")).get().getStat().getVersion());
    other.delete().deletingChildrenIfNeeded().forPath(context.at("a"));
    events.expectAll("deleted " + context.at("a/deep") + " 3", "deleted " + context.at("a") + " 2");
    Expect.that("gone", cache.get(context.at("a")).isEmpty() && cache.size() == 1);
    other.delete().forPath(context.root());
    events.expect("deleted " + context.root() + " 0");
    other.create().forPath(context.root(), bytes("again"));
    events.expect("created " + context.root() + " again");
  }

  private static void singleNode(Context context) throws Exception {
    CuratorFramework client = context.client();
    Events<String> events = new Events<>();
    CuratorCache cache = started(context, client, context.root(), events, CuratorCache.Options.SINGLE_NODE_CACHE);
    client.create().forPath(context.root(), bytes("1"));
    events.expect("created " + context.root() + " 1");
    client.create().forPath(context.at("child"), bytes("x"));
    client.setData().forPath(context.root(), bytes("2"));
    events.expect("changed " + context.root() + " 1>2");
    Expect.same("size", 1, cache.size());
  }

  /** Listeners of the older kinds on the newer cache. */
  private static void bridge(Context context) throws Exception {
    CuratorFramework client = context.client();
    Events<String> events = new Events<>();
    client.create().forPath(context.root());
    CuratorCache cache = context.keep(CuratorCache.build(client, context.root()));
    CountDownLatch initialized = new CountDownLatch(1);
    cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(initialized::countDown).build());
    cache.listenable().addListener(CuratorCacheListener.builder().forPathChildrenCache(context.root(), client, (from, event) -> events.add("path " + event.getType())).afterInitialized().build());
    cache.start();
    Expect.reached("the first filling", initialized);
    client.create().forPath(context.at("n"));
    events.skipTo("the event of a new child", event -> event.equals("path CHILD_ADDED"));
    client.setData().forPath(context.at("n"), bytes("1"));
    events.expect("path CHILD_UPDATED");
    client.delete().forPath(context.at("n"));
    events.expect("path CHILD_REMOVED");
  }

  /** Several clients change a tree at random: in the end every cache holds that tree, with its versions. */
  private static void converges(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().forPath(context.root());
    List<CuratorCache> caches = new ArrayList<>();
    List<TreeCache> trees = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      caches.add(context.keep(CuratorCache.build(context.client(), context.root())));
      caches.get(i).start();
      trees.add(context.keep(new TreeCache(context.client(), context.root())));
      trees.get(i).start();
    }
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int seed = i;
      jobs.add(context.spawn(() -> change(context, seed)));
    }
    for (Context.Job<Void> job : jobs) job.result();
    Map<String, String> expected = new TreeMap<>();
    read(witness, context.root(), expected);
    for (CuratorCache cache : caches)
      Expect.until("a cache holds the tree", () -> expected.equals(cache.stream().collect(Collectors.toMap(ChildData::getPath, Caches::describe))));
    for (TreeCache cache : trees) Expect.until("a tree cache holds the tree", () -> expected.equals(contents(cache)));
  }

  private static Void change(Context context, int seed) throws Exception {
    CuratorFramework client = context.client();
    Random random = new Random(seed);
    for (int i = 0; i < 250; i++) {
      String path = context.at("n" + random.nextInt(6)) + (random.nextBoolean() ? "/m" + random.nextInt(4) : "");
      try {
        int kind = random.nextInt(4);
        if (kind < 2) client.create().orSetData().creatingParentsIfNeeded().forPath(path, bytes(seed + "-" + i));
        else if (kind == 2) client.setData().forPath(path, bytes(seed + "-" + i));
        else client.delete().forPath(path);
      } catch (KeeperException.NoNodeException | KeeperException.NotEmptyException | KeeperException.NodeExistsException raced) {
        continue;
      }
    }
    return null;
  }

  private static String describe(ChildData node) {
    return node.getStat().getVersion() + " " + node.getStat().getCzxid() + " " + text(node.getData());
  }

  private static void read(CuratorFramework client, String path, Map<String, String> into) throws Exception {
    into.put(path, describe(new ChildData(path, client.checkExists().forPath(path), client.getData().forPath(path))));
    for (String child : client.getChildren().forPath(path)) read(client, path + "/" + child, into);
  }

  /** Of a tree cache that changes meanwhile the iterator can run out of what it promised: then nothing. */
  private static Map<String, String> contents(TreeCache cache) {
    Map<String, String> contents = new TreeMap<>();
    try {
      cache.iterator().forEachRemaining(node -> contents.put(node.getPath(), describe(node)));
    } catch (NoSuchElementException changing) {
      return Map.of();
    }
    return contents;
  }

  private static void pathChildren(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    other.create().creatingParentsIfNeeded().forPath(context.at("a"), bytes("1"));
    PathChildrenCache cache = context.keep(new PathChildrenCache(client, context.root(), true));
    cache.getListenable().addListener((from, event) -> events.add(event.getType() + (event.getData() == null ? "" : " " + event.getData().getPath() + " " + text(event.getData().getData()))));
    cache.start(PathChildrenCache.StartMode.POST_INITIALIZED_EVENT);
    // Its notice of the connection may come before or after.
    Expect.same("first", "CHILD_ADDED " + context.at("a") + " 1", nextOfChildren(events));
    Expect.same("then", "INITIALIZED", nextOfChildren(events));
    other.create().forPath(context.at("b"), bytes("2"));
    Expect.same("added", "CHILD_ADDED " + context.at("b") + " 2", nextOfChildren(events));
    other.setData().forPath(context.at("a"), bytes("3"));
    Expect.same("updated", "CHILD_UPDATED " + context.at("a") + " 3", nextOfChildren(events));
    other.delete().forPath(context.at("a"));
    Expect.same("removed", "CHILD_REMOVED " + context.at("a") + " 3", nextOfChildren(events));
    Expect.same("contents", List.of("2"), cache.getCurrentData().stream().map(node -> text(node.getData())).collect(Collectors.toList()));
    PathChildrenCache second = context.keep(new PathChildrenCache(client, context.root(), true));
    second.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
    Expect.same("filled at once", 1, second.getCurrentData().size());
  }

  private static String nextOfChildren(Events<String> events) throws Exception {
    return events.skipTo("an event of children", event -> !event.startsWith("CONNECTION"));
  }

  private static void nodeCache(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    NodeCache cache = context.keep(new NodeCache(client, context.root()));
    cache.getListenable().addListener(() -> events.add(cache.getCurrentData() == null ? "none" : text(cache.getCurrentData().getData())));
    cache.start(true);
    Expect.same("nothing yet", null, cache.getCurrentData());
    other.create().forPath(context.root(), bytes("1"));
    events.expect("1");
    other.setData().forPath(context.root(), bytes("2"));
    events.expect("2");
    other.delete().forPath(context.root());
    events.expect("none");
    other.create().forPath(context.root(), bytes("3"));
    events.expect("3");
  }

  private static void treeCache(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    other.create().forPath(context.root(), bytes("0"));
    TreeCache cache = context.keep(TreeCache.newBuilder(client, context.root()).setMaxDepth(2).build());
    cache.getListenable().addListener((from, event) -> events.add(event.getType() + (event.getData() == null ? "" : " " + event.getData().getPath())));
    cache.start();
    events.expectAll("NODE_ADDED " + context.root(), "INITIALIZED");
    other.create().forPath(context.at("a"), bytes("1"));
    events.expect("NODE_ADDED " + context.at("a"));
    other.create().forPath(context.at("a/b"), bytes("2"));
    events.expect("NODE_ADDED " + context.at("a/b"));
    other.create().forPath(context.at("a/b/too-deep"));
    other.setData().forPath(context.at("a"), bytes("3"));
    events.expect("NODE_UPDATED " + context.at("a"));
    Expect.same("children", Map.of("b", "2"), cache.getCurrentChildren(context.at("a")).entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> text(entry.getValue().getData()))));
    other.delete().deletingChildrenIfNeeded().forPath(context.at("a"));
    events.expectAll("NODE_REMOVED " + context.at("a/b"), "NODE_REMOVED " + context.at("a"));
  }

  private static void persistentWatcher(Context context) throws Exception {
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    Events<String> resets = new Events<>();
    PersistentWatcher watcher = context.keep(new PersistentWatcher(client, context.root(), true));
    watcher.getListenable().addListener(event -> {
      if (event.getPath() != null) events.add(event.getType() + " " + event.getPath());
    });
    watcher.getResetListenable().addListener(() -> resets.add("reset"));
    watcher.start();
    resets.expect("reset");
    other.create().forPath(context.root());
    other.create().forPath(context.at("n"));
    events.expectAll("NodeCreated " + context.root(), "NodeCreated " + context.at("n"));
    Events<ConnectionState> states = Sessions.statesOf(client);
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    resets.expect("reset");
    other.delete().forPath(context.at("n"));
    events.expect("NodeDeleted " + context.at("n"));
    watcher.close();
    // Closing removes the watch in the background.
    Expect.until("no event comes after the close", () -> {
      events.rest();
      other.setData().forPath(context.root(), bytes("1"));
      client.sync().forPath("/");
      return events.rest().isEmpty();
    });
  }

  /** The server crashes and comes back, and others change the tree before the caches' client is back. */
  private static void overRestart(Context context) throws Exception {
    context.ownServer("");
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    CuratorFramework other = context.client();
    Events<ConnectionState> states = Sessions.statesOf(client);
    for (String name : List.of("kept", "changed", "deleted")) other.create().creatingParentsIfNeeded().forPath(context.at(name), bytes("1"));
    CuratorCache cache = started(context, client, context.root(), new Events<>());
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
    Expect.until("CuratorCache", () -> expected.equals(cache.stream().collect(Collectors.toMap(ChildData::getPath, Caches::describe))));
    Expect.until("TreeCache", () -> expected.equals(contents(tree)));
    Expect.until("NodeCache", () -> text(node.getCurrentData().getData()).equals("2"));
    expected.remove(context.root());
    Expect.until("PathChildrenCache", () -> expected.equals(children.getCurrentData().stream().collect(Collectors.toMap(ChildData::getPath, Caches::describe))));
  }
}
