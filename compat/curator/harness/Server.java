package harness;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A server under test: a zoo.cfg in a folder of its own, and the process that $ZK_LAUNCH makes of
 * it.
 */
public final class Server {
  private static final String BASE =
      "tickTime=500\nminSessionTimeout=1000\nmaxSessionTimeout=60000\nmaxClientCnxns=0\n"
          + "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n";

  /** Who may do everything, and its digest. */
  public static final String SUPER = "super:admin";

  /** TTL nodes are off in a server as it comes. */
  private static final String WORDS =
      "-Dzookeeper.extendedTypesEnabled=true"
          + " -Dzookeeper.DigestAuthenticationProvider.superDigest=super:xQJmxLMiHGwaqBvst5y6rkB6HQs=";

  private static final Set<Server> running = ConcurrentHashMap.newKeySet();
  private static final Set<Integer> taken = new HashSet<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> running.forEach(Server::kill)));
  }

  private final Path folder;
  private final int port = freePort();
  private final int securePort = freePort();
  private final String words;
  private Process process;

  /**
   * @param lines added to the zoo.cfg; the word SECURE_PORT in it becomes a free port
   * @param words -D words beyond those that every server here gets
   */
  public Server(String lines, String words) throws IOException {
    this.folder = Files.createTempDirectory("server-");
    this.words = words;
    String text = BASE + "dataDir=" + folder.resolve("data") + "\nclientPort=" + port + "\n";
    Files.createDirectory(folder.resolve("data"));
    Files.write(config(), (text + lines.replace("SECURE_PORT", "" + securePort)).getBytes(UTF_8));
  }

  /** The address of plain connections. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** The port of plain connections. */
  public int port() {
    return port;
  }

  /** The address of TLS connections, of a server that has them. */
  public String secureAddress() {
    return "127.0.0.1:" + securePort;
  }

  /** Starts the process and returns when it serves. */
  public synchronized Server start() throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(System.getenv("ZK_LAUNCH"), config().toString());
    builder
        .environment()
        .merge("ZK_PROPS", WORDS + " " + words, (given, ours) -> given + " " + ours);
    File log = folder.resolve("log").toFile();
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    process = builder.start();
    running.add(this);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (System.nanoTime() < end && process.isAlive()) {
      if (serves()) return this;
      Thread.sleep(50);
    }
    kill();
    throw new IllegalStateException("the server did not start, see " + log);
  }

  /** Ends the process as a crash does; it can be started again on its folder. */
  public synchronized void kill() {
    if (process == null) return;
    // A launcher that stays in front of its server would leave it behind.
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(30, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    process = null;
    running.remove(this);
  }

  private Path config() {
    return folder.resolve("zoo.cfg");
  }

  private boolean serves() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 5_000);
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write("srvr".getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), UTF_8).contains("\nMode: ");
    } catch (IOException notYet) {
      return false;
    }
  }

  /**
   * Below the range of near ends: a client that tries again on a port of that range can meet
   * itself.
   */
  static synchronized int freePort() {
    for (int attempt = 0; attempt < 200; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 30_000);
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (taken.add(port)) return port;
      } catch (IOException used) {
        continue;
      }
    }
    throw new IllegalStateException("no free port");
  }
}
