package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.make;
import static harness.World.settle;
import static harness.World.write;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Relay;
import harness.World;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** Watches that fire once. */
public final class Watches {
  private Watches() {}

  public static void data(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events events = Events.ofNodes();
    String path = make(client, world.root + "/node");
    client.getData(path, events, null);
    client.getData(path, events, null);
    write(other, path, "one");
    write(other, path, "two");
    events.expect("NodeDataChanged " + path);
    make(other, path + "/child");
    client.getData(path, events, null);
    make(other, path + "/child2");
    client.setACL(path, client.getACL(path, null), -1);
    write(client, path, "three");
    events.expect("NodeDataChanged " + path);
    client.getData(path, events, null);
    other.delete(path + "/child", -1);
    other.delete(path + "/child2", -1);
    other.delete(path, -1);
    events.expect("NodeDeleted " + path);
    refused(Code.NONODE, () -> client.getData(path, events, null));
    make(other, path);
    write(other, path, "four");
    settle(client);
    events.none();
  }

  public static void exists(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events events = Events.ofNodes();
    String path = world.root + "/node";
    equal(null, client.exists(path, events), "stat of nothing");
    make(other, path);
    events.expect("NodeCreated " + path);
    write(other, path, "unseen");
    client.exists(path, events);
    write(other, path, "seen");
    events.expect("NodeDataChanged " + path);
    client.exists(path, events);
    make(other, path + "/child");
    other.delete(path + "/child", -1);
    other.delete(path, -1);
    events.expect("NodeDeleted " + path);
    make(other, path);
    settle(client);
    events.none();
    // The watcher of the session, given with the client.
    Events session = Events.ofNodes();
    client.register(session);
    client.exists(path, true);
    other.delete(path, -1);
    session.expect("NodeDeleted " + path);
  }

  public static void children(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    Events events = Events.ofNodes();
    equal("[]", client.getChildren(world.root, events), "children");
    make(other, world.root + "/a");
    make(other, world.root + "/b");
    events.expect("NodeChildrenChanged " + world.root);
    client.getChildren(world.root, events);
    write(other, world.root, "own data");
    write(other, world.root + "/a", "a child's data");
    make(other, world.root + "/a/deeper");
    settle(client);
    events.none();
    other.delete(world.root + "/b", -1);
    events.expect("NodeChildrenChanged " + world.root);
    Events below = Events.ofNodes();
    client.getChildren(world.root, events);
    client.getChildren(world.root + "/a/deeper", below);
    other.delete(world.root + "/a/deeper", -1);
    below.expect("NodeDeleted " + world.root + "/a/deeper");
    other.delete(world.root + "/a", -1);
    events.expect("NodeChildrenChanged " + world.root);
  }

  /** One change, many watchers: each is told once, one that stands there as two kinds of watch too. */
  public static void kinds(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = make(client, world.root + "/node");
    Events data = Events.ofNodes();
    Events exists = Events.ofNodes();
    Events children = Events.ofNodes();
    Events all = Events.ofNodes();
    client.getData(path, data, null);
    client.exists(path, exists);
    client.getChildren(path, children);
    client.getData(path, all, null);
    client.exists(path, all);
    client.getChildren(path, all);
    world.client().delete(path, -1);
    for (Events each : List.of(data, exists, children, all)) each.expect("NodeDeleted " + path);
    settle(client);
    for (Events each : List.of(data, exists, children, all)) each.none();
  }

  /** What changes while a client is away is told when it is back: the client lays its watches again. */
  public static void away(World world) throws Exception {
    world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(relay.address(), World.SESSION_MS, states);
    ZooKeeper other = world.client();
    String changed = make(client, world.root + "/changed");
    String deleted = make(client, world.root + "/deleted");
    String parent = make(client, world.root + "/parent");
    String quiet = make(client, world.root + "/quiet");
    String coming = world.root + "/coming";
    Events[] events = new Events[5];
    for (int index = 0; index < events.length; index++) events[index] = Events.ofNodes();
    client.getData(changed, events[0], null);
    client.exists(deleted, events[1]);
    client.getChildren(parent, events[2]);
    client.exists(coming, events[3]);
    client.getData(quiet, events[4], null);
    client.getChildren(quiet, events[4]);
    long session = client.getSessionId();
    relay.down();
    states.expect("SyncConnected", "Disconnected");
    write(other, changed, "new");
    other.delete(deleted, -1);
    make(other, parent + "/child");
    make(other, coming);
    relay.restore();
    states.expect("SyncConnected");
    events[0].expect("NodeDataChanged " + changed);
    events[1].expect("NodeDeleted " + deleted);
    events[2].expect("NodeChildrenChanged " + parent);
    events[3].expect("NodeCreated " + coming);
    equal(session, client.getSessionId(), "the session");
    settle(client);
    events[4].none();
    write(other, quiet, "still watched");
    events[4].expect("NodeDataChanged " + quiet);
    make(other, quiet + "/child");
    events[4].expect("NodeChildrenChanged " + quiet);
  }

  /** A client hears of a change before it reads it. */
  public static void order(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    String path = make(client, world.root + "/node", "0", CreateMode.PERSISTENT);
    for (int round = 1; round <= 200; round++) {
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      Watcher watcher = event -> heard.add("event");
      client.getData(path, watcher, null);
      String value = String.valueOf(round);
      other.setData(path, value.getBytes(UTF_8), -1, (code, at, context, stat) -> {}, null);
      // One thread calls watchers and callbacks, in the order in which the server sent them.
      AtomicInteger reads = new AtomicInteger();
      CountDownLatch seen = new CountDownLatch(1);
      AsyncCallback.DataCallback[] read = new AsyncCallback.DataCallback[1];
      read[0] =
          (code, at, context, data, stat) -> {
            if (code == 0 && !new String(data, UTF_8).equals(value)) {
              if (reads.incrementAndGet() < 100_000) client.getData(path, false, read[0], null);
              return;
            }
            heard.add("read");
            seen.countDown();
          };
      client.getData(path, false, read[0], null);
      holds(seen.await(25, TimeUnit.SECONDS), "the change is not seen");
      equal("[event, read]", heard, "round " + round);
    }
  }

  /** Thousands of watches of one client, all fired by one other. */
  public static void many(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    int count = 3000;
    CountDownLatch laid = new CountDownLatch(count);
    CountDownLatch fired = new CountDownLatch(count);
    AtomicInteger wrong = new AtomicInteger();
    for (int index = 0; index < count; index++) {
      String path = world.root + "/" + index;
      Watcher watcher =
          event -> {
            if (event.getType() == Watcher.Event.EventType.None) return;
            if (!event.getPath().equals(path) || event.getType() != Watcher.Event.EventType.NodeCreated) wrong.incrementAndGet();
            fired.countDown();
          };
      client.exists(path, watcher, (code, at, context, stat) -> laid.countDown(), null);
    }
    holds(laid.await(25, TimeUnit.SECONDS), "watches are not laid");
    for (int index = 0; index < count; index++)
      other.create(world.root + "/" + index, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (code, at, context, name) -> {}, null);
    holds(fired.await(25, TimeUnit.SECONDS), fired.getCount() + " watches have not fired");
    equal(0, wrong.get(), "wrong events");
  }
}
