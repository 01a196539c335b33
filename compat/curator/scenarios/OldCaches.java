package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;

/** The caches before CuratorCache, and the watcher below it. */
@SuppressWarnings("deprecation")
final class OldCaches {
  private OldCaches() {}

  static void register(Registry registry) {
    registry
        .add("cache.path-children", OldCaches::pathChildren)
        .add("cache.node", OldCaches::nodeCache)
        .add("cache.tree", OldCaches::treeCache)
        .add("cache.persistent-watcher", OldCaches::persistentWatcher);
  }

  private static void pathChildren(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<String> events = new Events<>();
    other.create().creatingParentsIfNeeded().forPath(context.at("a"), bytes("1"));
    PathChildrenCache cache = context.keep(new PathChildrenCache(client, context.root(), true));
    cache
        .getListenable()
        .addListener(
            (from, event) ->
                events.add(
                    event.getType()
                        + (event.getData() == null
                            ? ""
                            : " "
                                + event.getData().getPath()
                                + " "
                                + text(event.getData().getData()))));
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
    Expect.same(
        "contents",
        List.of("2"),
        cache.getCurrentData().stream()
            .map(node -> text(node.getData()))
            .collect(Collectors.toList()));
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
    cache
        .getListenable()
        .addListener(
            () ->
                events.add(
                    cache.getCurrentData() == null
                        ? "none"
                        : text(cache.getCurrentData().getData())));
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
    TreeCache cache =
        context.keep(TreeCache.newBuilder(client, context.root()).setMaxDepth(2).build());
    cache
        .getListenable()
        .addListener(
            (from, event) ->
                events.add(
                    event.getType()
                        + (event.getData() == null ? "" : " " + event.getData().getPath())));
    cache.start();
    events.expectAll("NODE_ADDED " + context.root(), "INITIALIZED");
    other.create().forPath(context.at("a"), bytes("1"));
    events.expect("NODE_ADDED " + context.at("a"));
    other.create().forPath(context.at("a/b"), bytes("2"));
    events.expect("NODE_ADDED " + context.at("a/b"));
    other.create().forPath(context.at("a/b/too-deep"));
    other.setData().forPath(context.at("a"), bytes("3"));
    events.expect("NODE_UPDATED " + context.at("a"));
    Expect.same(
        "children",
        Map.of("b", "2"),
        cache.getCurrentChildren(context.at("a")).entrySet().stream()
            .collect(
                Collectors.toMap(Map.Entry::getKey, entry -> text(entry.getValue().getData()))));
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
    watcher
        .getListenable()
        .addListener(
            event -> {
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
    Expect.until(
        "no event comes after the close",
        () -> {
          events.rest();
          other.setData().forPath(context.root(), bytes("1"));
          client.sync().forPath("/");
          return events.rest().isEmpty();
        });
  }
}
