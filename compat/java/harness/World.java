package harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** What one scenario works with: servers, clients, threads and a root node of its own. All of it ends with the scenario. */
public final class World {
  public static final int SESSION_MS = 20_000;
  private static Server common;

  /** The node below which the scenario works. */
  public final String root;

  private final List<Check.Action> endings = Collections.synchronizedList(new ArrayList<>());

  World(String scenario) {
    root = "/" + scenario.replace('.', '-');
  }

  /** The server that scenarios share. */
  public Server server() throws Exception {
    if (common == null) common = new Server("", "", false).start();
    return common;
  }

  /** A started server for this scenario alone. */
  public Server ownServer(String lines, String words, boolean secure) throws Exception {
    Server server = new Server(lines, words, secure);
    endings.add(server::kill);
    return server.start();
  }

  public Server ownServer(String lines) throws Exception {
    return ownServer(lines, "", false);
  }

  /** A network to a server that can fail. */
  public Relay relay(Server server) throws Exception {
    return relay(server.port);
  }

  public Relay relay(int port) throws Exception {
    Relay relay = new Relay(port);
    endings.add(relay::close);
    return relay;
  }

  /** A connected client of the shared server, and the scenario's root exists. */
  public ZooKeeper rooted() throws Exception {
    return rooted(server());
  }

  public ZooKeeper rooted(Server server) throws Exception {
    ZooKeeper client = client(server.address());
    if (client.exists(root, false) == null) make(client, root);
    return client;
  }

  /** One more connected client of the shared server. */
  public ZooKeeper client() throws Exception {
    return client(server().address());
  }

  public ZooKeeper client(String address) throws Exception {
    return client(address, SESSION_MS, event -> {});
  }

  public ZooKeeper client(String address, int sessionMs, Watcher watcher) throws Exception {
    return connected(watcher, gate -> new ZooKeeper(address, sessionMs, gate));
  }

  /** Makes a client with a watcher. */
  public interface Maker {
    ZooKeeper make(Watcher watcher) throws Exception;
  }

  /** Waits until a new client has its session; what it hears goes on to the watcher, the first connection included. */
  public ZooKeeper connected(Watcher watcher, Maker maker) throws Exception {
    CountDownLatch up = new CountDownLatch(1);
    ZooKeeper client =
        open(
            maker,
            event -> {
              watcher.process(event);
              if (event.getState() == Watcher.Event.KeeperState.SyncConnected) up.countDown();
            });
    Check.holds(up.await(Check.PATIENCE_SECONDS, TimeUnit.SECONDS), "no session: " + client.getState());
    return client;
  }

  /** A client that is closed with the scenario, and may never be connected. */
  public ZooKeeper open(Maker maker, Watcher watcher) throws Exception {
    ZooKeeper client = maker.make(watcher);
    endings.add(client::close);
    return client;
  }

  /** Runs something beside the scenario; its result, or what it failed with, is in {@link #result}. */
  public <T> CompletableFuture<T> spawn(java.util.concurrent.Callable<T> work) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                future.complete(work.call());
              } catch (Throwable error) {
                future.completeExceptionally(error);
              }
            },
            "beside");
    thread.setDaemon(true);
    thread.start();
    endings.add(thread::interrupt);
    return future;
  }

  /** Waits for a result and hands on what the work failed with. */
  public static <T> T result(CompletableFuture<T> future) throws Exception {
    try {
      return future.get(2L * Check.PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException error) {
      if (error.getCause() instanceof Check.Unmet) throw (Check.Unmet) error.getCause();
      if (error.getCause() instanceof Exception) throw (Exception) error.getCause();
      throw error;
    }
  }

  /** Creates an open, persistent, empty node. */
  public static String make(ZooKeeper client, String path) throws KeeperException, InterruptedException {
    return make(client, path, "", CreateMode.PERSISTENT);
  }

  public static String make(ZooKeeper client, String path, String data, CreateMode mode) throws KeeperException, InterruptedException {
    return client.create(path, data.getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, mode);
  }

  public static String read(ZooKeeper client, String path) throws KeeperException, InterruptedException {
    return new String(client.getData(path, false, null), UTF_8);
  }

  public static int write(ZooKeeper client, String path, String data) throws KeeperException, InterruptedException {
    return client.setData(path, data.getBytes(UTF_8), -1).getVersion();
  }

  /** The children in order of name. */
  public static List<String> children(ZooKeeper client, String path) throws KeeperException, InterruptedException {
    List<String> names = new ArrayList<>(client.getChildren(path, false));
    Collections.sort(names);
    return names;
  }

  /** Returns when all events that the server sent before have been handed to their watchers: one thread hands on all. */
  public static void settle(ZooKeeper client) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    client.sync("/", (code, path, context) -> done.countDown(), null);
    Check.holds(done.await(Check.PATIENCE_SECONDS, TimeUnit.SECONDS), "no answer to sync");
  }

  void end() {
    Collections.reverse(endings);
    for (Check.Action ending : endings) {
      try {
        ending.run();
      } catch (Exception gone) {
        // A client whose server is gone cannot say goodbye.
      }
    }
  }

  static void endCommon() throws InterruptedException {
    if (common != null) common.kill();
    common = null;
  }
}
