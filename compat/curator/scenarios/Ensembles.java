package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Server;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.curator.ensemble.fixed.FixedEnsembleProvider;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Stat;

/**
 * What a client can ask of the server itself: who it is to it, and what it says of the ensemble.
 */
final class Ensembles {
  private Ensembles() {}

  static void register(Registry registry) {
    registry
        .add("sync-whoami", Ensembles::syncWhoami)
        .add("config-node", Ensembles::configNode)
        .add("framework.ensemble-tracker", Ensembles::ensembleTracker);
  }

  private static void syncWhoami(Context context) throws Exception {
    CuratorFramework client =
        context.client(builder -> builder.authorization("digest", bytes("ann:secret")));
    Events<CuratorEvent> events = new Events<>();
    client.sync().forPath("/");
    client.sync().inBackground((from, event) -> events.add(event), "tag").forPath("/no/such/node");
    CuratorEvent event = events.next("sync");
    Expect.same(
        "sync",
        "SYNC 0 tag /no/such/node",
        event.getType()
            + " "
            + event.getResultCode()
            + " "
            + event.getContext()
            + " "
            + event.getPath());
    List<ClientInfo> infos = client.getZookeeperClient().getZooKeeper().whoAmI();
    Map<String, String> users =
        infos.stream().collect(Collectors.toMap(ClientInfo::getAuthScheme, ClientInfo::getUser));
    Expect.same("who", Map.of("ip", "127.0.0.1", "digest", "ann"), users);
  }

  private static void configNode(Context context) throws Exception {
    CuratorFramework client = context.client();
    Stat stat = new Stat();
    Events<String> events = new Events<>();
    byte[] config =
        client.getConfig().storingStatIn(stat).usingWatcher(Watches.noting(events)).forEnsemble();
    Expect.same("of a server alone", 0, config.length);
    Expect.same("as a znode", "0", "" + client.getData().forPath("/zookeeper/config").length);
    Expect.same(
        "acl",
        "r",
        client.getACL().forPath("/zookeeper/config").get(0).getPerms() == 1 ? "r" : "other");
    Expect.fails(
        "write", Code.NOAUTH, () -> client.setData().forPath("/zookeeper/config", bytes("x")));
    Expect.fails(
        "reconfig",
        Code.RECONFIGDISABLED,
        () -> client.reconfig().joining("server.9=127.0.0.1:1:2;3").forEnsemble());
    Events<CuratorEvent> background = new Events<>();
    client.getConfig().inBackground((from, event) -> background.add(event)).forEnsemble();
    Expect.same(
        "in background", CuratorEventType.GET_CONFIG, background.next("the answer").getType());
  }

  /** What the configuration's znode says of the ensemble becomes the connect string. */
  private static void ensembleTracker(Context context) throws Exception {
    Server server = context.ownServer("");
    FixedEnsembleProvider provider = new FixedEnsembleProvider("localhost:" + server.port(), true);
    CuratorFramework client =
        context.client(builder -> builder.ensembleProvider(provider).ensembleTracker(true));
    CuratorFramework operator =
        context.client(builder -> builder.authorization("digest", bytes(Server.SUPER)));
    String member = "server.1=127.0.0.1:28888:38888:participant;127.0.0.1:" + server.port();
    operator.setData().forPath("/zookeeper/config", bytes(member + "\nversion=100000000"));
    Expect.until(
        "the connect string has changed",
        () -> provider.getConnectionString().equals(server.address()));
    Expect.same("members", 1, client.getCurrentConfig().getAllMembers().size());
    Expect.same("version", 0x100000000L, client.getCurrentConfig().getVersion());
    client.create().forPath(context.root());
  }
}
