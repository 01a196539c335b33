package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import harness.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.ClientCnxnSocketNetty;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;

/** TLS and SASL, against a server that has both. */
final class Secure {
  private Secure() {}

  static void register(Registry registry) {
    Configuration.setConfiguration(new Logins());
    registry
        .add("auth.sasl", Secure::sasl)
        .add("auth.sasl-wrong-password", Secure::saslWrongPassword)
        .add("tls.server", Secure::tlsServer)
        .add("tls.client-cert", Secure::tlsClientCertificate);
  }

  /** The JAAS sections of the clients: one for each way to log in. */
  private static final class Logins extends Configuration {
    @Override
    public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
      String password = Map.of("Bob", "secret", "WrongBob", "wrong").get(name);
      if (password == null) return null;
      String module = "org.apache.zookeeper.server.auth.DigestLoginModule";
      Map<String, String> options = Map.of("username", "bob", "password", password);
      return new AppConfigurationEntry[] {
        new AppConfigurationEntry(module, LoginModuleControlFlag.REQUIRED, options)
      };
    }
  }

  private static ZKClientConfig login(String section) {
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "true");
    config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, section);
    // The client as it comes refuses DIGEST-MD5.
    config.setProperty("zookeeper.fips-mode", "false");
    return config;
  }

  private static void sasl(Context context) throws Exception {
    context.secured();
    CuratorFramework bob = context.client(builder -> builder.zkClientConfig(login("Bob")));
    CuratorFramework nobody = context.client();
    nobody.create().forPath(context.root());
    bob.create().withACL(Ids.CREATOR_ALL_ACL).forPath(context.at("private"), bytes("x"));
    Expect.same(
        "acl",
        List.of(new ACL(Perms.ALL, new Id("sasl", "bob"))),
        bob.getACL().forPath(context.at("private")));
    Expect.same("read", "x", text(bob.getData().forPath(context.at("private"))));
    Expect.fails(
        "read as nobody", Code.NOAUTH, () -> nobody.getData().forPath(context.at("private")));
    List<ClientInfo> infos = bob.getZookeeperClient().getZooKeeper().whoAmI();
    Expect.that("whoAmI tells of bob: " + infos, infos.contains(new ClientInfo("sasl", "bob")));
  }

  private static void saslWrongPassword(Context context) throws Exception {
    context.secured();
    CuratorFramework client =
        context.unstarted(
            builder ->
                builder
                    .zkClientConfig(login("WrongBob"))
                    .retryPolicy(new RetryNTimes(0, 0))
                    .connectionTimeoutMs(3_000));
    client.start();
    Expect.raises(
        "use with a wrong password",
        KeeperException.AuthFailedException.class,
        () -> client.create().withACL(Ids.CREATOR_ALL_ACL).forPath(context.root()));
  }

  private static ZKClientConfig tls(Context context, String keys, String trust) throws IOException {
    String password = Files.readString(context.fixtures().resolve("password.txt")).trim();
    ZKClientConfig config = new ZKClientConfig();
    config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
    config.setProperty(
        ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, ClientCnxnSocketNetty.class.getName());
    if (keys != null) {
      config.setProperty(
          "zookeeper.ssl.keyStore.location", context.fixtures().resolve(keys).toString());
      config.setProperty("zookeeper.ssl.keyStore.password", keys.endsWith(".pem") ? "" : password);
    }
    config.setProperty(
        "zookeeper.ssl.trustStore.location", context.fixtures().resolve(trust).toString());
    config.setProperty("zookeeper.ssl.trustStore.password", trust.endsWith(".pem") ? "" : password);
    return config;
  }

  private static void tlsServer(Context context) throws Exception {
    String address = context.secured().secureAddress();
    CuratorFramework client =
        context.client(
            builder ->
                builder
                    .connectString(address)
                    .zkClientConfig(config(context, "client.pem", "ca.pem")));
    CuratorFramework plain = context.client();
    client.create().creatingParentsIfNeeded().forPath(context.at("n"), bytes("x".repeat(300_000)));
    Expect.same("read without TLS", 300_000, plain.getData().forPath(context.at("n")).length);
    Expect.same("read", 300_000, client.getData().forPath(context.at("n")).length);
    List<Context.Job<Void>> refusals =
        List.of(
            expectRefused(context, "a server that is not trusted", "client.pem", "elsewhere.pem"),
            expectRefused(context, "a client without a certificate", null, "ca.pem"),
            expectRefused(context, "a stranger's certificate", "stranger.pem", "ca.pem"));
    for (Context.Job<Void> refusal : refusals) refusal.result();
  }

  private static ZKClientConfig config(Context context, String keys, String trust) {
    try {
      return tls(context, keys, trust);
    } catch (IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  private static Context.Job<Void> expectRefused(
      Context context, String what, String keys, String trust) throws Exception {
    String address = context.secured().secureAddress();
    CuratorFramework client =
        context.unstarted(
            builder ->
                builder
                    .connectString(address)
                    .zkClientConfig(config(context, keys, trust))
                    .retryPolicy(new RetryNTimes(0, 0))
                    .connectionTimeoutMs(3_000));
    client.start();
    return context.spawn(
        () -> {
          // Where the machine is so busy that Curator has given up on the session by then, it says so instead.
          try {
            client.checkExists().forPath("/");
          } catch (KeeperException.ConnectionLossException
              | KeeperException.SessionExpiredException refused) {
            return null;
          }
          throw new Expect.Unmet(what + ": was let in");
        });
  }

  private static void tlsClientCertificate(Context context) throws Exception {
    String address = context.secured().secureAddress();
    CuratorFramework client =
        context.client(
            builder ->
                builder
                    .connectString(address)
                    .zkClientConfig(config(context, "client.pem", "trust.jks")));
    CuratorFramework plain = context.client();
    client
        .create()
        .creatingParentsIfNeeded()
        .withACL(Ids.CREATOR_ALL_ACL)
        .forPath(context.at("n"), bytes("x"));
    Id id = client.getACL().forPath(context.at("n")).get(0).getId();
    Expect.same("scheme", "x509", id.getScheme());
    Expect.that(
        "the subject of the certificate: " + id.getId(),
        id.getId().contains("CN=zk client") && id.getId().contains("O=Zabra"));
    Expect.same("read", "x", text(client.getData().forPath(context.at("n"))));
    Expect.fails("read without TLS", Code.NOAUTH, () -> plain.getData().forPath(context.at("n")));
    Expect.that(
        "whoAmI",
        client
            .getZookeeperClient()
            .getZooKeeper()
            .whoAmI()
            .contains(new ClientInfo("x509", id.getId())));
  }
}
