package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

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
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** Sessions: what they own, how they end, and what lives on when the connection or the server does not. */
final class Sessions {
  private static final int SHORT_MS = 2_000;

  private Sessions() {}

  static void register(Registry registry) {
    registry
        .add("sessions.ephemerals", Sessions::ephemerals)
        .add("sessions.expiry", Sessions::expiry)
        .add("sessions.killed", Sessions::killed)
        .add("sessions.missed-events", Sessions::missedEvents)
        .add("sessions.reconnect-restart", Sessions::reconnectRestart)
        .add("sessions.lost-restart", Sessions::lostRestart)
        .add("sessions.close", Sessions::close);
  }

  static long idOf(CuratorFramework client) throws Exception {
    return client.getZookeeperClient().getZooKeeper().getSessionId();
  }

  /** The states of the connection after the first, which may be told late. */
  static Events<ConnectionState> statesOf(CuratorFramework client) {
    Events<ConnectionState> states = new Events<>();
    client.getConnectionStateListenable().addListener((from, state) -> {
      if (state != ConnectionState.CONNECTED) states.add(state);
    });
    return states;
  }

  private static void ephemerals(Context context) throws Exception {
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    client.create().forPath(context.root());
    for (int i = 0; i < 5; i++) client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("mine-" + i));
    other.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("theirs"));
    ZooKeeper handle = client.getZookeeperClient().getZooKeeper();
    Expect.same("getEphemerals", 5, handle.getEphemerals(context.root()).size());
    // What is asked for is how the path begins, not where it is.
    Expect.same("getEphemerals of a beginning", 5, handle.getEphemerals(context.at("mi")).size());
    Expect.same("owner", idOf(other), client.checkExists().forPath(context.at("theirs")).getEphemeralOwner());
    client.delete().forPath(context.at("mine-0"));
    Expect.fails("child", Code.NOCHILDRENFOREPHEMERALS, () -> other.create().forPath(context.at("mine-1/x")));
    client.close();
    Expect.same("left", List.of("theirs"), other.getChildren().forPath(context.root()));
  }

  /** The network fails for longer than the session lives: what it owned goes, and the client gets a new one. */
  private static void expiry(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()).sessionTimeoutMs(SHORT_MS));
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    client.create().creatingParentsIfNeeded().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
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
    Expect.same("owner", idOf(client), witness.checkExists().forPath(context.at("e")).getEphemeralOwner());
  }

  private static void killed(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client(4_000);
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    client.create().creatingParentsIfNeeded().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
    long before = idOf(client);
    witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("e"));
    context.killSession(client);
    events.expect("NodeDeleted " + context.at("e"));
    states.skipTo("LOST", state -> state == ConnectionState.LOST);
    states.expect(ConnectionState.RECONNECTED);
    Expect.that("another session", idOf(client) != before);
  }

  /** What happened while the client was away is told when it comes back, in one event for each watch. */
  private static void missedEvents(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    Events<ConnectionState> states = statesOf(client);
    Events<String> events = new Events<>();
    witness.create().forPath(context.root());
    for (String name : List.of("data", "deleted", "parent", "same")) witness.create().forPath(context.at(name));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("data"));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("deleted"));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.at("same"));
    client.getChildren().usingWatcher(Watches.noting(events)).forPath(context.at("parent"));
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("created"));
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("never"));
    long before = idOf(client);
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    for (String name : List.of("created", "parent/child")) witness.create().forPath(context.at(name));
    witness.setData().forPath(context.at("data"), bytes("1"));
    witness.delete().forPath(context.at("deleted"));
    events.skipTo("the end of the connection", event -> event.equals("None null"));
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.same("session", before, idOf(client));
    Set<String> told = new TreeSet<>();
    while (told.size() < 4) told.add(events.skipTo("what was missed " + told, event -> !event.startsWith("None")));
    Set<String> expected = Set.of("NodeCreated " + context.at("created"), "NodeDataChanged " + context.at("data"), "NodeDeleted " + context.at("deleted"), "NodeChildrenChanged " + context.at("parent"));
    Expect.same("told", new TreeSet<>(expected), told);
    client.sync().forPath("/");
    Expect.that("no more", events.rest().stream().allMatch(event -> event.startsWith("None")));
  }

  private static void reconnectRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<ConnectionState> states = statesOf(client);
    Events<ConnectionState> othersStates = statesOf(other);
    Events<String> events = new Events<>();
    client.create().forPath(context.root(), bytes("kept"));
    for (int i = 0; i < 50; i++) client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("e" + i), bytes("" + i));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.root());
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("later"));
    client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(Watches.noting(events)).forPath(context.at("e0"));
    long before = idOf(client);
    for (int round = 0; round < 2; round++) {
      context.server().kill();
      states.expect(ConnectionState.SUSPENDED);
      context.server().start();
      states.expect(ConnectionState.RECONNECTED);
      othersStates.skipTo("the other client", state -> state == ConnectionState.RECONNECTED);
      Expect.same("session", before, idOf(client));
      Expect.same("ephemerals", 50, other.getChildren().forPath(context.root()).size());
      for (int i = 0; i < 50; i++) {
        Expect.same("owner", before, other.checkExists().forPath(context.at("e" + i)).getEphemeralOwner());
        Expect.same("data", "" + i, text(other.getData().forPath(context.at("e" + i))));
      }
    }
    Expect.that("no events of znodes", events.rest().stream().allMatch(event -> event.startsWith("None")));
    other.setData().forPath(context.root(), bytes("new"));
    other.create().forPath(context.at("later"));
    other.setData().forPath(context.at("e0"), bytes("new"));
    events.expectAll("NodeDataChanged " + context.root(), "NodeCreated " + context.at("later"), "NodeDataChanged " + context.at("e0"));
    client.close();
    Expect.same("left", List.of("later"), other.getChildren().forPath(context.root()));
  }

  /** The server stays away for longer than the client waits for its session; whatever it does then, it has to work. */
  private static void lostRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client(SHORT_MS);
    Events<ConnectionState> states = statesOf(client);
    client.create().forPath(context.root());
    client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
    long before = idOf(client);
    context.server().kill();
    states.expectAll(ConnectionState.SUSPENDED, ConnectionState.LOST);
    context.server().start();
    states.expect(ConnectionState.RECONNECTED);
    Events<String> events = new Events<>();
    CuratorFramework witness = context.client();
    if (idOf(client) != before && witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("e")) != null)
      events.expect("NodeDeleted " + context.at("e"));
    Expect.same("data", 0, client.setData().forPath(context.root(), new byte[0]).getDataLength());
  }

  private static void close(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client();
    client.create().creatingParentsIfNeeded().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
    ZooKeeper handle = client.getZookeeperClient().getZooKeeper();
    long id = handle.getSessionId();
    byte[] passwd = handle.getSessionPasswd();
    client.close();
    // The answer to the close comes when it is done, so there is nothing to wait for.
    Expect.same("gone", null, witness.checkExists().forPath(context.at("e")));
    Expect.raises("use after close", IllegalStateException.class, () -> client.getData().forPath("/"));
    Events<Watcher.Event.KeeperState> states = new Events<>();
    try (ZooKeeper again = new ZooKeeper(context.server().address(), 20_000, event -> states.add(event.getState()), id, passwd)) {
      states.expect(Watcher.Event.KeeperState.Expired);
      Expect.same("alive", false, again.getState().isAlive());
    }
  }
}
