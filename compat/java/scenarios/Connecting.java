package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;

import harness.Events;
import harness.Server;
import harness.World;
import java.util.Arrays;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooKeeper;

/** Connect strings and the way to a server. */
public final class Connecting {
  private Connecting() {}

  public static void chroot(World world) throws Exception {
    ZooKeeper whole = world.rooted();
    ZooKeeper inside = world.client(world.server().address() + world.root + "/jail");
    refused(Code.NONODE, () -> make(inside, "/a"));
    make(whole, world.root + "/jail");
    equal("/a", make(inside, "/a"), "create");
    equal("/a/n-0000000000", make(inside, "/a/n-", "x", CreateMode.PERSISTENT_SEQUENTIAL), "sequential name");
    equal("x", read(whole, world.root + "/jail/a/n-0000000000"), "from outside");
    equal("[a]", children(inside, "/"), "children of the root");
    Events events = Events.ofNodes();
    inside.exists("/a/b", events);
    inside.getChildren("/", events);
    make(whole, world.root + "/jail/a/b");
    make(whole, world.root + "/jail/c");
    events.expect("NodeCreated /a/b", "NodeChildrenChanged /");
    inside.multi(Arrays.asList(Multi.create("/d"), Op.delete("/c", -1)));
    equal("[a, d]", children(whole, world.root + "/jail"), "children from outside");
    equal("NONODE", refused(Code.NONODE, () -> read(inside, world.root)).code(), "outside");
  }

  /** Servers that are not there are passed over, also by a session that has lost its server. */
  public static void hostList(World world) throws Exception {
    Server server = world.ownServer("");
    Server absent = new Server("", "", false);
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(absent.address() + "," + server.address() + "," + absent.address(), World.SESSION_MS, states);
    make(client, "/e", "", CreateMode.EPHEMERAL);
    server.kill();
    states.expect("SyncConnected", "Disconnected");
    server.start();
    states.expect("SyncConnected");
    equal(client.getSessionId(), client.exists("/e", false).getEphemeralOwner(), "owner");
  }

  /** A client that takes a server that can only read gets one that can write. */
  public static void readOnlyAllowed(World world) throws Exception {
    String address = world.server().address();
    Events states = Events.ofConnection();
    ZooKeeper client = world.connected(states, watcher -> new ZooKeeper(address, World.SESSION_MS, watcher, true));
    states.expect("SyncConnected");
    make(client, world.root);
    holds(client.getState() == ZooKeeper.States.CONNECTED, "state " + client.getState());
  }

  public static void words(World world) throws Exception {
    Server server = world.ownServer("4lw.commands.whitelist=*\n");
    ZooKeeper client = world.client(server.address());
    make(client, "/node");
    equal("imok", server.word("ruok"), "ruok");
    String srvr = server.word("srvr");
    holds(srvr.startsWith("Zookeeper version: ") && srvr.contains("\nMode: standalone\n"), "srvr: " + srvr);
    String session = "sid=0x" + Long.toHexString(client.getSessionId());
    holds(server.word("cons").contains(session), "cons without " + session);
  }
}
