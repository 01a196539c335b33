package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.make;
import static harness.World.read;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Relay;
import harness.Secured;
import harness.Server;
import harness.World;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Id;

/** Clients over TLS, which is the client's Netty side; also without TLS. */
public final class Tls {
  private static final String SUBJECT = "CN=zk client,1.2.840.113549.1.9.1=#1603614062,OU=Ops+UID=u1,O=Zabra\\, Inc.,C=DE";

  private Tls() {}

  /** What a client says that trusts the test's authority; with a certificate of its own unless that is null. */
  private static Map<String, String> words(String certificate) throws Exception {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
    words.put("zookeeper.client.secure", "true");
    words.put("zookeeper.ssl.trustStore.location", Secured.fixture("trust.jks").toString());
    words.put("zookeeper.ssl.trustStore.password", Secured.password());
    if (certificate != null) words.put("zookeeper.ssl.keyStore.location", Secured.fixture(certificate).toString());
    return words;
  }

  private static ZooKeeper with(Map<String, String> words, String address, Watcher watcher) throws Exception {
    ZKClientConfig config = new ZKClientConfig();
    words.forEach(config::setProperty);
    return new ZooKeeper(address, World.SESSION_MS, watcher, config);
  }

  public static void server(World world) throws Exception {
    Server server = Secured.tlsServer(world, "ssl.clientAuth=none\n");
    Events states = Events.ofConnection();
    ZooKeeper client = world.connected(states, watcher -> with(words(null), server.secureAddress(), watcher));
    states.expect("SyncConnected");
    basics(world, client, world.client(server.address()));
    make(client, world.root + "/e", "", CreateMode.EPHEMERAL);
    server.kill();
    states.expect("Disconnected");
    server.start();
    states.expect("SyncConnected");
    equal(client.getSessionId(), client.exists(world.root + "/e", false).getEphemeralOwner(), "owner after a restart");
  }

  /** What any connection can do, large answers and events too. */
  private static void basics(World world, ZooKeeper client, ZooKeeper other) throws Exception {
    make(client, world.root);
    byte[] large = new byte[900_000];
    large[large.length - 1] = 7;
    String path = client.create(world.root + "/large", large, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    Events events = Events.ofNodes();
    equal(7, client.getData(path, events, null)[large.length - 1], "the last byte");
    World.write(other, path, "small");
    events.expect("NodeDataChanged " + path);
    equal("small", read(client, path), "data");
    for (int index = 0; index < 500; index++) client.create(world.root + "/n" + index, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (code, at, context, name) -> {}, null);
    equal(501, client.getChildren(world.root, false).size(), "children");
  }

  public static void clientCertificate(World world) throws Exception {
    Server server = Secured.tlsServer(world, "");
    ZooKeeper plain = world.rooted(server);
    ZooKeeper client = world.connected(event -> {}, watcher -> with(words("client.pem"), server.secureAddress(), watcher));
    String path = client.create(world.root + "/p", "x".getBytes(UTF_8), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
    equal(new Id("x509", SUBJECT), client.getACL(path, null).get(0).getId(), "identity");
    equal("x", read(client, path), "data");
    refused(Code.NOAUTH, () -> read(plain, path));
    Relay relay = world.relay(server.securePort);
    for (String stranger : new String[] {null, "stranger.pem"}) {
      Events states = Events.ofConnection();
      ZooKeeper refused = world.open(watcher -> with(words(stranger), relay.address(), watcher), states);
      relay.awaitEnds(2);
      holds(refused.getSessionId() == 0, "a session with certificate " + stranger);
      refused.close();
    }
  }

  /** The client, too, does not take everybody. */
  public static void stranger(World world) throws Exception {
    Server server = Secured.tlsServer(world, "ssl.clientAuth=none\n");
    Relay relay = world.relay(server.securePort);
    Map<String, String> words = words(null);
    words.put("zookeeper.ssl.trustStore.location", Secured.fixture("stranger.pem").toString());
    words.put("zookeeper.ssl.trustStore.password", "");
    ZooKeeper client = world.open(watcher -> with(words, relay.address(), watcher), event -> {});
    relay.awaitEnds(2);
    equal(0, client.getSessionId(), "session");
  }

  /** As operators do it: -D words for the whole process. */
  public static void systemProperties(World world) throws Exception {
    Server server = Secured.tlsServer(world, "");
    Map<String, String> words = words("client.pem");
    words.forEach(System::setProperty);
    try {
      ZooKeeper client = world.client(server.secureAddress());
      equal("[]", client.getChildren("/zookeeper/config", false), "children");
      client.close();
    } finally {
      words.keySet().forEach(System::clearProperty);
    }
  }

  /** The Netty side of the client without TLS. */
  public static void netty(World world) throws Exception {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("zookeeper.clientCnxnSocket", "org.apache.zookeeper.ClientCnxnSocketNetty");
    String address = world.server().address();
    basics(world, world.connected(event -> {}, watcher -> with(words, address, watcher)), world.client());
  }
}
