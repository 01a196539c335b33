package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.World.make;
import static harness.World.read;
import static harness.World.result;
import static harness.World.write;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Check;
import harness.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** A lock and a shared configuration; {@link Leader} is the third use. */
public final class Uses {
  private static final int LOCKERS = 10;
  private static final int ROUNDS = 15;
  private static final int READERS = 15;
  private static final int CHANGES = 200;

  private Uses() {}

  /** What the lock guards: a counter in ZooKeeper that is read and written without any condition. */
  public static void lock(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String line = make(client, world.root + "/lock");
    String counter = make(client, world.root + "/counter", "0", CreateMode.PERSISTENT);
    // Numbers of the holders in the order in which they came to write: a fence would refuse a smaller one.
    List<Long> fence = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Integer>> lockers = new ArrayList<>();
    for (int index = 0; index < LOCKERS; index++) {
      boolean crashes = index % 5 == 0;
      lockers.add(world.spawn(() -> hold(world, line, counter, fence, crashes)));
    }
    int total = 0;
    for (CompletableFuture<Integer> locker : lockers) total += result(locker);
    equal(LOCKERS * ROUNDS, total, "rounds");
    equal(total, read(client, counter), "counter");
    equal(total, client.exists(counter, false).getVersion(), "writes of the counter");
    List<Long> sorted = new ArrayList<>(fence);
    Collections.sort(sorted);
    equal(sorted, fence, "the fencing zxids go up");
    equal(total, sorted.stream().distinct().count(), "a zxid for each holder");
    equal("[]", World.children(client, line), "who is left in line");
  }

  private static int hold(World world, String line, String counter, List<Long> fence, boolean crashes) throws Exception {
    ZooKeeper client = world.client();
    for (int round = 0; round < ROUNDS; round++) {
      String place = Recipes.enter(client, line, "");
      Recipes.awaitFirst(client, line, place);
      int value = Integer.parseInt(read(client, counter));
      fence.add(client.exists(place, false).getCzxid());
      write(client, counter, String.valueOf(value + 1));
      if (!crashes || round % 4 != 3) {
        client.delete(place, -1);
        continue;
      }
      // Ends with the lock in its hands: the end of its session gives it back.
      client.close();
      client = world.client();
    }
    return ROUNDS;
  }

  /**
   * One writer sets the configuration and notes each change, in one transaction; every reader sees all notes in order, and never a
   * configuration that is older than a note that it has seen.
   */
  public static void config(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String current = make(client, world.root + "/current", "0", CreateMode.PERSISTENT);
    String notes = make(client, world.root + "/notes");
    List<CompletableFuture<Integer>> readers = new ArrayList<>();
    for (int index = 0; index < READERS; index++) readers.add(world.spawn(() -> follow(world, current, notes)));
    for (int change = 1; change <= CHANGES; change++) {
      byte[] data = String.valueOf(change).getBytes(UTF_8);
      client.multi(
          Arrays.asList(
              Op.setData(current, data, change - 1),
              Op.create(notes + "/n-", data, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL)));
    }
    for (CompletableFuture<Integer> reader : readers) equal(CHANGES, result(reader), "changes that a reader has seen");
  }

  private static int follow(World world, String current, String notes) throws Exception {
    ZooKeeper client = world.client();
    BlockingQueue<String> woken = new LinkedBlockingQueue<>();
    Watcher watcher = event -> woken.add(event.getType().name());
    int seen = 0;
    int last = 0;
    while (seen < CHANGES) {
      List<String> names = client.getChildren(notes, watcher);
      Collections.sort(names);
      holds(names.size() >= seen, "changes are gone again");
      for (String name : names.subList(seen, names.size())) {
        int change = Integer.parseInt(read(client, notes + "/" + name));
        equal(seen + 1, change, "the next change");
        seen = change;
      }
      int now = Integer.parseInt(read(client, current));
      holds(now >= seen && now >= last, "configuration " + now + " after change " + seen + " and configuration " + last);
      last = now;
      if (seen == CHANGES) break;
      if (woken.poll(Check.PATIENCE_SECONDS, TimeUnit.SECONDS) == null) throw new Check.Unmet("no event after change " + seen);
    }
    return seen;
  }
}
