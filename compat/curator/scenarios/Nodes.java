package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.zookeeper.CreateMode;

/** Znodes that are kept alive, and members of groups. */
final class Nodes {
  private Nodes() {}

  static void register(Registry registry) {
    registry
        .add("node.persistent", Nodes::persistentNode)
        .add("node.persistent-session-killed", Nodes::sessionKilled)
        .add("node.persistent-ttl", Nodes::ttlNode)
        .add("node.group-member", Nodes::groupMember);
  }

  private static PersistentNode kept(
      Context context, CuratorFramework client, CreateMode mode, String name, Events<String> made)
      throws Exception {
    PersistentNode node =
        context.keep(new PersistentNode(client, mode, false, context.at(name), bytes("x")));
    node.getListenable().addListener(made::add);
    node.start();
    Expect.that("made", node.waitForInitialCreate(30, TimeUnit.SECONDS));
    return node;
  }

  private static void persistentNode(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Events<String> made = new Events<>();
    PersistentNode node = kept(context, context.client(), CreateMode.EPHEMERAL, "n", made);
    made.expect(context.at("n"));
    long czxid = witness.checkExists().forPath(context.at("n")).getCzxid();
    witness.delete().forPath(context.at("n"));
    made.expect(context.at("n"));
    Expect.that("another one", witness.checkExists().forPath(context.at("n")).getCzxid() > czxid);
    node.setData(bytes("y"));
    Expect.until(
        "its data is changed", () -> text(witness.getData().forPath(context.at("n"))).equals("y"));
    node.close();
    Expect.same("after the close", null, witness.checkExists().forPath(context.at("n")));
    PersistentNode numbered =
        kept(context, context.client(), CreateMode.PERSISTENT_SEQUENTIAL, "s-", made);
    Expect.that(
        "numbered: " + numbered.getActualPath(),
        numbered.getActualPath().matches(context.at("s-") + "\\d{10}"));
  }

  private static void sessionKilled(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client(4_000);
    Events<String> made = new Events<>();
    kept(context, client, CreateMode.EPHEMERAL, "n", made);
    made.expect(context.at("n"));
    long owner = witness.checkExists().forPath(context.at("n")).getEphemeralOwner();
    Expect.same("owner", Sessions.idOf(client), owner);
    context.killSession(client);
    made.expect(context.at("n"));
    Expect.that(
        "another owner",
        witness.checkExists().forPath(context.at("n")).getEphemeralOwner() != owner);
  }

  /**
   * It is touched more often than its time runs out, and goes some time after nobody touches it any
   * more.
   */
  private static void ttlNode(Context context) throws Exception {
    context.tidy();
    CuratorFramework witness = context.client();
    Events<String> touches = new Events<>();
    PersistentTtlNode node =
        context.keep(new PersistentTtlNode(context.client(), context.at("n"), 3_000, bytes("x")));
    String touched = context.at("n/" + PersistentTtlNode.DEFAULT_CHILD_NODE_NAME);
    node.start();
    Expect.that("made", node.waitForInitialCreate(30, TimeUnit.SECONDS));
    for (int i = 0; i < 4; i++) {
      witness.checkExists().usingWatcher(Watches.noting(touches)).forPath(touched);
      String touch = touches.next("a touch");
      Expect.that(
          "touched: " + touch,
          touch.equals("NodeDataChanged " + touched)
              || i == 0 && touch.equals("NodeCreated " + touched));
    }
    Expect.same("data", "x", text(witness.getData().forPath(context.at("n"))));
    node.close();
    Expect.until("it has gone", () -> witness.checkExists().forPath(context.at("n")) == null);
  }

  private static void groupMember(Context context) throws Exception {
    List<GroupMember> members = new ArrayList<>();
    List<CuratorFramework> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(context.client());
      members.add(
          context.keep(
              new GroupMember(clients.get(i), context.at("group"), "m" + i, bytes("data " + i))));
      members.get(i).start();
    }
    for (GroupMember member : members)
      Expect.until(
          "all are seen",
          () ->
              member.getCurrentMembers().keySet().equals(Set.of("m0", "m1", "m2", "m3"))
                  && text(member.getCurrentMembers().get("m2")).equals("data 2"));
    members.get(3).setThisData(bytes("new"));
    Expect.until(
        "new data", () -> text(members.get(0).getCurrentMembers().get("m3")).equals("new"));
    members.get(3).close();
    Expect.until("one has left", () -> members.get(0).getCurrentMembers().size() == 3);
    clients.get(2).close();
    Expect.until(
        "another one's client has left",
        () -> members.get(0).getCurrentMembers().keySet().equals(Set.of("m0", "m1")));
  }
}
