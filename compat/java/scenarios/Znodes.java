package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.children;
import static harness.World.make;
import static harness.World.read;
import static harness.World.write;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Check.Unmet;
import harness.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateResponse;

/** Nodes: what they hold, how they are named and counted. */
public final class Znodes {
  private Znodes() {}

  public static void crud(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = world.root + "/näme €";
    equal(null, client.exists(path, false), "exists before");
    equal(path, make(client, path, "one", CreateMode.PERSISTENT), "create");
    refused(Code.NODEEXISTS, () -> make(client, path));
    Stat stat = new Stat();
    equal("one", new String(client.getData(path, false, stat), UTF_8), "data");
    equal(stat, client.exists(path, false), "the stat with the data");
    equal(1, write(client, path, "two"), "version");
    equal(2, client.setData(path, new byte[0], 1).getVersion(), "version after a conditional write");
    refused(Code.BADVERSION, () -> client.setData(path, null, 1));
    equal(0, client.getData(path, false, null).length, "empty data");
    client.setData(path, null, -1);
    equal(null, client.getData(path, false, null), "null data");
    make(client, path + "/child");
    equal("[child]", children(client, path), "children");
    equal("[child]", client.getChildren(path, false, stat), "children with stat");
    equal(client.exists(path, false), stat, "the stat with the children");
    refused(Code.NOTEMPTY, () -> client.delete(path, -1));
    refused(Code.BADVERSION, () -> client.delete(path + "/child", 3));
    client.delete(path + "/child", 0);
    client.delete(path, -1);
    refused(Code.NONODE, () -> client.delete(path, -1));
    refused(Code.NONODE, () -> read(client, path));
    refused(Code.NONODE, () -> write(client, path, "x"));
    refused(Code.NONODE, () -> client.getChildren(path, false));
    refused(Code.NONODE, () -> client.getACL(path, stat));
    refused(Code.NONODE, () -> make(client, world.root + "/no/parent"));
    equal("[]", children(client, world.root), "what is left");
  }

  public static void createModes(World world) throws Exception {
    ZooKeeper client = world.rooted();
    for (CreateMode mode : modes("PERSISTENT", "PERSISTENT_SEQUENTIAL", "EPHEMERAL", "EPHEMERAL_SEQUENTIAL")) {
      String asked = world.root + "/" + mode.name().toLowerCase() + "-";
      String made = make(client, asked, "x", mode);
      holds(made.startsWith(asked), mode + " makes " + made);
      equal(mode.isSequential() ? 10 : 0, made.length() - asked.length(), mode + ": length of the suffix");
      Stat stat = client.exists(made, false);
      equal(mode.isEphemeral() ? client.getSessionId() : 0, stat.getEphemeralOwner(), mode + ": owner");
      if (mode.isEphemeral()) refused(Code.NOCHILDRENFOREPHEMERALS, () -> make(client, made + "/child"));
      else equal(made + "/child", make(client, made + "/child"), mode + ": a child");
    }
    refused(Code.INVALIDACL, () -> client.create(world.root + "/no-acl", null, new ArrayList<>(), CreateMode.PERSISTENT));
  }

  private static List<CreateMode> modes(String... names) {
    List<CreateMode> modes = new ArrayList<>();
    for (String name : names) modes.add(CreateMode.valueOf(name));
    return modes;
  }

  public static void sequence(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String first = make(client, world.root + "/a-", "", CreateMode.PERSISTENT_SEQUENTIAL);
    equal(world.root + "/a-0000000000", first, "the first");
    equal(1, number(make(client, world.root + "/b-", "", CreateMode.PERSISTENT_SEQUENTIAL)), "prefixes share a counter");
    client.delete(first, -1);
    equal(2, number(make(client, world.root + "/a-", "", CreateMode.EPHEMERAL_SEQUENTIAL)), "after a deletion");
    make(client, world.root + "/plain");
    equal(4, number(make(client, world.root + "/", "", CreateMode.PERSISTENT_SEQUENTIAL)), "after a plain node, no prefix");
    equal(6, client.exists(world.root, false).getCversion(), "cversion");

    String contended = make(client, world.root + "/contended");
    List<List<CompletableFuture<String>>> answers = new ArrayList<>();
    for (int each = 0; each < 6; each++) {
      ZooKeeper one = world.client();
      List<CompletableFuture<String>> mine = new ArrayList<>();
      for (int count = 0; count < 50; count++) mine.add(sequential(one, contended + "/n-"));
      answers.add(mine);
    }
    List<Integer> all = new ArrayList<>();
    for (List<CompletableFuture<String>> each : answers) {
      List<Integer> mine = new ArrayList<>();
      for (CompletableFuture<String> answer : each) mine.add(number(World.result(answer)));
      List<Integer> sorted = new ArrayList<>(mine);
      Collections.sort(sorted);
      equal(sorted, mine, "one client's numbers");
      all.addAll(mine);
    }
    Collections.sort(all);
    for (int index = 0; index < all.size(); index++) equal(index, all.get(index), "numbers of all clients");
  }

  private static CompletableFuture<String> sequential(ZooKeeper client, String path) {
    CompletableFuture<String> made = new CompletableFuture<>();
    AsyncCallback.StringCallback callback = (code, asked, context, name) -> made.complete(code == 0 ? name : "error " + code);
    client.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL, callback, null);
    return made;
  }

  private static int number(String path) {
    return Integer.parseInt(path.substring(path.length() - 10));
  }

  public static void stat(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = make(client, world.root + "/node", "12345", CreateMode.PERSISTENT);
    Stat born = client.exists(path, false);
    equal(List.of(born.getCzxid(), born.getCzxid()), List.of(born.getMzxid(), born.getPzxid()), "zxids of a new node");
    equal("[0, 0, 0]", List.of(born.getVersion(), born.getCversion(), born.getAversion()), "versions of a new node");
    equal("[5, 0, 0]", List.of(born.getDataLength(), born.getNumChildren(), born.getEphemeralOwner()), "sizes of a new node");
    holds(Math.abs(born.getCtime() - System.currentTimeMillis()) < 60_000, "ctime is about now: " + born.getCtime());
    equal(born.getCtime(), born.getMtime(), "mtime of a new node");

    Stat written = client.setData(path, null, -1);
    equal(client.exists(path, false), written, "what setData answers");
    holds(written.getMzxid() > born.getMzxid(), "mzxid goes up");
    equal(List.of(born.getCzxid(), born.getCtime(), born.getPzxid()), List.of(written.getCzxid(), written.getCtime(), written.getPzxid()), "what setData leaves alone");
    equal("[1, 0]", List.of(written.getVersion(), written.getDataLength()), "what setData changes");

    make(client, path + "/child");
    Stat parent = client.exists(path, false);
    equal(client.exists(path + "/child", false).getCzxid(), parent.getPzxid(), "pzxid");
    equal("[1, 1, 1]", List.of(parent.getCversion(), parent.getNumChildren(), parent.getVersion()), "a child changes its parent");
    write(client, path + "/child", "x");
    equal(parent, client.exists(path, false), "a child's data does not");
    client.delete(path + "/child", -1);
    Stat after = client.exists(path, false);
    equal("[2, 0]", List.of(after.getCversion(), after.getNumChildren()), "a deleted child");
    holds(after.getPzxid() > parent.getPzxid(), "pzxid goes up with a deleted child");

    Stat acl = client.setACL(path, Ids.OPEN_ACL_UNSAFE, 0);
    equal("[1, 1]", List.of(acl.getAversion(), acl.getVersion()), "setACL");
    equal(after.getMzxid(), acl.getMzxid(), "setACL leaves mzxid alone");
  }

  public static void badPaths(World world) throws Exception {
    ZooKeeper client = world.rooted();
    Unchecked unchecked = Unchecked.connect(world);
    make(client, world.root + "/a");
    // Below the root of the scenario but for those that begin without a slash.
    List<String> paths = Arrays.asList("", "a", "/a/", "//a", "/a//b", "/.", "/a/..", "/a/./b", "/\u0000", "/\u0001", "/\u007f", "/\ud834\udd1e", "/\uf8ff", "/\ufff0");
    List<Integer> answers = new ArrayList<>();
    for (String path : paths) {
      String whole = path.startsWith("/") ? world.root + path : path;
      try {
        make(client, whole);
        throw new Unmet("the client takes " + path);
      } catch (IllegalArgumentException refusedByClient) {
        // The official client looks at paths itself, so that a server sees such a one only from other clients.
        answers.add(create(unchecked, whole));
      } catch (KeeperException refusedByServer) {
        // An older client lets some pass.
        answers.add(refusedByServer.code().intValue());
      }
    }
    equal("[-8, -8, -8, -101, -101, -8, -8, -101, -8, -8, -8, -8, -8, -8]", answers, "the server's own answers");
    equal(0, create(unchecked, world.root + "/..."), "dots that are no step");
    equal("[..., a]", children(client, world.root), "what is there in the end");
    refused(Code.NODEEXISTS, () -> make(client, "/"));
    refused(Code.BADARGUMENTS, () -> client.delete("/", -1));
    refused(Code.BADARGUMENTS, () -> client.delete("/zookeeper", -1));
  }

  /** Sends a create without the client's own look at the path; returns the code of the answer. */
  private static int create(Unchecked client, String path) throws Exception {
    return client.submit(ZooDefs.OpCode.create, new CreateRequest(path, new byte[0], Ids.OPEN_ACL_UNSAFE, 0), new CreateResponse());
  }
}
