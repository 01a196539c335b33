package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.Check.refused;
import static harness.World.make;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Events;
import harness.World;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** Much data in one node, and many nodes in one. */
public final class Sizes {
  /** jute.maxbuffer of a server that is not told otherwise: the largest frame that it takes. */
  private static final int FRAME_BYTES_MAX = 0xfffff;

  private static final int CHILDREN = 25_000;

  private Sizes() {}

  public static void bigData(World world) throws Exception {
    world.rooted();
    Events states = Events.ofConnection();
    ZooKeeper client = world.client(world.server().address(), World.SESSION_MS, states);
    states.expect("SyncConnected");
    String path = make(client, world.root + "/big");
    // setData: header, path, data, version. The answer to getData is longer than that by less than 100 bytes.
    int most = FRAME_BYTES_MAX - 8 - 4 - path.getBytes(UTF_8).length - 4 - 4;
    byte[] readable = pattern(most - 100);
    equal(1, client.setData(path, readable, -1).getVersion(), "version");
    holds(Arrays.equals(readable, client.getData(path, false, null)), "the data comes back changed");
    client.setData(path, pattern(most), -1);
    equal(most, client.exists(path, false).getDataLength(), "length of a request of exactly the limit");
    long session = client.getSessionId();
    refused(Code.CONNECTIONLOSS, () -> client.setData(path, pattern(most + 1), -1));
    states.expect("Disconnected", "SyncConnected");
    equal(session, client.getSessionId(), "the session goes on");
    equal("[2, " + most + "]", List.of(client.exists(path, false).getVersion(), client.exists(path, false).getDataLength()), "what is stored");
  }

  private static byte[] pattern(int length) {
    byte[] data = new byte[length];
    for (int index = 0; index < length; index++) data[index] = (byte) (index * 31 + index / 251);
    return data;
  }

  public static void manyChildren(World world) throws Exception {
    ZooKeeper client = world.rooted();
    CountDownLatch made = new CountDownLatch(CHILDREN);
    AtomicInteger wrong = new AtomicInteger();
    AsyncCallback.StringCallback callback =
        (code, path, context, name) -> {
          if (code != 0) wrong.incrementAndGet();
          made.countDown();
        };
    for (int index = 0; index < CHILDREN; index++)
      client.create(name(world, index), null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, callback, null);
    holds(made.await(60, TimeUnit.SECONDS), made.getCount() + " creates are not answered");
    equal(0, wrong.get(), "failed creates");
    List<String> names = client.getChildren(world.root, false);
    equal(CHILDREN, names.size(), "children");
    Set<String> distinct = new HashSet<>(names);
    for (int index = 0; index < CHILDREN; index++)
      holds(distinct.contains(name(world, index).substring(world.root.length() + 1)), "child " + index + " is missing");
    equal("[25000, 25000]", List.of(client.exists(world.root, false).getNumChildren(), client.exists(world.root, false).getCversion()), "counts");

    CountDownLatch gone = new CountDownLatch(CHILDREN);
    for (int index = 0; index < CHILDREN; index++)
      client.delete(name(world, index), 0, (code, path, context) -> {
        if (code != 0) wrong.incrementAndGet();
        gone.countDown();
      }, null);
    holds(gone.await(60, TimeUnit.SECONDS), gone.getCount() + " deletes are not answered");
    equal(0, wrong.get(), "failed deletes");
    equal("[0, 50000]", List.of(client.exists(world.root, false).getNumChildren(), client.exists(world.root, false).getCversion()), "counts after the deletes");
  }

  private static String name(World world, int index) {
    return String.format("%s/child-%05d", world.root, index);
  }
}
