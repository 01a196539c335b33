package harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/**
 * What a scenario works with: servers, clients, threads and a root of its own, all ended after it.
 */
public final class Context {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final SharedServers shared;
  private final String root;
  private Server server;

  Context(String name, SharedServers shared) {
    this.root = "/" + name.replace('.', '-');
    this.shared = shared;
  }

  /** The znode below which the scenario works; the first client makes it. */
  public String root() {
    return root;
  }

  /** A path below the root. */
  public String at(String name) {
    return root + "/" + name;
  }

  /** The server that clients get: the common one unless the scenario asked for its own. */
  public synchronized Server server() throws Exception {
    if (server == null) server = shared.common();
    return server;
  }

  /** The server with TLS and SASL, which clients get from now on. */
  public synchronized Server secured() throws Exception {
    return server = shared.secured();
  }

  /**
   * The server that looks for empty containers and old TTL nodes all the time; clients get it from
   * now on.
   */
  public synchronized Server tidy() throws Exception {
    return server = shared.tidy();
  }

  /** A server for this scenario alone, which clients get from now on. */
  public synchronized Server ownServer(String lines) throws Exception {
    Server own = new Server(lines, "");
    opened.push(own::kill);
    return server = own.start();
  }

  /** A network to the server that can fail; clients go through it if it is their connect string. */
  public Relay relay() throws Exception {
    return keep(new Relay(server().port()));
  }

  /** A client as most scenarios want it, started. */
  public CuratorFramework client() throws Exception {
    return client(builder -> {});
  }

  /** A client with a session of this length, started. */
  public CuratorFramework client(int sessionTimeoutMs) throws Exception {
    return client(builder -> builder.sessionTimeoutMs(sessionTimeoutMs));
  }

  /** A client of special make, started and connected. */
  public CuratorFramework client(Consumer<CuratorFrameworkFactory.Builder> change)
      throws Exception {
    CuratorFramework client = unstarted(change);
    client.start();
    if (!client.blockUntilConnected(Expect.PATIENCE_SECONDS, TimeUnit.SECONDS))
      throw new Expect.Unmet("no session with " + server().address());
    return client;
  }

  /**
   * A client that is not started. Retries come soon, since what scenarios wait for is the server.
   */
  public CuratorFramework unstarted(Consumer<CuratorFrameworkFactory.Builder> change)
      throws Exception {
    CuratorFrameworkFactory.Builder builder =
        CuratorFrameworkFactory.builder()
            .connectString(server().address())
            .sessionTimeoutMs(20_000)
            .connectionTimeoutMs(15_000)
            .retryPolicy(new RetryForever(50));
    change.accept(builder);
    return keep(builder.build());
  }

  /** Is closed after the scenario, before what was opened earlier. */
  public synchronized <T extends AutoCloseable> T keep(T closeable) {
    opened.push(closeable);
    return closeable;
  }

  /** Runs something beside the scenario. */
  public <T> Job<T> spawn(Callable<T> work) {
    return new Job<>(threads.submit(work));
  }

  /**
   * Ends a client's session as another process with its id and password would; the client learns it
   * later.
   */
  public void killSession(CuratorFramework client) throws Exception {
    ZooKeeper handle = client.getZookeeperClient().getZooKeeper();
    Events<Watcher.Event.KeeperState> states = new Events<>();
    String address = server().address();
    try (ZooKeeper twin =
        new ZooKeeper(
            address,
            20_000,
            event -> states.add(event.getState()),
            handle.getSessionId(),
            handle.getSessionPasswd())) {
      states.expect(Watcher.Event.KeeperState.SyncConnected);
      Expect.same("session taken over", handle.getSessionId(), twin.getSessionId());
    }
  }

  /** The folder of keys and certificates. */
  public Path fixtures() {
    return shared.fixtures();
  }

  /** The bytes of a text. */
  public static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** The text of bytes. */
  public static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  synchronized void close() {
    threads.shutdownNow();
    while (!opened.isEmpty()) closeQuietly(opened.pop());
  }

  /** What is left in any state, closed already included, is no finding of a scenario. */
  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception ignored) {
      return;
    }
  }

  /** Work beside the scenario, with its result. */
  public static final class Job<T> {
    private final Future<T> future;

    Job(Future<T> future) {
      this.future = future;
    }

    /** Waits for the end and hands on what the work threw. */
    public T result() throws Exception {
      try {
        return future.get(Expect.PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException error) {
        if (error.getCause() instanceof Exception cause) throw cause;
        throw error;
      } catch (java.util.concurrent.TimeoutException late) {
        throw new Expect.Unmet("a thread did not end");
      }
    }

    /** Whether the work is over. */
    public boolean isDone() {
      return future.isDone();
    }
  }
}
