package scenarios;

import static harness.Check.equal;
import static harness.Check.refused;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Server;
import harness.World;
import java.util.Arrays;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.admin.ZooKeeperAdmin;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** The node with the ensemble's configuration, and changing it: a server that stands alone has none. */
public final class Admin {
  private Admin() {}

  public static void configNode(World world) throws Exception {
    ZooKeeper client = world.client();
    Stat stat = new Stat();
    equal("", new String(client.getConfig(false, stat), UTF_8), "configuration");
    equal("[0, 0, 0]", Arrays.asList(stat.getVersion(), stat.getCzxid(), stat.getNumChildren()), "its stat");
    equal("[1,s{'world,'anyone}\n]", client.getACL("/zookeeper/config", null), "its ACL");
    Events events = Events.ofNodes();
    client.getConfig(events, null);
    equal("[config, quota]", World.children(client, "/zookeeper"), "children of /zookeeper");
    refused(Code.NOAUTH, () -> World.write(client, "/zookeeper/config", "x"));
    events.none();
  }

  public static void reconfigure(World world) throws Exception {
    String digest = DigestAuthenticationProvider.generateDigest("super:admin");
    String address = world.server().address();
    try (ZooKeeperAdmin admin = admin(world, address)) {
      refused(Code.RECONFIGDISABLED, () -> admin.reconfigure("server.1=127.0.0.1:1:2;3", null, null, -1, new Stat()));
    }
    Server server = world.ownServer("reconfigEnabled=true\n", "-Dzookeeper.DigestAuthenticationProvider.superDigest=" + digest, false);
    try (ZooKeeperAdmin admin = admin(world, server.address())) {
      refused(Code.UNIMPLEMENTED, () -> admin.reconfigure("server.1=127.0.0.1:1:2;3", null, null, -1, new Stat()));
      admin.addAuthInfo("digest", "super:admin".getBytes(UTF_8));
      refused(Code.UNIMPLEMENTED, () -> admin.reconfigure("server.1=127.0.0.1:1:2;3", null, null, -1, new Stat()));
      refused(Code.UNIMPLEMENTED, () -> admin.reconfigure(null, null, "server.1=127.0.0.1:1:2;3", -1, new Stat()));
    }
  }

  private static ZooKeeperAdmin admin(World world, String address) throws Exception {
    return (ZooKeeperAdmin) world.connected(event -> {}, watcher -> new ZooKeeperAdmin(address, World.SESSION_MS, watcher));
  }
}
