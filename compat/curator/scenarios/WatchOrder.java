package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;

/** Events come before the reads that show the change. */
final class WatchOrder {
  private WatchOrder() {}

  static void register(Registry registry) {
    registry
        .add("watches.order", WatchOrder::order)
        .add("watches.order-of-own-writes", WatchOrder::orderOfOwnWrites);
  }

  /** Reads in a row while another client writes: between two versions there must be an event. */
  private static void order(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    String path = context.root();
    other.create().forPath(path);
    Events<Integer> notes = new Events<>();
    CuratorWatcher watcher = event -> notes.add(-1);
    AtomicBoolean done = new AtomicBoolean();
    client.getData().usingWatcher(watcher).forPath(path);
    Context.Job<Integer> writer =
        context.spawn(
            () -> {
              int version = 0;
              while (version < 300)
                version = other.setData().forPath(path, bytes("" + version)).getVersion();
              done.set(true);
              return version;
            });
    int seen = 0;
    int changes = 0;
    while (seen < 300) {
      client
          .getData()
          .usingWatcher(watcher)
          .inBackground((from, event) -> notes.add(event.getStat().getVersion()))
          .forPath(path);
      boolean told = false;
      int note;
      while ((note = notes.next("a read")) < 0) told = true;
      if (note > seen) {
        Expect.that("an event before version " + note + " after " + seen, told);
        changes++;
      }
      seen = note;
    }
    Expect.same("versions", 300, writer.result());
    Expect.that("changes were met", changes > 1 && done.get());
  }

  /**
   * Reads and writes sent without waiting: each write's event comes before its own reply and the
   * read behind it.
   */
  private static void orderOfOwnWrites(Context context) throws Exception {
    CuratorFramework client = context.client();
    String path = context.root();
    client.create().forPath(path);
    Events<String> notes = new Events<>();
    CuratorWatcher watcher = event -> notes.add("event");
    for (int i = 0; i < 200; i++) {
      client
          .getData()
          .usingWatcher(watcher)
          .inBackground((from, event) -> notes.add("read " + event.getStat().getVersion()))
          .forPath(path);
      client
          .setData()
          .inBackground((from, event) -> notes.add("wrote " + event.getStat().getVersion()))
          .forPath(path, bytes("" + i));
    }
    for (int i = 0; i < 200; i++) notes.expectAll("read " + i, "event", "wrote " + (i + 1));
  }
}
