package harness;

import java.util.List;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;

/** A watcher that keeps what it is told, in order: events of nodes as "NodeCreated /path", of the connection as "Expired". */
public final class Events implements Watcher {
  private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();
  private final boolean ofConnection;

  private Events(boolean ofConnection) {
    this.ofConnection = ofConnection;
  }

  /** Keeps events of nodes only. */
  public static Events ofNodes() {
    return new Events(false);
  }

  /** Keeps states of the connection only. */
  public static Events ofConnection() {
    return new Events(true);
  }

  @Override
  public void process(WatchedEvent event) {
    boolean connection = event.getType() == Event.EventType.None;
    if (connection != ofConnection) return;
    queue.add(connection ? event.getState().name() : event.getType() + " " + event.getPath());
  }

  /** The next one, waiting for it. */
  public String next() throws InterruptedException {
    String event = queue.poll(Check.PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (event == null) throw new Check.Unmet("no event within " + Check.PATIENCE_SECONDS + " s");
    return event;
  }

  /** The next ones must be these. */
  public void expect(String... wanted) throws InterruptedException {
    List<String> got = new ArrayList<>();
    for (String event : wanted) {
      String next = queue.poll(Check.PATIENCE_SECONDS, TimeUnit.SECONDS);
      got.add(next == null ? "no event" : next);
      if (!event.equals(next)) throw new Check.Unmet("expected the events " + List.of(wanted) + ", got " + got);
    }
  }

  /** Takes events up to the first of this name. */
  public void until(String wanted) throws InterruptedException {
    List<String> passed = new ArrayList<>();
    for (;;) {
      String event = queue.poll(Check.PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (wanted.equals(event)) return;
      if (event == null) throw new Check.Unmet("no event " + wanted + " after " + passed);
      passed.add(event);
    }
  }

  /** Nothing more has come. To be called when something that must come later has come: see {@link World#settle}. */
  public void none() {
    String event = queue.poll();
    if (event != null) throw new Check.Unmet("an unexpected event: " + event);
  }
}
