package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.WatcherRemoveCuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;

/** Watches: each kind, and their removal. */
final class Watches {
  private Watches() {}

  static void register(Registry registry) {
    registry
        .add("watches.data", Watches::data)
        .add("watches.exists", Watches::exists)
        .add("watches.children", Watches::children)
        .add("watches.persistent", Watches::persistent)
        .add("watches.persistent-recursive", Watches::recursive)
        .add("watches.remove", Watches::remove)
        .add("watches.remover", Watches::remover);
  }

  /** A watcher that notes type and path. */
  static CuratorWatcher noting(Events<String> events) {
    return event -> events.add(event.getType() + " " + event.getPath());
  }

  /**
   * Nothing may have come: what a write of the same client answers is behind every event before it.
   */
  private static void expectQuiet(CuratorFramework client, Events<String> events) throws Exception {
    client.sync().forPath("/");
    Expect.same("events", List.of(), events.rest());
  }

  private static void data(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.at("n");
    Events<String> events = new Events<>();
    other.create().creatingParentsIfNeeded().forPath(path, bytes("1"));
    client.getData().usingWatcher(noting(events)).forPath(path);
    other.setData().forPath(path, bytes("2"));
    events.expect("NodeDataChanged " + path);
    other.setData().forPath(path, bytes("3"));
    expectQuiet(client, events);
    client.getData().usingWatcher(noting(events)).forPath(path);
    other.create().forPath(path + "/child");
    other.delete().deletingChildrenIfNeeded().forPath(path);
    events.expect("NodeDeleted " + path);
    Expect.fails(
        "watch on nothing",
        Code.NONODE,
        () -> client.getData().usingWatcher(noting(events)).forPath(path));
    other.create().forPath(path, bytes("4"));
    expectQuiet(client, events);
  }

  private static void exists(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.at("n");
    Events<String> events = new Events<>();
    other.create().forPath(context.root());
    CuratorWatcher watcher = noting(events);
    Expect.same("exists", null, client.checkExists().usingWatcher(watcher).forPath(path));
    other.create().forPath(path);
    events.expect("NodeCreated " + path);
    client.checkExists().usingWatcher(watcher).forPath(path);
    other.setData().forPath(path, bytes("2"));
    events.expect("NodeDataChanged " + path);
    client.checkExists().usingWatcher(watcher).forPath(path);
    other.delete().forPath(path);
    events.expect("NodeDeleted " + path);
    expectQuiet(client, events);
  }

  private static void children(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.at("n");
    Events<String> events = new Events<>();
    other.create().creatingParentsIfNeeded().forPath(path);
    client.getChildren().usingWatcher(noting(events)).forPath(path);
    other.setData().forPath(path, bytes("no event"));
    other.create().forPath(path + "/child");
    events.expect("NodeChildrenChanged " + path);
    client.getChildren().usingWatcher(noting(events)).forPath(path);
    other.setData().forPath(path + "/child", bytes("no event"));
    other.delete().forPath(path + "/child");
    events.expect("NodeChildrenChanged " + path);
    client.getChildren().usingWatcher(noting(events)).forPath(path);
    other.delete().forPath(path);
    events.expect("NodeDeleted " + path);
    expectQuiet(client, events);
  }

  private static void persistent(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.at("n");
    Events<String> events = new Events<>();
    other.create().forPath(context.root());
    client
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT)
        .usingWatcher(noting(events))
        .forPath(path);
    other.create().forPath(path);
    other.setData().forPath(path, bytes("1"));
    other.setData().forPath(path, bytes("2"));
    other.create().forPath(path + "/child");
    other.setData().forPath(path + "/child", bytes("no event"));
    other.delete().forPath(path + "/child");
    other.delete().forPath(path);
    other.create().forPath(path);
    events.expectAll(
        "NodeCreated " + path,
        "NodeDataChanged " + path,
        "NodeDataChanged " + path,
        "NodeChildrenChanged " + path);
    events.expectAll("NodeChildrenChanged " + path, "NodeDeleted " + path, "NodeCreated " + path);
    expectQuiet(client, events);
  }

  private static void recursive(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.at("n");
    Events<String> events = new Events<>();
    client
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(noting(events))
        .forPath(context.root());
    other.create().creatingParentsIfNeeded().forPath(path + "/deep/er", bytes("1"));
    other.setData().forPath(path + "/deep", bytes("2"));
    other.delete().deletingChildrenIfNeeded().forPath(path);
    events.expectAll(
        "NodeCreated " + context.root(),
        "NodeCreated " + path,
        "NodeCreated " + path + "/deep",
        "NodeCreated " + path + "/deep/er");
    events.expectAll(
        "NodeDataChanged " + path + "/deep",
        "NodeDeleted " + path + "/deep/er",
        "NodeDeleted " + path + "/deep",
        "NodeDeleted " + path);
    expectQuiet(client, events);
  }

  private static void remove(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.root();
    Events<String> events = new Events<>();
    Events<String> kept = new Events<>();
    other.create().forPath(path);
    CuratorWatcher watcher = noting(events);
    client.getData().usingWatcher(watcher).forPath(path);
    client.getChildren().usingWatcher(noting(kept)).forPath(path);
    client.watchers().remove(watcher).ofType(Watcher.WatcherType.Data).forPath(path);
    events.expect("DataWatchRemoved " + path);
    Expect.fails(
        "remove it again",
        Code.NOWATCHER,
        () -> client.watchers().removeAll().ofType(Watcher.WatcherType.Data).forPath(path));
    other.setData().forPath(path, bytes("1"));
    other.create().forPath(path + "/child");
    kept.expect("NodeChildrenChanged " + path);
    expectQuiet(client, events);
    client
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(watcher)
        .forPath(path);
    client.watchers().removeAll().forPath(path);
    events.expect(EventType.PersistentWatchRemoved + " " + path);
    other.setData().forPath(path + "/child", bytes("2"));
    expectQuiet(client, events);
    client.getData().usingWatcher(watcher).forPath(path);
    client.watchers().removeAll().locally().forPath(path);
  }

  /** A facade that takes its watches away with one call. */
  private static void remover(Context context) throws Exception {
    CuratorFramework client = context.client();
    String path = context.root();
    Events<String> events = new Events<>();
    client.create().forPath(path);
    WatcherRemoveCuratorFramework facade = client.newWatcherRemoveCuratorFramework();
    facade.getData().usingWatcher(noting(events)).forPath(path);
    facade.checkExists().usingWatcher(noting(events)).forPath(context.at("later"));
    facade.removeWatchers();
    Expect.that(
        "two were removed",
        events.next("first removal").startsWith("DataWatchRemoved")
            && events.next("second removal").startsWith("DataWatchRemoved"));
    client.setData().forPath(path, bytes("1"));
    client.create().forPath(context.at("later"));
    expectQuiet(client, events);
  }
}
