package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;

/** Sessions over a crash of the server. */
final class Restarts {
  private Restarts() {}

  static void register(Registry registry) {
    registry
        .add("sessions.reconnect-restart", Restarts::reconnectRestart)
        .add("sessions.lost-restart", Restarts::lostRestart);
  }

  private static void reconnectRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<ConnectionState> states = Sessions.statesOf(client);
    Events<ConnectionState> othersStates = Sessions.statesOf(other);
    Events<String> events = new Events<>();
    client.create().forPath(context.root(), bytes("kept"));
    for (int i = 0; i < 50; i++)
      client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("e" + i), bytes("" + i));
    client.getData().usingWatcher(Watches.noting(events)).forPath(context.root());
    client.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("later"));
    client
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(Watches.noting(events))
        .forPath(context.at("e0"));
    long before = Sessions.idOf(client);
    for (int round = 0; round < 2; round++) {
      context.server().kill();
      states.expect(ConnectionState.SUSPENDED);
      context.server().start();
      states.expect(ConnectionState.RECONNECTED);
      othersStates.skipTo("the other client", state -> state == ConnectionState.RECONNECTED);
      Expect.same("session", before, Sessions.idOf(client));
      Expect.same("ephemerals", 50, other.getChildren().forPath(context.root()).size());
      for (int i = 0; i < 50; i++) {
        Expect.same(
            "owner", before, other.checkExists().forPath(context.at("e" + i)).getEphemeralOwner());
        Expect.same("data", "" + i, text(other.getData().forPath(context.at("e" + i))));
      }
    }
    Expect.that(
        "no events of znodes", events.rest().stream().allMatch(event -> event.startsWith("None")));
    other.setData().forPath(context.root(), bytes("new"));
    other.create().forPath(context.at("later"));
    other.setData().forPath(context.at("e0"), bytes("new"));
    events.expectAll(
        "NodeDataChanged " + context.root(),
        "NodeCreated " + context.at("later"),
        "NodeDataChanged " + context.at("e0"));
    client.close();
    Expect.same("left", List.of("later"), other.getChildren().forPath(context.root()));
  }

  /**
   * The server stays away for longer than the client waits for its session; whatever it does then,
   * it has to work.
   */
  private static void lostRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client(Sessions.SHORT_MS);
    Events<ConnectionState> states = Sessions.statesOf(client);
    client.create().forPath(context.root());
    client.create().withMode(CreateMode.EPHEMERAL).forPath(context.at("e"));
    long before = Sessions.idOf(client);
    context.server().kill();
    states.expectAll(ConnectionState.SUSPENDED, ConnectionState.LOST);
    context.server().start();
    states.expect(ConnectionState.RECONNECTED);
    Events<String> events = new Events<>();
    CuratorFramework witness = context.client();
    if (Sessions.idOf(client) != before
        && witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.at("e"))
            != null) events.expect("NodeDeleted " + context.at("e"));
    Expect.same("data", 0, client.setData().forPath(context.root(), new byte[0]).getDataLength());
  }
}
