package harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A server under test: a zoo.cfg in a folder of its own, and the process that $ZK_LAUNCH makes of it. */
public final class Server {
  private static final String BASE =
      "tickTime=500\nminSessionTimeout=1000\nmaxSessionTimeout=60000\nmaxClientCnxns=0\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n";
  private static final int START_SECONDS = 90;
  /** Whatever ends the run, these are ended with it. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  public final int port = freePort();
  public final int securePort;
  private final Path folder;
  private final String words;
  private Process process;

  /**
   * Writes the configuration; nothing runs yet.
   *
   * @param lines what zoo.cfg says besides the usual
   * @param words -D words for the launcher
   * @param secure whether there is a second port with TLS
   */
  public Server(String lines, String words, boolean secure) throws IOException {
    this.words = words;
    securePort = secure ? freePort() : 0;
    folder = Files.createTempDirectory(Suite.folder(), "server-");
    String text = BASE + "dataDir=" + folder.resolve("data") + "\nclientPort=" + port + "\n" + lines;
    if (secure) text += "secureClientPort=" + securePort + "\nsecureClientPortAddress=127.0.0.1\n";
    Files.write(folder.resolve("zoo.cfg"), text.getBytes(UTF_8));
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  public String secureAddress() {
    return "127.0.0.1:" + securePort;
  }

  /** Starts the process, on the folder as it is, and returns when it serves. */
  public Server start() throws Exception {
    File log = folder.resolve("log").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(System.getenv("ZK_LAUNCH"), folder.resolve("zoo.cfg").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    builder.environment().merge("ZK_PROPS", words, (given, own) -> given + " " + own);
    process = builder.start();
    RUNNING.add(process);
    process.getOutputStream().close();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (process.isAlive() && System.nanoTime() < end) {
      if (word("srvr").contains("\nMode: ")) return this;
      Thread.sleep(30);
    }
    kill();
    String said = new String(Files.readAllBytes(log.toPath()), UTF_8);
    throw new Check.Unmet("the server did not start: " + said.substring(Math.max(0, said.length() - 500)));
  }

  /** Ends it as a crash does: SIGKILL. */
  public void kill() throws InterruptedException {
    end(true);
  }

  /** Ends it as an operator does: SIGTERM. */
  public void stop() throws InterruptedException {
    end(false);
  }

  private void end(boolean forcibly) throws InterruptedException {
    if (process == null) return;
    if (forcibly) process.destroyForcibly();
    else process.destroy();
    if (!process.waitFor(Check.PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new Check.Unmet("the server does not end");
    RUNNING.remove(process);
    process = null;
  }

  /** The answer to a four-letter word; nothing if nobody listens. */
  public String word(String word) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
      socket.setSoTimeout(5000);
      socket.getOutputStream().write(word.getBytes(UTF_8));
      try (InputStream answer = socket.getInputStream()) {
        return new String(answer.readAllBytes(), UTF_8);
      }
    } catch (IOException nobody) {
      return "";
    }
  }

  /** A free port below the range of near ends: a client that tries again on a port of that range can meet itself. */
  static int freePort() {
    for (int tries = 0; tries < 200; tries++) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 30_000);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port");
  }
}
