package scenarios;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.details.ServiceCacheListener;
import org.apache.curator.x.discovery.strategies.RoundRobinStrategy;

/** Services that are found by name. */
final class Discovery {
  private Discovery() {}

  static void register(Registry registry) {
    registry
        .add("discovery.register", Discovery::registration)
        .add("discovery.cache", Discovery::serviceCache)
        .add("discovery.provider", Discovery::provider)
        .add("discovery.session-killed", Discovery::discoverySessionKilled);
  }

  private static ServiceInstance<String> instance(String name, String id, int port)
      throws Exception {
    return ServiceInstance.<String>builder()
        .name(name)
        .id(id)
        .address("10.0.0.1")
        .port(port)
        .payload("payload of " + id)
        .build();
  }

  private static ServiceDiscovery<String> discovery(
      Context context, CuratorFramework client, boolean watch) throws Exception {
    ServiceDiscovery<String> discovery =
        context.keep(
            ServiceDiscoveryBuilder.builder(String.class)
                .client(client)
                .basePath(context.at("services"))
                .watchInstances(watch)
                .build());
    discovery.start();
    return discovery;
  }

  private static Set<String> ids(ServiceDiscovery<String> discovery) throws Exception {
    return discovery.queryForInstances("web").stream()
        .map(ServiceInstance::getId)
        .collect(Collectors.toSet());
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
    ServiceProvider<String> provider =
        context.keep(
            discovery
                .serviceProviderBuilder()
                .serviceName("web")
                .providerStrategy(new RoundRobinStrategy<>())
                .build());
    provider.start();
    Expect.until("all are known", () -> provider.getAllInstances().size() == 3);
    Set<String> asked =
        Set.of(
            provider.getInstance().getId(),
            provider.getInstance().getId(),
            provider.getInstance().getId());
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
    witness
        .checkExists()
        .usingWatcher((org.apache.zookeeper.Watcher) event -> gone.countDown())
        .forPath(path);
    context.killSession(client);
    Expect.reached("the end of the registration", gone);
    Events<String> back = new Events<>();
    if (witness.checkExists().usingWatcher(Watches.noting(back)).forPath(path) == null)
      back.expect("NodeCreated " + path);
    Expect.that("another owner", witness.checkExists().forPath(path).getEphemeralOwner() != owner);
  }

  private static void registration(Context context) throws Exception {
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
}
