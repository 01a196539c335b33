package scenarios;

import static harness.Check.equal;
import static harness.Check.refused;
import static harness.World.make;
import static harness.World.result;
import static harness.World.settle;
import static harness.World.write;

import harness.Events;
import harness.Relay;
import harness.World;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;

/** Watches that stay, and taking watches away. */
public final class NewWatches {
  private NewWatches() {}

  public static void persistent(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events events = Events.ofNodes();
    String path = world.root + "/node";
    client.addWatch(path, events, AddWatchMode.PERSISTENT);
    make(other, path);
    write(other, path, "1");
    write(other, path, "2");
    make(other, path + "/child");
    write(other, path + "/child", "not its own");
    make(other, path + "/child/deeper");
    other.delete(path + "/child/deeper", -1);
    other.delete(path + "/child", -1);
    other.delete(path, -1);
    make(other, path);
    String children = "NodeChildrenChanged " + path;
    events.expect("NodeCreated " + path, "NodeDataChanged " + path, "NodeDataChanged " + path, children, children, "NodeDeleted " + path, "NodeCreated " + path);
    // A watch that fires once besides, by the same watcher: one call.
    client.getData(path, events, null);
    write(other, path, "3");
    write(other, path, "4");
    events.expect("NodeDataChanged " + path, "NodeDataChanged " + path);
    settle(client);
    events.none();
  }

  public static void persistentRecursive(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events events = Events.ofNodes();
    String root = world.root;
    client.addWatch(root, events, AddWatchMode.PERSISTENT_RECURSIVE);
    // Without a watcher: the client's own. In another client, since those before 3.9 tell the events of one watch to the other too.
    ZooKeeper third = world.client();
    Events session = Events.ofNodes();
    third.register(session);
    third.addWatch(root + "/a", AddWatchMode.PERSISTENT);
    make(other, root + "/a");
    make(other, root + "/a/b");
    write(other, root + "/a/b", "x");
    write(other, root, "x");
    other.multi(Arrays.asList(Op.delete(root + "/a/b", -1), Op.delete(root + "/a", -1), Multi.create(root + "/c")));
    events.expect("NodeCreated " + root + "/a", "NodeCreated " + root + "/a/b", "NodeDataChanged " + root + "/a/b", "NodeDataChanged " + root,
        "NodeDeleted " + root + "/a/b", "NodeDeleted " + root + "/a", "NodeCreated " + root + "/c");
    String children = "NodeChildrenChanged " + root + "/a";
    session.expect("NodeCreated " + root + "/a", children, children, "NodeDeleted " + root + "/a");
    settle(client);
    events.none();
    settle(third);
    session.none();
    equal("[]", reads(client, root), "reads fire nothing");
    events.none();
  }

  private static List<String> reads(ZooKeeper client, String root) throws Exception {
    client.getData(root, false, null);
    client.exists(root + "/c", false);
    return client.getChildren(root + "/c", false);
  }

  /** Persistent watches come back with a connection, and hear nothing of what was in between. */
  public static void persistentAway(World world) throws Exception {
    world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(relay.address(), World.SESSION_MS, states);
    ZooKeeper other = world.client();
    Events one = Events.ofNodes();
    Events all = Events.ofNodes();
    Events once = Events.ofNodes();
    String path = make(client, world.root + "/node");
    String parent = make(client, world.root + "/parent");
    client.addWatch(path, one, AddWatchMode.PERSISTENT);
    client.addWatch(parent, all, AddWatchMode.PERSISTENT_RECURSIVE);
    client.getData(path, once, null);
    relay.down();
    states.expect("SyncConnected", "Disconnected");
    write(other, path, "in between");
    write(other, parent, "in between");
    relay.restore();
    states.expect("SyncConnected");
    once.expect("NodeDataChanged " + path);
    settle(client);
    for (String each : Arrays.asList(path, parent)) {
      write(other, each, "after");
      make(other, each + "/child");
    }
    // A persistent watch that comes back is told of the missed change too, if a watch of the same path was.
    one.until("NodeDataChanged " + path);
    one.until("NodeChildrenChanged " + path);
    all.expect("NodeDataChanged " + parent, "NodeCreated " + parent + "/child");
    settle(client);
    one.none();
    all.none();
    once.none();
  }

  public static void remove(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events data = Events.ofNodes();
    Events children = Events.ofNodes();
    String path = make(client, world.root + "/node");
    client.getData(path, data, null);
    client.getChildren(path, children);
    client.removeWatches(path, data, WatcherType.Data, false);
    data.expect("DataWatchRemoved " + path);
    refused(Code.NOWATCHER, () -> client.removeWatches(path, data, WatcherType.Data, false));
    refused(Code.NOWATCHER, () -> client.removeWatches(path, data, WatcherType.Children, false));
    write(other, path, "x");
    make(other, path + "/child");
    children.expect("NodeChildrenChanged " + path);

    client.getData(path, data, null);
    client.exists(path, children);
    client.getChildren(path, children);
    client.removeAllWatches(path, WatcherType.Any, false);
    data.expect("DataWatchRemoved " + path);
    List<String> both = Arrays.asList(children.next(), children.next());
    both.sort(null);
    equal("[ChildWatchRemoved " + path + ", DataWatchRemoved " + path + "]", both, "events of the other watcher");
    refused(Code.NOWATCHER, () -> client.removeAllWatches(path, WatcherType.Any, false));

    client.addWatch(path, data, AddWatchMode.PERSISTENT);
    client.addWatch(path, children, AddWatchMode.PERSISTENT_RECURSIVE);
    client.removeWatches(path, data, WatcherType.Any, false);
    data.expect("PersistentWatchRemoved " + path);
    write(other, path, "y");
    children.expect("NodeDataChanged " + path);
    CompletableFuture<Integer> code = new CompletableFuture<>();
    client.removeAllWatches(path, WatcherType.Any, false, (rc, at, context) -> code.complete(rc), null);
    equal(0, result(code), "code of the asynchronous call");
    children.expect("PersistentWatchRemoved " + path);
    write(other, path, "z");
    settle(client);
    data.none();
    children.none();
  }
}
