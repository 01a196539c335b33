package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.World.make;
import static harness.World.result;
import static harness.World.settle;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;

/** Calls with callbacks. */
public final class Async {
  private static final int PIPELINED = 9000;

  private Async() {}

  /** Each call once with success, once with an error, and what its callback gets. */
  public static void calls(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = world.root + "/node";
    String none = world.root + "/none";
    List<CompletableFuture<String>> got = new ArrayList<>();
    client.create(path, "one".getBytes(UTF_8), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (code, at, ctx, name) -> told(got, 0, code, at, ctx, name), 0);
    client.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (code, at, ctx, name) -> told(got, 1, code, at, ctx, name), 1);
    client.getData(path, false, (code, at, ctx, data, stat) -> told(got, 2, code, at, ctx, new String(data, UTF_8) + stat.getVersion()), 2);
    client.getData(none, false, (code, at, ctx, data, stat) -> told(got, 3, code, at, ctx, data), 3);
    client.setData(path, "two".getBytes(UTF_8), 0, (code, at, ctx, stat) -> told(got, 4, code, at, ctx, stat.getVersion()), 4);
    client.setData(path, null, 0, (code, at, ctx, stat) -> told(got, 5, code, at, ctx, stat), 5);
    client.exists(path, false, (code, at, ctx, stat) -> told(got, 6, code, at, ctx, stat.getDataLength()), 6);
    client.exists(none, false, (code, at, ctx, stat) -> told(got, 7, code, at, ctx, stat), 7);
    client.getChildren(world.root, false, (int code, String at, Object ctx, List<String> names) -> told(got, 8, code, at, ctx, names), 8);
    client.getChildren(world.root, false, (int code, String at, Object ctx, List<String> names, Stat stat) -> told(got, 9, code, at, ctx, names + " " + stat.getNumChildren()), 9);
    client.getACL(path, new Stat(), (int code, String at, Object ctx, List<ACL> acl, Stat stat) -> told(got, 10, code, at, ctx, acl.size()), 10);
    client.setACL(path, Ids.READ_ACL_UNSAFE, 0, (code, at, ctx, stat) -> told(got, 11, code, at, ctx, stat.getAversion()), 11);
    // Apache checks a write that it takes while setACL is under way against the old ACL.
    settle(client);
    client.setData(path, null, -1, (code, at, ctx, stat) -> told(got, 12, code, at, ctx, stat), 12);
    client.sync(path, (code, at, ctx) -> told(got, 13, code, at, ctx, ""), 13);
    client.delete(path, 0, (code, at, ctx) -> told(got, 14, code, at, ctx, ""), 14);
    client.delete(path, 1, (code, at, ctx) -> told(got, 15, code, at, ctx, ""), 15);
    CompletableFuture<String> last = new CompletableFuture<>();
    client.delete(path, 1, (code, at, ctx) -> last.complete(code + " " + at), null);
    equal("-101 " + path, result(last), "the last");
    List<String> texts = new ArrayList<>();
    for (CompletableFuture<String> each : got) texts.add(result(each).replace(world.root, ""));
    List<String> wanted =
        List.of(
            "0 0 /node 0 " + world.root + "/node", "1 -110 /node 1 null", "2 0 /node 2 one0", "3 -101 /none 3 null", "4 0 /node 4 1",
            "5 -103 /node 5 null", "6 0 /node 6 3", "7 -101 /none 7 null", "8 0  8 [node]", "9 0  9 [node] 1", "10 0 /node 10 1",
            "11 0 /node 11 1", "12 -102 /node 12 null", "13 0 /node 13 ", "14 -103 /node 14 ", "15 0 /node 15 ");
    for (int index = 0; index < wanted.size(); index++) equal(wanted.get(index).replace(world.root, ""), texts.get(index), "call " + index);
    equal(wanted.size(), texts.size(), "callbacks");
  }

  /** All callbacks run in one thread, in the order of the calls. */
  private static void told(List<CompletableFuture<String>> got, int call, int code, String path, Object context, Object result) {
    got.add(CompletableFuture.completedFuture(call + " " + code + " " + path + " " + context + " " + result));
  }

  /** Thousands of requests under way at once: answered in order, each for itself. */
  public static void pipeline(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String path = make(client, world.root + "/counter");
    CountDownLatch done = new CountDownLatch(PIPELINED);
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger wrong = new AtomicInteger();
    for (int index = 0; index < PIPELINED; index++) {
      int call = index;
      int writes = index / 3 + 1;
      switch (index % 3) {
        case 0:
          client.setData(path, String.valueOf(index).getBytes(UTF_8), writes - 1, (code, at, ctx, stat) -> {
            if (code != 0 || stat.getVersion() != writes) wrong.incrementAndGet();
            order.add(call);
            done.countDown();
          }, null);
          break;
        case 1:
          client.getData(path, false, (code, at, ctx, data, stat) -> {
            if (code != 0 || !new String(data, UTF_8).equals(String.valueOf(call - 1))) wrong.incrementAndGet();
            order.add(call);
            done.countDown();
          }, null);
          break;
        default:
          client.delete(path, writes + 7, (code, at, ctx) -> {
            if (code != -103) wrong.incrementAndGet();
            order.add(call);
            done.countDown();
          }, null);
      }
    }
    holds(done.await(60, TimeUnit.SECONDS), done.getCount() + " calls are not answered");
    equal(0, wrong.get(), "wrong answers");
    for (int index = 0; index < PIPELINED; index++) equal(index, order.get(index), "order");
  }

  /** A client's own writes and the events of its watches: an event comes before the answer to the write that made it. */
  public static void ordering(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    Watcher watcher = event -> heard.add("event " + event.getPath().substring(world.root.length() + 1));
    CountDownLatch done = new CountDownLatch(1000);
    for (int index = 0; index < 1000; index++) {
      String path = world.root + "/" + index;
      int number = index;
      client.exists(path, watcher, (code, at, ctx, stat) -> heard.add("laid " + number), null);
      client.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, (code, at, ctx, name) -> {
        heard.add("made " + number);
        done.countDown();
      }, null);
      // Somebody else's load in between.
      other.setData(world.root, null, -1, (code, at, ctx, stat) -> {}, null);
    }
    holds(done.await(60, TimeUnit.SECONDS), done.getCount() + " calls are not answered");
    List<String> wanted = new ArrayList<>();
    for (int index = 0; index < 1000; index++) Collections.addAll(wanted, "laid " + index, "event " + index, "made " + index);
    equal(wanted.size(), heard.size(), "callbacks");
    for (int index = 0; index < wanted.size(); index++) equal(wanted.get(index), heard.get(index), "callback " + index);
  }
}
