package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;
import static harness.World.write;

import harness.Events;
import harness.Relay;
import harness.Server;
import harness.World;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** Sessions: what they own, how they end, and what they survive. */
public final class Sessions {
  private Sessions() {}

  public static void ephemerals(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper owner = world.client();
    Events events = Events.ofNodes();
    String path = make(owner, world.root + "/mine", "x", CreateMode.EPHEMERAL);
    String numbered = make(owner, world.root + "/n-", "", CreateMode.EPHEMERAL_SEQUENTIAL);
    make(owner, world.root + "/stays");
    equal(owner.getSessionId(), client.exists(path, events).getEphemeralOwner(), "owner");
    refused(Code.NOCHILDRENFOREPHEMERALS, () -> make(client, path + "/child"));
    refused(Code.NODEEXISTS, () -> make(client, path, "", CreateMode.EPHEMERAL));
    client.setData(path, new byte[3], 0);
    events.expect("NodeDataChanged " + path);
    client.exists(path, events);
    client.delete(numbered, -1);
    owner.close();
    events.expect("NodeDeleted " + path);
    equal("[stays]", children(client, world.root), "what stays");
  }

  public static void expiry(World world) throws Exception {
    ZooKeeper other = world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    Events gone = Events.ofNodes();
    ZooKeeper client = world.client(relay.address(), 3000, states);
    String path = make(client, world.root + "/e", "", CreateMode.EPHEMERAL);
    Events watch = Events.ofNodes();
    client.getChildren(world.root, watch);
    other.exists(path, gone);
    relay.down();
    states.expect("SyncConnected", "Disconnected");
    gone.expect("NodeDeleted " + path);
    relay.restore();
    states.until("Expired");
    holds(!client.getState().isAlive(), "an expired client is alive");
    refused(Code.SESSIONEXPIRED, () -> read(client, world.root));
    watch.none();
    equal("[]", children(other, world.root), "children");
  }

  /** A silent network: neither side hears that the other is gone. */
  public static void silence(World world) throws Exception {
    ZooKeeper other = world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    Events gone = Events.ofNodes();
    ZooKeeper client = world.client(relay.address(), 3000, states);
    String path = make(client, world.root + "/e", "", CreateMode.EPHEMERAL);
    other.exists(path, gone);
    relay.silence();
    states.expect("SyncConnected", "Disconnected");
    gone.expect("NodeDeleted " + path);
    relay.restore();
    states.until("Expired");
  }

  public static void reconnectRestart(World world) throws Exception {
    Server server = world.ownServer("");
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(server.address(), 30_000, states);
    ZooKeeper other = world.client(server.address());
    make(client, world.root);
    String mine = make(client, world.root + "/mine", "one", CreateMode.EPHEMERAL);
    String node = make(client, world.root + "/node", "one", CreateMode.PERSISTENT);
    String coming = world.root + "/coming";
    Stat before = client.exists(node, false);
    Events data = Events.ofNodes();
    Events listed = Events.ofNodes();
    Events created = Events.ofNodes();
    client.getData(node, data, null);
    client.getChildren(world.root, listed);
    client.exists(coming, created);
    long session = client.getSessionId();
    states.expect("SyncConnected");

    server.kill();
    states.expect("Disconnected");
    server.start();
    states.expect("SyncConnected");
    equal(session, client.getSessionId(), "the session");
    equal(before, client.exists(node, false), "stat");
    equal(session, client.exists(mine, false).getEphemeralOwner(), "owner of the ephemeral node");
    write(other, node, "two");
    data.expect("NodeDataChanged " + node);
    make(other, coming);
    created.expect("NodeCreated " + coming);
    listed.expect("NodeChildrenChanged " + world.root);

    server.stop();
    states.expect("Disconnected");
    server.start();
    states.expect("SyncConnected");
    equal("two", read(client, node), "data after an orderly restart");
    equal("[coming, mine, node]", children(client, world.root), "children after an orderly restart");
    client.close();
    equal(null, other.exists(mine, false), "the ephemeral node once its session is closed");
  }

  public static void close(World world) throws Exception {
    ZooKeeper other = world.rooted();
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(world.server().address(), World.SESSION_MS, states);
    long session = client.getSessionId();
    byte[] password = client.getSessionPasswd();
    make(client, world.root + "/e", "", CreateMode.EPHEMERAL);
    client.close();
    equal(null, other.exists(world.root + "/e", false), "the ephemeral node right after close");
    refused(Code.SESSIONEXPIRED, () -> read(client, world.root));
    client.close();
    Events again = Events.ofConnection();
    String address = world.server().address();
    world.open(watcher -> new ZooKeeper(address, World.SESSION_MS, watcher, session, password), again);
    again.expect("Expired");
  }

  /** A session goes on in another client, which knows its id and password; the first client cannot come back. */
  public static void reuse(World world) throws Exception {
    ZooKeeper other = world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    ZooKeeper first = world.client(relay.address(), World.SESSION_MS, states);
    states.expect("SyncConnected");
    String path = make(first, world.root + "/e", "", CreateMode.EPHEMERAL);
    Events lost = Events.ofNodes();
    first.exists(path, lost);
    // It may not try again, or both would take the session from each other for ever.
    relay.refuseNew();
    long session = first.getSessionId();
    byte[] password = first.getSessionPasswd();
    String address = world.server().address();
    ZooKeeper second = world.connected(event -> {}, watcher -> new ZooKeeper(address, World.SESSION_MS, watcher, session, password));
    states.expect("Disconnected");
    equal(session, second.getSessionId(), "the second client's session");
    equal(session, second.exists(path, false).getEphemeralOwner(), "owner");
    make(second, world.root + "/e2", "", CreateMode.EPHEMERAL);
    equal(session, other.exists(world.root + "/e2", false).getEphemeralOwner(), "owner of what the second makes");
    refused(Code.CONNECTIONLOSS, () -> read(first, world.root));
    second.close();
    equal("[]", children(other, world.root), "what is left");
    relay.restore();
    states.expect("Expired");
    lost.none();
  }

  public static void wrongPassword(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = make(client, world.root + "/e", "", CreateMode.EPHEMERAL);
    String address = world.server().address();
    long session = client.getSessionId();
    Events states = Events.ofConnection();
    world.open(watcher -> new ZooKeeper(address, World.SESSION_MS, watcher, session, new byte[16]), states);
    states.expect("Expired");
    // The owner may lose its connection over it, as with Apache, but not its session.
    Events again = Events.ofConnection();
    client.register(again);
    for (boolean done = false; !done; ) {
      try {
        equal(session, client.exists(path, false).getEphemeralOwner(), "owner");
        done = true;
      } catch (KeeperException.ConnectionLossException lost) {
        again.until("SyncConnected");
      }
    }
    equal(session, client.getSessionId(), "the session");
  }

  public static void timeouts(World world) throws Exception {
    Server server = world.ownServer("");
    // Of the configuration: 1 to 60 s. A client that asks for much less than here gives itself no time to connect.
    equal(1000, world.client(server.address(), 400, event -> {}).getSessionTimeout(), "too short");
    equal(7777, world.client(server.address(), 7777, event -> {}).getSessionTimeout(), "between");
    equal(60_000, world.client(server.address(), 100_000, event -> {}).getSessionTimeout(), "too long");
    Server plain = world.ownServer("tickTime=300\nminSessionTimeout=-1\nmaxSessionTimeout=-1\n");
    equal(600, world.client(plain.address(), 400, event -> {}).getSessionTimeout(), "two ticks");
    equal(6000, world.client(plain.address(), 100_000, event -> {}).getSessionTimeout(), "twenty ticks");
  }
}
