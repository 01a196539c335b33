package harness;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/** A network between clients and a server that can be cut and mended. */
public final class Relay implements Closeable {
  private final ServerSocket listener = new ServerSocket();
  private final int target;
  private final Set<Socket> sockets = new HashSet<>();
  private boolean cut;
  private volatile boolean deaf;

  Relay(int target) throws IOException {
    this.target = target;
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Server.freePort()));
    daemon(this::accept);
  }

  /** What clients connect to. */
  public String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** Ends every connection; new ones end at once. */
  public synchronized void cut() {
    cut = true;
    sockets.forEach(Relay::end);
    sockets.clear();
  }

  /** From now on what the server says gets lost, though it still hears the clients. */
  public void deafen() {
    deaf = true;
  }

  /** From now on connections get through; those that missed something have to be cut before. */
  public synchronized void mend() {
    cut = false;
    deaf = false;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        join(listener.accept());
      } catch (IOException closed) {
        continue;
      }
    }
  }

  private synchronized void join(Socket client) throws IOException {
    if (cut) {
      end(client);
      return;
    }
    Socket server;
    try {
      server = new Socket(InetAddress.getLoopbackAddress(), target);
    } catch (IOException down) {
      end(client);
      return;
    }
    sockets.add(client);
    sockets.add(server);
    daemon(() -> copy(client, server, false));
    daemon(() -> copy(server, client, true));
  }

  private void copy(Socket from, Socket to, boolean toClient) {
    byte[] buffer = new byte[65_536];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int size = in.read(buffer); size >= 0; size = in.read(buffer))
        if (!toClient || !deaf) out.write(buffer, 0, size);
    } catch (IOException ended) {
      // Either side has gone: the other one follows.
    }
    end(from);
    end(to);
    synchronized (this) {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      return;
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }
}
