package scenarios;

import static harness.Check.equal;
import static harness.Check.refused;
import static harness.World.read;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Secured;
import harness.Server;
import harness.World;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;

/** Several logins in one process: each client names its section. */
public final class NewSasl {
  private static final String[][] LOGINS = {{"Bob", "bob", "secret"}, {"Ann", "ann", "word"}, {"Wrong", "bob", "guess"}, {"Nobody", "eve", "x"}};

  private NewSasl() {}

  private static ZooKeeper as(String section, String address, Watcher watcher) throws Exception {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, section);
    return new ZooKeeper(address, World.SESSION_MS, watcher, config);
  }

  public static void users(World world) throws Exception {
    Server server = Secured.saslServer(world, "");
    world.rooted(server);
    Secured.loggedIn(
        LOGINS,
        () -> {
          ZooKeeper bob = world.connected(event -> {}, watcher -> as("Bob", server.address(), watcher));
          ZooKeeper ann = world.connected(event -> {}, watcher -> as("Ann", server.address(), watcher));
          String path = bob.create(world.root + "/bob", "b".getBytes(UTF_8), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
          equal("b", read(bob, path), "own data");
          refused(Code.NOAUTH, () -> read(ann, path));
          ann.create(world.root + "/ann", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
          for (String section : new String[] {"Wrong", "Nobody"}) {
            Events states = Events.ofConnection();
            ZooKeeper refused = world.open(watcher -> as(section, server.address(), watcher), states);
            states.until("AuthFailed");
            refused(Code.AUTHFAILED, () -> read(refused, path));
          }
        });
  }

  /** A server that lets nobody in who has not logged in. */
  public static void required(World world) throws Exception {
    Server server = Secured.saslServer(world, "sessionRequireClientSASLAuth=true\n");
    ZooKeeper stranger = world.client(server.address());
    refused(Code.SESSIONCLOSEDREQUIRESASLAUTH, () -> read(stranger, "/"));
    Secured.loggedIn(
        LOGINS,
        () -> {
          ZooKeeper bob = world.connected(event -> {}, watcher -> as("Bob", server.address(), watcher));
          equal("", read(bob, "/"), "data of the root");
        });
  }
}
