package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** Sessions: what they own, how they end, and what lives on when the connection does not. */
final class Sessions {
  static final int SHORT_MS = 2_000;

  private Sessions() {}

  static void register(Registry registry) {
    registry
        .add("sessions.ephemerals", Sessions::ephemerals)
        .add("sessions.expiry", Sessions::expiry)
        .add("sessions.killed", Sessions::killed)
        .add("sessions.missed-events", Sessions::missedEvents)
        .add("sessions.close", Sessions::close);
  }

  static long idOf(CuratorFramework client) throws Exception {
    return client.getZookeeperClient().getZooKeeper().getSessionId();
  }

  /** The states of the connection after the first, which may be told late. */
  static Events<ConnectionState> statesOf(CuratorFramework client) {
    Events<ConnectionState> states = new Events<>();
    client
        .getConnectionStateListenable()
        .addListener(
            (from, state) -> {
              if (state != ConnectionState.CONNECTED) states.add(state);
            });
    return states;
  }

  private static void ephemerals(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    client.create().forPath(context.root());
    for (int i = 0; i < 5; i++)
      client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("mine-" + i));
    other.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("theirs"));
    ZooKeeper handle = client.getZookeeperClient().getZooKeeper();
    Expect.same("getEphemerals", 5, handle.getEphemerals(context.root()).size());
    // What is asked for is how the path begins, not where it is.
    Expect.same("getEphemerals of a beginning", 5, handle.getEphemerals(context.at("mi")).size());
    Expect.same(
        "owner",
        idOf(other),
        client.checkExists().forPath(context.at("theirs")).getEphemeralOwner());
    client.delete().forPath(context.at("mine-0"));
    Expect.fails(
        "child",
        Code.NOCHILDRENFOREPHEMERALS,
        () -> other.create().forPath(context.at("mine-1/x")));
    client.close();
    Expect.same("left", List.of("theirs"), other.getChildren().forPath(context.root()));
  }

  /**
   * The network fails for longer than the session lives: what it owned goes, and the client gets a
   * new one.
   */
  private static void expiry(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client =
        context.client(
            builder -> builder.connectString(relay.address()).sessionTimeoutMs(SHORT_MS));
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    client
        .create()
        .creatingParentsIfNeeded()
        .withMode(CreateMode.EPHEMERAL)
        .forPath(context.at("e"));
    long before = idOf(client);
    witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("e"));
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    events.expect("NodeDeleted " + context.at("e"));
    states.expect(ConnectionState.LOST);
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.that("another session", idOf(client) != before);
    client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
    Expect.same(
        "owner", idOf(client), witness.checkExists().forPath(context.at("e")).getEphemeralOwner());
  }

  private static void killed(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client(4_000);
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    client
        .create()
        .creatingParentsIfNeeded()
        .withMode(CreateMode.EPHEMERAL)
        .forPath(context.at("e"));
    long before = idOf(client);
    witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("e"));
    context.killSession(client);
    events.expect("NodeDeleted " + context.at("e"));
    states.skipTo("LOST", state -> state == ConnectionState.LOST);
    states.expect(ConnectionState.RECONNECTED);
    Expect.that("another session", idOf(client) != before);
  }

  /**
   * What happened while the client was away is told when it comes back, in one event for each
   * watch.
   */
  private static void missedEvents(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    witness.create().forPath(context.root());
    for (String name : List.of("data", "deleted", "parent", "same"))
      witness.create().forPath(context.at(name));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("data"));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("deleted"));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("same"));
    client.getChildren().usingWatcher(Watches.noting(events)).forPath(context.at("parent"));
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("created"));
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("never"));
    long before = idOf(client);
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    for (String name : List.of("created", "parent/child"))
      witness.create().forPath(context.at(name));
    witness.setData().forPath(context.at("data"), bytes("1"));
    witness.delete().forPath(context.at("deleted"));
    events.skipTo("the end of the connection", event -> event.equals("None null"));
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.same("session", before, idOf(client));
    Set<String> told = new TreeSet<>();
    while (told.size() < 4)
      told.add(events.skipTo("what was missed " + told, event -> !event.startsWith("None")));
    Set<String> expected =
        Set.of(
            "NodeCreated " + context.at("created"),
            "NodeDataChanged " + context.at("data"),
            "NodeDeleted " + context.at("deleted"),
            "NodeChildrenChanged " + context.at("parent"));
    Expect.same("told", new TreeSet<>(expected), told);
    client.sync().forPath("/");
    Expect.that("no more", events.rest().stream().allMatch(event -> event.startsWith("None")));
  }

  private static void close(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client();
    client
        .create()
        .creatingParentsIfNeeded()
        .withMode(CreateMode.EPHEMERAL)
        .forPath(context.at("e"));
    ZooKeeper handle = client.getZookeeperClient().getZooKeeper();
    long id = handle.getSessionId();
    byte[] passwd = handle.getSessionPasswd();
    client.close();
    // The answer to the close comes when it is done, so there is nothing to wait for.
    Expect.same("gone", null, witness.checkExists().forPath(context.at("e")));
    Expect.raises(
        "use after close", IllegalStateException.class, () -> client.getData().forPath("/"));
    Events<Watcher.Event.KeeperState> states = new Events<>();
    try (ZooKeeper again =
        new ZooKeeper(
            context.server().address(),
            20_000,
            event -> states.add(event.getState()),
            id,
            passwd)) {
      states.expect(Watcher.Event.KeeperState.Expired);
      Expect.same("alive", false, again.getState().isAlive());
    }
  }
}
