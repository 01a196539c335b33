import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** What the official client asks of a server, one step a line. Works below /java-tour and removes it again. */
public final class Tour {
  private static int passed;
  private static int failed;

  private interface Step {
    Object run() throws Exception;
  }

  /** Runs a step and compares what it gives, or the code of the error that it ends with, with what is expected. */
  private static void step(String what, Object expected, Step step) {
    Object got;
    try {
      got = step.run();
    } catch (KeeperException error) {
      got = error.code();
    } catch (Exception error) {
      got = error;
    }
    boolean same = String.valueOf(expected).equals(String.valueOf(got));
    System.out.println((same ? "ok   " : "FAIL ") + what + ": " + got + (same ? "" : ", expected " + expected));
    if (same) passed++;
    else failed++;
  }

  private static ZooKeeper connect(String address) throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper client =
        new ZooKeeper(
            address,
            15_000,
            event -> {
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) connected.countDown();
            });
    if (!connected.await(15, TimeUnit.SECONDS)) throw new IllegalStateException("no session with " + address);
    return client;
  }

  private static String next(BlockingQueue<WatchedEvent> events) throws InterruptedException {
    WatchedEvent event = events.poll(10, TimeUnit.SECONDS);
    return event == null ? "no event" : event.getType() + " " + event.getPath();
  }

  private static List<String> sorted(List<String> names) {
    List<String> copy = new ArrayList<>(names);
    copy.sort(null);
    return copy;
  }

  public static void main(String[] arguments) throws Exception {
    String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:2181";
    try (ZooKeeper client = connect(address);
        ZooKeeper other = connect(address)) {
      nodes(client);
      watches(client, other);
      transactions(client);
      locked(client, other);
      ends(client, address);
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static void nodes(ZooKeeper client) {
    byte[] one = "one".getBytes(UTF_8);
    step("create", "/java-tour", () -> client.create("/java-tour", one, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    step("create it again", Code.NODEEXISTS, () -> client.create("/java-tour", one, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    step("getData", "one", () -> new String(client.getData("/java-tour", false, null), UTF_8));
    step("setData", 1, () -> client.setData("/java-tour", "two".getBytes(UTF_8), 0).getVersion());
    step("setData of an old version", Code.BADVERSION, () -> client.setData("/java-tour", one, 0));
    step(
        "create with its stat",
        "/java-tour/n-0000000000 3",
        () -> {
          Stat stat = new Stat();
          String path = client.create("/java-tour/n-", one, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL, stat);
          return path + " " + stat.getDataLength();
        });
    step("create a container", "/java-tour/c", () -> client.create("/java-tour/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER));
    step("getChildren", "[c, n-0000000000]", () -> sorted(client.getChildren("/java-tour", false)));
    step("getAllChildrenNumber", 2, () -> client.getAllChildrenNumber("/java-tour"));
    step("null data", null, () -> client.getData("/java-tour/c", false, null));
    step("whoAmI", "[ip]", () -> client.whoAmI().stream().map(info -> info.getAuthScheme()).collect(Collectors.toList()));
  }

  private static void watches(ZooKeeper client, ZooKeeper other) throws Exception {
    BlockingQueue<WatchedEvent> once = new LinkedBlockingQueue<>();
    BlockingQueue<WatchedEvent> lasting = new LinkedBlockingQueue<>();
    step("exists with a watch", null, () -> client.exists("/java-tour/w", once::add));
    client.addWatch("/java-tour", lasting::add, AddWatchMode.PERSISTENT_RECURSIVE);
    step("create by another client", "/java-tour/w", () -> other.create("/java-tour/w", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    step("the watch fires", "NodeCreated /java-tour/w", () -> next(once));
    step("setData by another client", 1, () -> other.setData("/java-tour/w", new byte[1], -1).getVersion());
    other.delete("/java-tour/w", -1);
    for (String event : Arrays.asList("NodeCreated", "NodeDataChanged", "NodeDeleted"))
      step("the recursive watch stays", event + " /java-tour/w", () -> next(lasting));
    client.removeAllWatches("/java-tour", Watcher.WatcherType.Any, false);
    step("no watch is left", Code.NOWATCHER, () -> {
      client.removeAllWatches("/java-tour", Watcher.WatcherType.Any, false);
      return null;
    });
  }

  private static void transactions(ZooKeeper client) {
    byte[] data = "three".getBytes(UTF_8);
    step(
        "multi",
        4,
        () ->
            client
                .multi(
                    Arrays.asList(
                        Op.check("/java-tour", 1),
                        Op.create("/java-tour/m", data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
                        Op.setData("/java-tour", data, 1),
                        Op.delete("/java-tour/m", 0)))
                .size());
    step("multi that fails", Code.BADVERSION, () -> client.multi(Arrays.asList(Op.delete("/java-tour/c", -1), Op.check("/java-tour", 1))));
    step("nothing of it was done", true, () -> client.exists("/java-tour/c", false) != null);
    step("multi of reads", 2, () -> client.multi(Arrays.asList(Op.getData("/java-tour"), Op.getChildren("/java-tour"))).size());
  }

  private static void locked(ZooKeeper client, ZooKeeper other) {
    client.addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
    step("create for its creator only", "/java-tour/p", () -> client.create("/java-tour/p", new byte[1], Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
    step("read it", 1, () -> client.getData("/java-tour/p", false, null).length);
    step("read it as a stranger", Code.NOAUTH, () -> other.getData("/java-tour/p", false, null).length);
  }

  private static void ends(ZooKeeper client, String address) throws Exception {
    BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    try (ZooKeeper passing = connect(address)) {
      step("create an ephemeral node", "/java-tour/e", () -> passing.create("/java-tour/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL));
      step("its owner", passing.getSessionId(), () -> client.exists("/java-tour/e", events::add).getEphemeralOwner());
    }
    step("it goes with its session", "NodeDeleted /java-tour/e", () -> next(events));
    for (String child : client.getChildren("/java-tour", false)) client.delete("/java-tour/" + child, -1);
    client.delete("/java-tour", -1);
    step("all is gone", null, () -> client.exists("/java-tour", false));
  }
}
