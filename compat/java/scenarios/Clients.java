package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.World.make;
import static harness.World.read;
import static harness.World.result;
import static harness.World.write;

import harness.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** Many clients at once. */
public final class Clients {
  private static final int CLIENTS = 60;
  private static final int STEPS = 60;

  private Clients() {}

  public static void many(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String shared = make(client, world.root + "/shared", "0", CreateMode.PERSISTENT);
    String alive = make(client, world.root + "/alive");
    CountDownLatch ready = new CountDownLatch(CLIENTS);
    CountDownLatch leave = new CountDownLatch(1);
    List<CompletableFuture<Long>> jobs = new ArrayList<>();
    for (int number = 0; number < CLIENTS; number++) {
      int mine = number;
      jobs.add(world.spawn(() -> work(world, mine, shared, alive, ready, leave)));
    }
    ready.await();
    equal(CLIENTS, client.getChildren(alive, false).size(), "ephemeral nodes while all are there");
    leave.countDown();
    Set<Long> sessions = new HashSet<>();
    for (CompletableFuture<Long> job : jobs) sessions.add(result(job));
    equal(CLIENTS, sessions.size(), "sessions");
    equal(0, client.getChildren(alive, false).size(), "ephemeral nodes once all have closed");
    equal(CLIENTS * STEPS / 4, read(client, shared), "the shared counter");
    for (int number = 0; number < CLIENTS; number++) {
      String own = world.root + "/own-" + number;
      equal(STEPS / 4, client.getChildren(own, false).size(), "children of " + own);
      equal(STEPS / 4, read(client, own), "data of " + own);
    }
  }

  private static Long work(World world, int number, String shared, String alive, CountDownLatch ready, CountDownLatch leave) throws Exception {
    ZooKeeper client = world.client();
    Random random = new Random(number);
    String own = make(client, world.root + "/own-" + number, "0", CreateMode.PERSISTENT);
    make(client, alive + "/" + number, "", CreateMode.EPHEMERAL);
    ready.countDown();
    for (int step = 0; step < STEPS; step++) {
      if (step % 4 == 0) raise(client, shared);
      else if (step % 4 == 1) make(client, own + "/n-", "x", CreateMode.PERSISTENT_SEQUENTIAL);
      else if (step % 4 == 2) client.multi(Arrays.asList(Op.check(own, step / 4), Op.setData(own, String.valueOf(step / 4 + 1).getBytes(), step / 4)));
      else look(client, world.root + "/own-" + random.nextInt(CLIENTS));
    }
    equal(STEPS / 4, read(client, own), "own data");
    leave.await();
    client.close();
    return client.getSessionId();
  }

  /** Adds one to the counter, as often as another is faster. */
  private static void raise(ZooKeeper client, String counter) throws Exception {
    for (;;) {
      Stat stat = new Stat();
      int value = Integer.parseInt(new String(client.getData(counter, false, stat)));
      equal(value, stat.getVersion(), "value and version of the counter");
      try {
        client.setData(counter, String.valueOf(value + 1).getBytes(), stat.getVersion());
        return;
      } catch (KeeperException.BadVersionException faster) {
        continue;
      }
    }
  }

  private static void look(ZooKeeper client, String other) throws Exception {
    try {
      client.getChildren(other, false);
      holds(read(client, other).length() > 0, "no data");
    } catch (KeeperException.NoNodeException early) {
      // It has not come yet.
    }
  }

  /** Sessions that come and go, one after the other in each of many threads. */
  public static void churn(World world) throws Exception {
    ZooKeeper client = world.rooted();
    List<CompletableFuture<Integer>> jobs = new ArrayList<>();
    for (int number = 0; number < 10; number++) {
      int mine = number;
      jobs.add(
          world.spawn(
              () -> {
                for (int round = 0; round < 15; round++) {
                  ZooKeeper one = world.client();
                  make(one, world.root + "/" + mine, String.valueOf(round), CreateMode.EPHEMERAL);
                  write(one, world.root + "/" + mine, "x");
                  one.close();
                }
                return mine;
              }));
    }
    for (CompletableFuture<Integer> job : jobs) result(job);
    equal("[]", World.children(client, world.root), "what is left");
    equal(300, client.exists(world.root, false).getCversion(), "cversion");
  }
}
