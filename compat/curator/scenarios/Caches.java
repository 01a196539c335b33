package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;

/** CuratorCache: what its listeners are told. */
@SuppressWarnings("deprecation")
final class Caches {
  private Caches() {}

  static void register(Registry registry) {
    registry
        .add("cache.curator", Caches::curatorCache)
        .add("cache.curator-single-node", Caches::singleNode)
        .add("cache.curator-bridge", Caches::bridge);
  }

  /** A cache that is filled, with its changes noted. */
  static CuratorCache started(
      Context context,
      CuratorFramework client,
      String path,
      Events<String> events,
      CuratorCache.Options... options)
      throws Exception {
    CuratorCache cache = context.keep(CuratorCache.build(client, path, options));
    CountDownLatch initialized = new CountDownLatch(1);
    cache
        .listenable()
        .addListener(
            CuratorCacheListener.builder()
                .forCreates(
                    node -> events.add("created " + node.getPath() + " " + text(node.getData())))
                .forChanges(
                    (old, node) ->
                        events.add(
                            "changed "
                                + node.getPath()
                                + " "
                                + text(old.getData())
                                + ">"
                                + text(node.getData())))
                .forDeletes(
                    node -> events.add("deleted " + node.getPath() + " " + text(node.getData())))
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
    CuratorCache cache =
        started(context, client, context.root(), events, CuratorCache.Options.SINGLE_NODE_CACHE);
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
    cache
        .listenable()
        .addListener(CuratorCacheListener.builder().forInitialized(initialized::countDown).build());
    cache
        .listenable()
        .addListener(
            CuratorCacheListener.builder()
                .forPathChildrenCache(
                    context.root(), client, (from, event) -> events.add("path " + event.getType()))
                .afterInitialized()
                .build());
    cache.start();
    Expect.reached("the first filling", initialized);
    client.create().forPath(context.at("n"));
    events.skipTo("the event of a new child", event -> event.equals("path CHILD_ADDED"));
    client.setData().forPath(context.at("n"), bytes("1"));
    events.expect("path CHILD_UPDATED");
    client.delete().forPath(context.at("n"));
    events.expect("path CHILD_REMOVED");
  }
}
