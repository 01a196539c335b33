package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;

/** What the framework itself adds: background work, protection, namespaces. */
final class Frameworks {
  private Frameworks() {}

  static void register(Registry registry) {
    registry
        .add("framework.background", Frameworks::background)
        .add("framework.background-order", Frameworks::backgroundOrder)
        .add("framework.protection", Frameworks::protection)
        .add("framework.protection-lost-reply", Frameworks::protectionLostReply)
        .add("framework.guaranteed-delete", Frameworks::guaranteedDelete)
        .add("framework.namespace", Frameworks::namespace)
        .add("framework.chroot", Frameworks::chroot);
  }

  private static void background(Context context) throws Exception {
    CuratorFramework client = context.client();
    Events<CuratorEvent> events = new Events<>();
    Events<CuratorEventType> general = new Events<>();
    client.getCuratorListenable().addListener((from, event) -> general.add(event.getType()));
    client
        .create()
        .inBackground((from, event) -> events.add(event))
        .forPath(context.root(), bytes("one"));
    client.getData().inBackground((from, event) -> events.add(event)).forPath(context.root());
    client.create().inBackground((from, event) -> events.add(event)).forPath(context.root());
    client
        .getChildren()
        .inBackground((from, event) -> events.add(event), "tag")
        .forPath(context.at("none"));
    client
        .checkExists()
        .inBackground((from, event) -> events.add(event))
        .forPath(context.at("none"));
    client
        .delete()
        .withVersion(7)
        .inBackground((from, event) -> events.add(event))
        .forPath(context.root());
    client.getACL().inBackground((from, event) -> events.add(event)).forPath(context.root());
    expect(events, CuratorEventType.CREATE, Code.OK);
    Expect.same("data", "one", text(expect(events, CuratorEventType.GET_DATA, Code.OK).getData()));
    expect(events, CuratorEventType.CREATE, Code.NODEEXISTS);
    Expect.same(
        "context", "tag", expect(events, CuratorEventType.CHILDREN, Code.NONODE).getContext());
    expect(events, CuratorEventType.EXISTS, Code.NONODE);
    expect(events, CuratorEventType.DELETE, Code.BADVERSION);
    Expect.same("acl", 1, expect(events, CuratorEventType.GET_ACL, Code.OK).getACLList().size());
    client.setData().inBackground().forPath(context.root(), bytes("two"));
    general.skipTo(
        "what has no callback goes to the listener", type -> type == CuratorEventType.SET_DATA);
    Expect.same("data", "two", text(client.getData().forPath(context.root())));
    client
        .create()
        .creatingParentsIfNeeded()
        .inBackground((from, event) -> events.add(event))
        .forPath(context.at("a/b/c"));
    expect(events, CuratorEventType.CREATE, Code.OK);
    client
        .delete()
        .deletingChildrenIfNeeded()
        .inBackground((from, event) -> events.add(event))
        .forPath(context.at("a"));
    expect(events, CuratorEventType.DELETE, Code.OK);
    Expect.same("left", 0, client.getChildren().forPath(context.root()).size());
  }

  private static CuratorEvent expect(Events<CuratorEvent> events, CuratorEventType type, Code code)
      throws Exception {
    CuratorEvent event = events.next(type.name());
    Expect.same(
        "event", type + " " + code, event.getType() + " " + Code.get(event.getResultCode()));
    return event;
  }

  /**
   * A thousand writes without waiting: answered in the order in which they were sent, each by its
   * version.
   */
  private static void backgroundOrder(Context context) throws Exception {
    CuratorFramework client = context.client();
    Events<Integer> versions = new Events<>();
    client.create().forPath(context.root());
    for (int i = 0; i < 1_000; i++)
      client
          .setData()
          .inBackground((from, event) -> versions.add(event.getStat().getVersion()))
          .forPath(context.root(), bytes("" + i));
    for (int i = 1; i <= 1_000; i++) versions.expect(i);
    Expect.same("last", "999", text(client.getData().forPath(context.root())));
  }

  private static void protection(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    String made =
        client
            .create()
            .withProtection()
            .withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
            .forPath(context.at("n-"));
    Expect.that(
        "the name of " + made, made.matches(context.root() + "/_c_[-0-9a-f]{36}-n-0000000000"));
    Expect.that("it is there", client.checkExists().forPath(made) != null);
  }

  /**
   * The znode is made and its name gets lost on the way: the client finds it again and makes no
   * second one.
   */
  private static void protectionLostReply(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    Events<String> events = new Events<>();
    witness.create().forPath(context.root());
    witness.getChildren().usingWatcher(Watches.noting(events)).forPath(context.root());
    relay.deafen();
    Context.Job<String> job =
        context.spawn(
            () ->
                client
                    .create()
                    .withProtection()
                    .withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
                    .forPath(context.at("n-")));
    events.expect("NodeChildrenChanged " + context.root());
    relay.cut();
    relay.mend();
    String made = job.result();
    Expect.same(
        "children",
        List.of(made.substring(context.root().length() + 1)),
        witness.getChildren().forPath(context.root()));
    Expect.same("cversion", 1, witness.checkExists().forPath(context.root()).getCversion());
  }

  /** A delete that finds no connection is done when there is one again. */
  private static void guaranteedDelete(Context context) throws Exception {
    CuratorFramework witness = context.client();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    Events<String> events = new Events<>();
    client.create().forPath(context.root());
    witness.checkExists().usingWatcher(Watches.noting(events)).forPath(context.root());
    relay.cut();
    client.delete().guaranteed().inBackground().forPath(context.root());
    relay.mend();
    events.expect("NodeDeleted " + context.root());
  }

  private static void namespace(Context context) throws Exception {
    CuratorFramework plain = context.client();
    String name = context.root().substring(1) + "/space";
    CuratorFramework client = context.client(builder -> builder.namespace(name));
    Events<String> events = new Events<>();
    client.checkExists().usingWatcher(Watches.noting(events)).forPath("/n");
    Expect.same("path", "/n", client.create().forPath("/n", bytes("x")));
    events.expect("NodeCreated /n");
    Expect.same("for others", "x", text(plain.getData().forPath("/" + name + "/n")));
    Expect.same("its children", List.of("n"), client.getChildren().forPath("/"));
    String numbered = client.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/s-");
    Expect.same("numbered", "/s-0000000001", numbered);
    Expect.same(
        "another",
        List.of("space"),
        client.usingNamespace(context.root().substring(1)).getChildren().forPath("/"));
    Expect.same(
        "of a transaction",
        "/t",
        client
            .transaction()
            .forOperations(client.transactionOp().create().forPath("/t"))
            .get(0)
            .getResultPath());
    Expect.that("below the namespace", plain.checkExists().forPath("/" + name + "/t") != null);
  }

  private static void chroot(Context context) throws Exception {
    CuratorFramework plain = context.client();
    plain.create().forPath(context.root());
    String address = context.server().address() + context.root();
    CuratorFramework client = context.client(builder -> builder.connectString(address));
    client.create().creatingParentsIfNeeded().forPath("/a/b", bytes("x"));
    Expect.same("for others", "x", text(plain.getData().forPath(context.at("a/b"))));
    Expect.same("children", List.of("a"), client.getChildren().forPath("/"));
    client
        .transaction()
        .forOperations(
            client.transactionOp().check().withVersion(0).forPath("/"),
            client.transactionOp().delete().forPath("/a/b"));
    Expect.same("children left", List.of(), plain.getChildren().forPath(context.at("a")));
  }
}
