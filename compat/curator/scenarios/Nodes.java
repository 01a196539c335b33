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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.details.ServiceCacheListener;
import org.apache.curator.x.discovery.strategies.RoundRobinStrategy;
import org.apache.zookeeper.CreateMode;

/** Znodes that are kept alive, members of groups, and services that are found by name. */
final class Nodes {
  private Nodes() {}

  static void register(Registry registry) {
    registry
        .add("node.persistent", Nodes::persistentNode)
        .add("node.persistent-session-killed", Nodes::sessionKilled)
        .add("node.persistent-ttl", Nodes::ttlNode)
        .add("node.group-member", Nodes::groupMember)
        .add("discovery.register", Nodes::discovery)
        .add("discovery.cache", Nodes::serviceCache)
        .add("discovery.provider", Nodes::provider)
        .add("discovery.session-killed", Nodes::discoverySessionKilled);
  }

  private static PersistentNode kept(Context context, CuratorFramework client, CreateMode mode, String name, Events<String> made) throws Exception {
    PersistentNode node = context.keep(new PersistentNode(client, mode, false, context.at(name), bytes("x")));
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
    Expect.until("its data is changed", () -> text(witness.getData().forPath(context.at("n"))).equals("y"));
    node.close();
    Expect.same("after the close", null, witness.checkExists().forPath(context.at("n")));
    PersistentNode numbered = kept(context, context.client(), CreateMode.PERSISTENT_SEQUENTIAL, "s-", made);
    Expect.that("numbered: " + numbered.getActualPath(), numbered.getActualPath().matches(context.at("s-") + "\\d{10}"));
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
    Expect.that("another owner", witness.checkExists().forPath(context.at("n")).getEphemeralOwner() != owner);
  }

  /** It is touched more often than its time runs out, and goes some time after nobody touches it any more. */
  private static void ttlNode(Context context) throws Exception {
    context.tidy();
    CuratorFramework witness = context.client();
    Events<String> touches = new Events<>();
    PersistentTtlNode node = context.keep(new PersistentTtlNode(context.client(), context.at("n"), 1_000, bytes("x")));
    String touched = context.at("n/" + PersistentTtlNode.DEFAULT_CHILD_NODE_NAME);
    node.start();
    Expect.that("made", node.waitForInitialCreate(30, TimeUnit.SECONDS));
    for (int i = 0; i < 4; i++) {
      witness.checkExists().usingWatcher(Watches.noting(touches)).forPath(touched);
      String touch = touches.next("a touch");
      Expect.that("touched: " + touch, touch.equals("NodeDataChanged " + touched) || i == 0 && touch.equals("NodeCreated " + touched));
    }
    Expect.same("data", "x", text(witness.getData().forPath(context.at("n"))));
    node.close();
    Expect.until("it has gone", () -> witness.checkExists().forPath(context.at("n")) == null);
  }

  private static void groupMember(Context context) throws Exception {
    List<GroupMember> members = new ArrayList<>();
    List<CuratorFramework> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      clients.add(context.client(4_000));
      members.add(context.keep(new GroupMember(clients.get(i), context.at("group"), "m" + i, bytes("data " + i))));
      members.get(i).start();
    }
    for (GroupMember member : members)
      Expect.until("all are seen", () -> member.getCurrentMembers().keySet().equals(Set.of("m0", "m1", "m2", "m3")) && text(member.getCurrentMembers().get("m2")).equals("data 2"));
    members.get(3).setThisData(bytes("new"));
    Expect.until("new data", () -> text(members.get(0).getCurrentMembers().get("m3")).equals("new"));
    members.get(3).close();
    Expect.until("one has left", () -> members.get(0).getCurrentMembers().size() == 3);
    clients.get(2).close();
    Expect.until("another one's client has left", () -> members.get(0).getCurrentMembers().keySet().equals(Set.of("m0", "m1")));
  }

  private static ServiceInstance<String> instance(String name, String id, int port) throws Exception {
    return ServiceInstance.<String>builder().name(name).id(id).address("10.0.0.1").port(port).payload("payload of " + id).build();
  }

  private static ServiceDiscovery<String> discovery(Context context, CuratorFramework client, boolean watch) throws Exception {
    ServiceDiscovery<String> discovery = context.keep(ServiceDiscoveryBuilder.builder(String.class).client(client).basePath(context.at("services")).watchInstances(watch).build());
    discovery.start();
    return discovery;
  }

  private static void discovery(Context context) throws Exception {
    ServiceDiscovery<String> own = discovery(context, context.client(), true);
    ServiceDiscovery<String> other = discovery(context, context.client(), false);
    ServiceInstance<String> web = instance("web", "one", 80);
    own.registerService(web);
    own.registerService(instance("web", "two", 81));
    own.registerService(instance("db", "three", 82));
    Expect.same("names", Set.of("web", "db"), Set.copyOf(other.queryForNames()));
    Expect.same("instances", Set.of("one", "two"), ids(other));
    Expect.same("payload", "payload of one", other.queryForInstance("web", "one").getPayload());
    own.updateService(instance("web", "one", 8080));
    Expect.same("port", 8080, other.queryForInstance("web", "one").getPort());
    own.unregisterService(web);
    Expect.same("instances left", Set.of("two"), ids(other));
    Expect.same("none", null, other.queryForInstance("web", "one"));
    Expect.same("unknown", 0, other.queryForInstances("unknown").size());
    own.close();
    Expect.same("after the close", Set.of(), ids(other));
  }

  private static Set<String> ids(ServiceDiscovery<String> discovery) throws Exception {
    return discovery.queryForInstances("web").stream().map(ServiceInstance::getId).collect(Collectors.toSet());
  }

  private static void serviceCache(Context context) throws Exception {
    ServiceDiscovery<String> own = discovery(context, context.client(), false);
    ServiceDiscovery<String> other = discovery(context, context.client(), false);
    Events<Integer> sizes = new Events<>();
    ServiceInstance<String> one = instance("web", "one", 80);
    own.registerService(one);
    ServiceCache<String> cache = context.keep(other.serviceCacheBuilder().name("web").build());
    cache.start();
    Expect.same("filled", List.of(one), cache.getInstances());
    cache.addListener(
        new ServiceCacheListener() {
          @Override
          public void cacheChanged() {
            sizes.add(cache.getInstances().size());
          }

          @Override
          public void stateChanged(CuratorFramework client, ConnectionState state) {}
        });
    own.registerService(instance("web", "two", 81));
    sizes.expect(2);
    own.unregisterService(one);
    sizes.expect(1);
    Expect.same("left", "two", cache.getInstances().get(0).getId());
  }

  private static void provider(Context context) throws Exception {
    ServiceDiscovery<String> discovery = discovery(context, context.client(), false);
    for (int i = 0; i < 3; i++) discovery.registerService(instance("web", "n" + i, 80 + i));
    ServiceProvider<String> provider = context.keep(discovery.serviceProviderBuilder().serviceName("web").providerStrategy(new RoundRobinStrategy<>()).build());
    provider.start();
    Expect.until("all are known", () -> provider.getAllInstances().size() == 3);
    Set<String> asked = Set.of(provider.getInstance().getId(), provider.getInstance().getId(), provider.getInstance().getId());
    Expect.same("each in turn", Set.of("n0", "n1", "n2"), asked);
  }

  /** A service whose session was ended is registered again by its own client. */
  private static void discoverySessionKilled(Context context) throws Exception {
    CuratorFramework witness = context.client();
    CuratorFramework client = context.client(4_000);
    discovery(context, client, false).registerService(instance("web", "one", 80));
    String path = context.at("services/web/one");
    long owner = witness.checkExists().forPath(path).getEphemeralOwner();
    CountDownLatch gone = new CountDownLatch(1);
    witness.checkExists().usingWatcher((org.apache.zookeeper.Watcher) event -> gone.countDown()).forPath(path);
    context.killSession(client);
    Expect.reached("the end of the registration", gone);
    Events<String> back = new Events<>();
    if (witness.checkExists().usingWatcher(Watches.noting(back)).forPath(path) == null) back.expect("NodeCreated " + path);
    Expect.that("another owner", witness.checkExists().forPath(path).getEphemeralOwner() != owner);
  }
}
