package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.AddWatchMode;
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
    client
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(Watches.noting(events))
        .forPath(context.root());
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
    Set<String> ended = new HashSet<>();
    Expect.same("its number", context.at("s-0000000003"), numbered);
    for (int i = 0; i < 2; i++)
      ended.add(events.skipTo("an end", end -> end.startsWith("NodeDeleted")));
    Expect.same(
        "ended", Set.of("NodeDeleted " + context.at("t"), "NodeDeleted " + numbered), ended);
    Expect.that(
        "a container with a child stays", client.checkExists().forPath(context.at("c")) != null);
    client.delete().forPath(context.at("c/child"));
    events.skipTo("its end", event -> event.equals("NodeDeleted " + context.at("c")));
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
