package scenarios;

import static harness.Check.equal;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;
import static harness.World.write;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.Relay;
import harness.Server;
import harness.World;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** Who may do what. */
public final class Access {
  private Access() {}

  public static void digest(World world) throws Exception {
    ZooKeeper stranger = world.rooted();
    Relay relay = world.relay(world.server());
    Events states = Events.ofConnection();
    ZooKeeper ann = world.client(relay.address(), World.SESSION_MS, states);
    refused(Code.INVALIDACL, () -> ann.create(world.root + "/p", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
    ann.addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
    String path = ann.create(world.root + "/p", "private".getBytes(UTF_8), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
    Id id = new Id("digest", DigestAuthenticationProvider.generateDigest("ann:secret"));
    equal(Arrays.asList(new ACL(Perms.ALL, id)), ann.getACL(path, null), "ACL");
    equal("private", read(ann, path), "data");
    refused(Code.NOAUTH, () -> read(stranger, path));
    // Who may not manage the ACL sees it without the digest.
    refused(Code.NOAUTH, () -> stranger.getACL(path, null));
    stranger.addAuthInfo("digest", "ann:wrong".getBytes(UTF_8));
    refused(Code.NOAUTH, () -> read(stranger, path));
    stranger.addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
    equal("private", read(stranger, path), "for who knows the password too");
    relay.cut();
    states.expect("SyncConnected", "Disconnected", "SyncConnected");
    equal("private", read(ann, path), "data after a reconnect: the client proves itself again");

    ACL readers = new ACL(Perms.READ, new Id("digest", DigestAuthenticationProvider.generateDigest("bob:word")));
    equal(1, ann.setACL(path, Arrays.asList(new ACL(Perms.ALL, id), readers), 0).getAversion(), "aversion");
    refused(Code.BADVERSION, () -> ann.setACL(path, Ids.OPEN_ACL_UNSAFE, 0));
    ZooKeeper bob = world.client();
    bob.addAuthInfo("digest", "bob:word".getBytes(UTF_8));
    equal("private", read(bob, path), "for a reader");
    refused(Code.NOAUTH, () -> write(bob, path, "x"));
    Stat stat = new Stat();
    List<ACL> seen = bob.getACL(path, stat);
    equal("[ann:x, bob:x]", Arrays.asList(seen.get(0).getId().getId(), seen.get(1).getId().getId()), "digests for a reader");
    equal(1, stat.getAversion(), "aversion of the stat with the ACL");
  }

  public static void ipAndWorld(World world) throws Exception {
    ZooKeeper client = world.rooted();
    for (String id : Arrays.asList("127.0.0.1", "127.0.0.0/8", "126.0.0.0/7"))
      equal("x", read(client, forIp(client, world.root + "/in-" + id.replace('/', '-'), id)), id);
    for (String id : Arrays.asList("127.0.0.2", "10.0.0.0/8", "128.0.0.0/1")) {
      String path = forIp(client, world.root + "/out-" + id.replace('/', '-'), id);
      refused(Code.NOAUTH, () -> read(client, path));
    }
    for (String id : Arrays.asList("127.0.0.300", "here", "127.0.0.1/33", "", "127.0.0.1/-1"))
      refused(Code.INVALIDACL, () -> forIp(client, world.root + "/bad", id));
    for (Id id : Arrays.asList(new Id("world", "someone"), new Id("none", "x"), new Id("digest", "no colon")))
      refused(Code.INVALIDACL, () -> client.create(world.root + "/bad", null, Arrays.asList(new ACL(Perms.ALL, id)), CreateMode.PERSISTENT));
    String open = client.create(world.root + "/open", null, Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);
    equal(Ids.READ_ACL_UNSAFE, client.getACL(open, null), "world: its ACL");
    refused(Code.NOAUTH, () -> write(client, open, "x"));
  }

  private static String forIp(ZooKeeper client, String path, String id) throws Exception {
    return client.create(path, "x".getBytes(UTF_8), Arrays.asList(new ACL(Perms.ALL, new Id("ip", id))), CreateMode.PERSISTENT);
  }

  /** Each right alone: what it allows, and what it does not. */
  public static void noAuth(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String read = with(client, world.root + "/r", Perms.READ);
    equal("", read(client, read), "data with READ");
    equal("[child]", children(client, read), "children with READ");
    refused(Code.NOAUTH, () -> write(client, read, "x"));
    refused(Code.NOAUTH, () -> make(client, read + "/c"));
    refused(Code.NOAUTH, () -> client.delete(read + "/child", -1));
    refused(Code.NOAUTH, () -> client.setACL(read, Ids.OPEN_ACL_UNSAFE, -1));
    client.exists(read, false);
    // Who may not change the children does not learn which there are.
    refused(Code.NOAUTH, () -> make(client, read + "/child"));
    refused(Code.NOAUTH, () -> client.delete(read + "/none", -1));
    refused(Code.NONODE, () -> write(client, read + "/none", "x"));
    refused(Code.NONODE, () -> make(client, read + "/none/child"));
    String write = with(client, world.root + "/w", Perms.WRITE);
    equal(1, write(client, write, "x"), "version with WRITE");
    refused(Code.NOAUTH, () -> read(client, write));
    refused(Code.NOAUTH, () -> client.exists(write, false));
    refused(Code.NOAUTH, () -> children(client, write));
    String create = with(client, world.root + "/c", Perms.CREATE);
    make(client, create + "/new");
    refused(Code.NOAUTH, () -> client.delete(create + "/new", -1));
    String delete = with(client, world.root + "/d", Perms.DELETE);
    client.delete(delete + "/child", -1);
    refused(Code.NOAUTH, () -> make(client, delete + "/child"));
    client.delete(delete, -1);
    String admin = with(client, world.root + "/a", Perms.ADMIN);
    equal(1, client.getACL(admin, null).size(), "ACL with ADMIN");
    client.setACL(admin, Ids.OPEN_ACL_UNSAFE, -1);
    equal("", read(client, admin), "data once the ACL is open");
    String nothing = with(client, world.root + "/n", 0);
    refused(Code.NOAUTH, () -> client.getACL(nothing, null));
    // A watch needs READ when it is laid.
    refused(Code.NOAUTH, () -> client.getData(write, event -> {}, null));
  }

  /** A node with a child, for everybody with these rights. */
  private static String with(ZooKeeper client, String path, int perms) throws Exception {
    make(client, path);
    make(client, path + "/child");
    client.setACL(path, Collections.singletonList(new ACL(perms, Ids.ANYONE_ID_UNSAFE)), -1);
    return path;
  }

  /** Authentication that the server refuses ends the connection, and the session with it. */
  public static void unknownScheme(World world) throws Exception {
    world.rooted();
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(world.server().address(), World.SESSION_MS, states);
    client.addAuthInfo("nosuch", "x".getBytes(UTF_8));
    states.expect("SyncConnected", "AuthFailed");
    refused(Code.AUTHFAILED, () -> read(client, world.root));
  }

  /** The superuser of the command line may do everything. */
  public static void superUser(World world) throws Exception {
    String digest = DigestAuthenticationProvider.generateDigest("super:admin");
    Server server = world.ownServer("", "-Dzookeeper.DigestAuthenticationProvider.superDigest=" + digest, false);
    ZooKeeper client = world.rooted(server);
    String path = with(client, world.root + "/n", 0);
    refused(Code.NOAUTH, () -> read(client, path));
    ZooKeeper admin = world.client(server.address());
    admin.addAuthInfo("digest", "super:admin".getBytes(UTF_8));
    equal("", read(admin, path), "data");
    admin.setACL(path, Ids.OPEN_ACL_UNSAFE, -1);
    equal("", read(client, path), "data for the others");
  }
}
