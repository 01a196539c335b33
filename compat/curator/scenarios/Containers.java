package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.CreateMode;

/** Znodes that go by themselves. */
final class Containers {
  private Containers() {}

  static void register(Registry registry) {
    registry
        .add("znodes.ttl-container", Containers::ttlContainer)
        .add("framework.container-parents", Containers::containerParents);
  }

  private static void ttlContainer(Context context) throws Exception {
    context.tidy();
    CuratorFramework client = context.client();
    Events<String> events = new Events<>();
    client.create().forPath(context.root());
    client.create().withMode(CreateMode.CONTAINER).forPath(context.at("c"));
    client.create().forPath(context.at("c/child"));
    client
        .create()
        .withTtl(400)
        .withMode(CreateMode.PERSISTENT_WITH_TTL)
        .forPath(context.at("t"), bytes("x"));
    client
        .create()
        .withTtl(60_000)
        .withMode(CreateMode.PERSISTENT_WITH_TTL)
        .forPath(context.at("long"));
    String numbered =
        client
            .create()
            .withTtl(400)
            .withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL)
            .forPath(context.at("s-"));
    Expect.same("its number", context.at("s-0000000003"), numbered);
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("t"));
    events.expect("NodeDeleted " + context.at("t"));
    Events<String> second = new Events<>();
    if (client.checkExists().usingWatcher(Watches.noting(second)).forPath(numbered) != null)
      second.expect("NodeDeleted " + numbered);
    Expect.that(
        "a container with a child stays",
        client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("c")) != null);
    client.delete().forPath(context.at("c/child"));
    events.expect("NodeDeleted " + context.at("c"));
    Expect.same("left", List.of("long"), client.getChildren().forPath(context.root()));
  }

  /** Parents that are made on the way are containers, and go when their last child has gone. */
  private static void containerParents(Context context) throws Exception {
    context.tidy();
    CuratorFramework client = context.client();
    Events<String> events = new Events<>();
    client.create().creatingParentContainersIfNeeded().forPath(context.at("a/b/leaf"));
    client.createContainers(context.at("made"));
    Expect.same("children", 1, client.getChildren().forPath(context.at("a/b")).size());
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.root());
    client.delete().forPath(context.at("a/b/leaf"));
    // One that never had a child stays: it goes only after its first and last one has gone.
    client.create().forPath(context.at("made/child"));
    client.delete().forPath(context.at("made/child"));
    events.expect("NodeDeleted " + context.root());
  }
}
