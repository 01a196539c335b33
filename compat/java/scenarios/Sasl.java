package scenarios;

import static harness.Check.equal;
import static harness.Check.refused;
import static harness.World.make;
import static harness.World.read;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Secured;
import harness.Server;
import harness.World;
import java.util.Collections;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;

/** Logging in with SASL DIGEST-MD5. */
public final class Sasl {
  private Sasl() {}

  public static void login(World world) throws Exception {
    Server server = Secured.saslServer(world, "");
    ZooKeeper stranger = world.rooted(server);
    String[][] logins = {{"Client", "bob", "secret"}};
    Secured.loggedIn(logins, () -> loggedIn(world, server, stranger));
  }

  private static void loggedIn(World world, Server server, ZooKeeper stranger) throws Exception {
    Events states = Events.ofConnection();
    ZooKeeper bob = world.client(server.address(), World.SESSION_MS, states);
    states.expect("SyncConnected", "SaslAuthenticated");
    String path = bob.create(world.root + "/p", "bob's".getBytes(UTF_8), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
    equal(Collections.singletonList(new ACL(Perms.ALL, new Id("sasl", "bob"))), bob.getACL(path, null), "ACL");
    equal("bob's", read(bob, path), "data");
    refused(Code.NOAUTH, () -> read(stranger, path));
    ACL readers = new ACL(Perms.READ, new Id("sasl", "bob"));
    String shared = stranger.create(world.root + "/s", "shared".getBytes(UTF_8), Collections.singletonList(readers), CreateMode.PERSISTENT);
    equal("shared", read(bob, shared), "what is for bob");
    refused(Code.NOAUTH, () -> read(stranger, shared));
    String mine = make(bob, world.root + "/e", "", CreateMode.EPHEMERAL);
    server.kill();
    states.expect("Disconnected");
    server.start();
    states.expect("SyncConnected", "SaslAuthenticated");
    equal("bob's", read(bob, path), "data after a restart: the client has logged in again");
    equal(bob.getSessionId(), bob.exists(mine, false).getEphemeralOwner(), "owner");
  }
}
