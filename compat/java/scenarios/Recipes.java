package scenarios;

import static harness.World.make;

import harness.Check;
import java.util.List;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** The queue of ephemeral sequential nodes that locks and elections are made of. */
final class Recipes {
  private Recipes() {}

  /** Gets in line, and returns the own place. */
  static String enter(ZooKeeper client, String line, String data) throws Exception {
    return make(client, line + "/n-", data, CreateMode.EPHEMERAL_SEQUENTIAL);
  }

  /** Returns when the place is the first, watching only the one before it, so that no herd wakes. */
  static void awaitFirst(ZooKeeper client, String line, String place) throws Exception {
    for (; ; ) {
      String before = before(client, line, place);
      if (before == null) return;
      CountDownLatch changed = new CountDownLatch(1);
      Watcher watcher =
          event -> {
            if (event.getType() != Watcher.Event.EventType.None) changed.countDown();
          };
      if (client.exists(before, watcher) == null) continue;
      if (!changed.await(Check.PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new Check.Unmet("nobody leaves " + before);
    }
  }

  private static String before(ZooKeeper client, String line, String place) throws Exception {
    String own = place.substring(line.length() + 1);
    List<String> names = client.getChildren(line, false);
    if (!names.contains(own)) throw new Check.Unmet("own place " + own + " is gone");
    List<String> smaller = names.stream().filter(name -> name.compareTo(own) < 0).collect(Collectors.toList());
    return smaller.stream().max(Comparator.naturalOrder()).map(name -> line + "/" + name).orElse(null);
  }
}
