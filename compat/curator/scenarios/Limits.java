package scenarios;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.client.ZKClientConfig;

/** Where znodes end: bad paths, large data, many children. */
final class Limits {
  /**
   * The largest frame that a server takes as it comes, and what a setData adds to path and data in
   * it.
   */
  private static final int FRAME_MAX = 0xfffff;

  private static final int SET_DATA_OVERHEAD = 20;
  private static final int MANY = 20_500;

  private Limits() {}

  static void register(Registry registry) {
    registry
        .add("znodes.bad-paths", Limits::badPaths)
        .add("znodes.big-data", Limits::bigData)
        .add("znodes.many-children", Limits::manyChildren);
  }

  private static void badPaths(Context context) throws Exception {
    CuratorFramework client = context.client();
    for (String path :
        List.of(
            "",
            "relative",
            context.at("a//b"),
            context.at("a/"),
            context.at("./a"),
            context.at("a/.."),
            context.at("nul\u0000"),
            context.at("😀")))
      Expect.raises(
          "create " + path, IllegalArgumentException.class, () -> client.create().forPath(path));
    Expect.fails("delete the root", Code.BADARGUMENTS, () -> client.delete().forPath("/"));
    Expect.fails(
        "delete a system node", Code.BADARGUMENTS, () -> client.delete().forPath("/zookeeper"));
    Expect.fails(
        "child of nothing",
        Code.NONODE,
        () -> client.create().forPath(context.at("no/such/parent")));
    Expect.same(
        "names of any script",
        context.at("Größe-大きさ"),
        client.create().creatingParentsIfNeeded().forPath(context.at("Größe-大きさ")));
    Expect.same(
        "they come back", List.of("Größe-大きさ"), client.getChildren().forPath(context.root()));
  }

  private static void bigData(Context context) throws Exception {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty("jute.maxbuffer", "4194304");
    // One retry: a frame that is too long ends the connection, every time.
    CuratorFramework client =
        context.client(builder -> builder.zkClientConfig(config).retryPolicy(new RetryOneTime(50)));
    String path = context.root();
    client.create().forPath(path);
    int fits = FRAME_MAX - SET_DATA_OVERHEAD - path.length();
    byte[] data = new byte[fits];
    for (int i = 0; i < fits; i++) data[i] = (byte) (i * 31 >> 3);
    Expect.same(
        "the longest that fits", fits, client.setData().forPath(path, data).getDataLength());
    Expect.that("it comes back", Arrays.equals(data, client.getData().forPath(path)));
    Expect.raises(
        "one byte more",
        KeeperException.ConnectionLossException.class,
        () -> client.setData().forPath(path, new byte[fits + 1]));
    Expect.same("what is kept", fits, client.checkExists().forPath(path).getDataLength());
    client.setData().forPath(path, new byte[0]);
  }

  private static void manyChildren(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    Events<CuratorEvent> done = new Events<>();
    for (int i = 0; i < MANY; i++)
      client
          .create()
          .inBackground((from, event) -> done.add(event))
          .forPath(context.at("child-" + i));
    for (int i = 0; i < MANY; i++) Expect.same("create", 0, done.next("a create").getResultCode());
    Set<String> names = new HashSet<>(client.getChildren().forPath(context.root()));
    Expect.same("names", MANY, names.size());
    Expect.that(
        "each is there",
        java.util.stream.IntStream.range(0, MANY).allMatch(i -> names.contains("child-" + i)));
    Expect.same("count", MANY, client.checkExists().forPath(context.root()).getNumChildren());
  }
}
