package scenarios;

import static harness.Check.equal;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Secured;
import harness.Server;
import harness.World;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ClientInfo;

/** What the server knows of who asks. */
public final class WhoAmI {
  private WhoAmI() {}

  public static void whoAmI(World world) throws Exception {
    Server server = Secured.saslServer(world, "");
    ZooKeeper client = world.client(server.address());
    equal("[ip:127.0.0.1]", names(client), "at first");
    client.addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
    equal("[digest:ann, ip:127.0.0.1]", names(client), "after authentication");
    client.addAuthInfo("digest", "bob:secret".getBytes(UTF_8));
    client.addAuthInfo("digest", "ann:secret".getBytes(UTF_8));
    equal("[digest:ann, digest:bob, ip:127.0.0.1]", names(client), "with one more, and one again");
    String[][] logins = {{"Client", "bob", "secret"}};
    Secured.loggedIn(logins, () -> equal("[ip:127.0.0.1, sasl:bob]", names(world.client(server.address())), "logged in"));
    Sync.sync(world);
  }

  private static List<String> names(ZooKeeper client) throws Exception {
    List<ClientInfo> infos = client.whoAmI();
    return infos.stream().map(info -> info.getAuthScheme() + ":" + info.getUser()).sorted().collect(Collectors.toList());
  }
}
