package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.data.Stat;

/**
 * What people use it for, with contention: configuration, leaders, and many clients at once; locks
 * are in Locks.
 */
final class Uses {
  private static final int CLIENTS = 60;

  private Uses() {}

  static void register(Registry registry) {
    registry
        .add("clients.many", Uses::manyClients)
        .add("use.lock", Locks::mutex)
        .add("use.config", Uses::config)
        .add("use.leader", Uses::leader);
  }

  private static void manyClients(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().forPath(context.root());
    for (String name : List.of("counter", "seq", "live", "multi"))
      witness.create().forPath(context.at(name), bytes("0"));
    List<Context.Job<CuratorFramework>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      jobs.add(context.spawn(() -> mixedWork(context, number)));
    }
    List<CuratorFramework> clients = new ArrayList<>();
    for (Context.Job<CuratorFramework> job : jobs) clients.add(job.result());
    Expect.same(
        "counter", "" + CLIENTS * 5, text(witness.getData().forPath(context.at("counter"))));
    Expect.same(
        "version", CLIENTS * 5, witness.checkExists().forPath(context.at("counter")).getVersion());
    Expect.same("sequence", CLIENTS * 10, witness.getChildren().forPath(context.at("seq")).size());
    Expect.same("live", CLIENTS, witness.getChildren().forPath(context.at("live")).size());
    Expect.same(
        "multi", CLIENTS * 5, witness.checkExists().forPath(context.at("multi")).getVersion());
    for (int i = 0; i < CLIENTS; i += 2) clients.get(i).close();
    Expect.same(
        "live after half have left",
        CLIENTS / 2,
        witness.getChildren().forPath(context.at("live")).size());
  }

  private static CuratorFramework mixedWork(Context context, int number) throws Exception {
    CuratorFramework client = context.client();
    client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("live/" + number));
    for (int i = 0; i < 10; i++) {
      String made =
          client
              .create()
              .withMode(CreateMode.PERSISTENT_SEQUENTIAL)
              .forPath(context.at("seq/n-"), bytes(number + "/" + i));
      Expect.same("own data", number + "/" + i, text(client.getData().forPath(made)));
      if (i % 2 == 0) add(client, context.at("counter"));
      else
        client
            .transaction()
            .forOperations(
                client.transactionOp().setData().forPath(context.at("multi"), bytes("" + number)),
                client.transactionOp().create().forPath(context.at("multi/" + number + "-" + i)));
      client.getChildren().forPath(context.at("live"));
    }
    return client;
  }

  /** Read, add, write if nobody else has written: again until it works. */
  private static void add(CuratorFramework client, String path) throws Exception {
    while (true) {
      Stat stat = new Stat();
      int value = Integer.parseInt(text(client.getData().storingStatIn(stat).forPath(path)));
      try {
        client.setData().withVersion(stat.getVersion()).forPath(path, bytes("" + (value + 1)));
        return;
      } catch (KeeperException.BadVersionException other) {
        continue;
      }
    }
  }

  /**
   * One writer, many readers: each is told of every change, in order, and reads nothing older than
   * it was told.
   */
  private static void config(Context context) throws Exception {
    int changes = 200;
    CuratorFramework writer = context.client();
    writer.create().forPath(context.root(), bytes("0"));
    List<Events<WatchedEvent>> told = new ArrayList<>();
    List<CuratorFramework> readers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      CuratorFramework reader = context.client();
      Events<WatchedEvent> events = new Events<>();
      reader
          .watchers()
          .add()
          .withMode(AddWatchMode.PERSISTENT)
          .usingWatcher((org.apache.zookeeper.Watcher) events::add)
          .forPath(context.root());
      readers.add(reader);
      told.add(events);
    }
    List<Context.Job<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < readers.size(); i++) {
      int number = i;
      jobs.add(
          context.spawn(
              () -> follow(readers.get(number), context.root(), told.get(number), changes)));
    }
    for (int i = 1; i <= changes; i++) writer.setData().forPath(context.root(), bytes("" + i));
    for (Context.Job<Integer> job : jobs) Expect.same("last", changes, job.result());
  }

  private static int follow(
      CuratorFramework reader, String path, Events<WatchedEvent> events, int changes)
      throws Exception {
    long mzxid = 0;
    int last = 0;
    for (int i = 1; i <= changes; i++) {
      WatchedEvent event = events.next("change " + i);
      Expect.that(
          "a change of data: " + event,
          event.getType() == EventType.NodeDataChanged && event.getPath().equals(path));
      Stat stat = new Stat();
      int value = Integer.parseInt(text(reader.getData().storingStatIn(stat).forPath(path)));
      Expect.that(
          "read " + value + " after change " + i + " and " + last,
          value >= i && value >= last && stat.getMzxid() >= mzxid);
      mzxid = stat.getMzxid();
      Expect.same("version", value, stat.getVersion());
      last = value;
    }
    return last;
  }

  /**
   * Leaders come and go by close and by lost session; what a leader writes holds only while its own
   * znode stands.
   */
  private static void leader(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().forPath(context.root());
    witness.create().forPath(context.at("record"), bytes("none"));
    List<CuratorFramework> clients = new ArrayList<>();
    List<LeaderLatch> latches = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      clients.add(context.client(4_000));
      latches.add(
          context.keep(new LeaderLatch(clients.get(i), context.at("latch"), "candidate-" + i)));
      latches.get(i).start();
    }
    long fence = -1;
    for (int term = 0; term < 4; term++) {
      AtomicReference<LeaderLatch> found = new AtomicReference<>();
      Expect.until(
          "there is a leader",
          () -> {
            latches.stream().filter(LeaderLatch::hasLeadership).findFirst().ifPresent(found::set);
            return found.get() != null
                && govern(clients.get(latches.indexOf(found.get())), found.get(), context);
          });
      LeaderLatch leading = found.get();
      Expect.same("leaders", 1L, latches.stream().filter(LeaderLatch::hasLeadership).count());
      long sequence = Long.parseLong(text(witness.getData().forPath(context.at("record"))));
      Expect.that("fence " + sequence + " after " + fence, sequence > fence);
      fence = sequence;
      int index = latches.indexOf(leading);
      if (term % 2 == 0) leading.close();
      else {
        String path = leading.getOurPath();
        context.killSession(clients.get(index));
        Expect.same("the old leader's znode", null, witness.checkExists().forPath(path));
        Expect.until(
            "it has learnt of it",
            () -> !path.equals(leading.getOurPath()) || !leading.hasLeadership());
        leading.close();
      }
      latches.remove(index);
      clients.remove(index);
    }
    Expect.until(
        "the others stand by",
        () -> witness.getChildren().forPath(context.at("latch")).size() == latches.size());
  }

  /**
   * Writes the number of the leader's znode, on condition that the znode stands; false if it does
   * not.
   */
  private static boolean govern(CuratorFramework client, LeaderLatch latch, Context context)
      throws Exception {
    String path = latch.getOurPath();
    if (path == null) return false;
    String sequence = "" + Long.parseLong(path.substring(path.length() - 10));
    try {
      client
          .transaction()
          .forOperations(
              client.transactionOp().check().forPath(path),
              client.transactionOp().setData().forPath(context.at("record"), bytes(sequence)));
      return true;
    } catch (KeeperException.NoNodeException deposed) {
      return false;
    }
  }
}
