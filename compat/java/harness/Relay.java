package harness;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A network between client and server that can fail: down, it ends its connections and takes no new ones. */
public final class Relay implements Closeable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Semaphore ended = new Semaphore(0);
  private volatile boolean up = true;
  private volatile boolean silent;

  public Relay(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(Server.freePort(), 50, InetAddress.getByName("127.0.0.1"));
    spawn(this::accept);
  }

  public String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** Ends all connections; new ones are ended at once. */
  public void down() {
    up = false;
    cut();
  }

  /** Connections that are there live on; new ones are ended at once. */
  public void refuseNew() {
    up = false;
  }

  /** Ends all connections; new ones are taken. */
  public void cut() {
    for (Socket socket : sockets) close(socket);
  }

  /** Returns when so many connections have ended since the last call. */
  public void awaitEnds(int count) throws InterruptedException {
    if (!ended.tryAcquire(count, Check.PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new Check.Unmet("the connection does not end");
  }

  /** From now on nothing arrives on either side, and nothing is seen to be wrong. */
  public void silence() {
    silent = true;
  }

  /** Works again. Connections that were silenced have lost bytes, so they end. */
  public void restore() {
    if (silent) cut();
    silent = false;
    up = true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    down();
  }

  private void accept() {
    for (;;) {
      Socket near;
      try {
        near = listener.accept();
      } catch (IOException closed) {
        return;
      }
      // Not a byte of a client may reach the server now: a ConnectRequest keeps its session alive.
      if (!up) {
        close(near);
        continue;
      }
      sockets.add(near);
      try {
        Socket far = new Socket("127.0.0.1", target);
        sockets.add(far);
        spawn(() -> pump(near, far));
        spawn(
            () -> {
              pump(far, near);
              ended.release();
            });
        // It may have gone down in the meantime; a pump that loses one end closes the other.
        if (!up) close(near);
      } catch (IOException refused) {
        close(near);
      }
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[65_536];
    try (InputStream source = from.getInputStream();
        OutputStream sink = to.getOutputStream()) {
      for (int count; (count = source.read(buffer)) >= 0; ) if (!silent) sink.write(buffer, 0, count);
    } catch (IOException ended) {
      // Both ends go below.
    }
    close(from);
    close(to);
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException gone) {
      // That is what was wanted.
    }
  }

  private static void spawn(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }
}
