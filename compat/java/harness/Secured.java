package harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;

/** What servers and clients need to prove who they are: passwords for SASL, certificates for TLS. */
public final class Secured {
  private static final String USERS =
      "Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob=\"secret\" user_ann=\"word\"; };\n";

  private Secured() {}

  /** A started server that knows the users bob and ann. */
  public static Server saslServer(World world, String lines) throws Exception {
    Path jaas = Files.createTempFile(Suite.folder(), "jaas-", ".conf");
    Files.write(jaas, USERS.getBytes(UTF_8));
    String provider = "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n";
    return world.ownServer(provider + lines, "-Djava.security.auth.login.config=" + jaas, false);
  }

  /** A started server with a TLS port besides the plain one. */
  public static Server tlsServer(World world, String lines) throws Exception {
    String text =
        "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
            + "authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider\n"
            + ("ssl.keyStore.location=" + fixture("server.jks") + "\nssl.keyStore.password=" + password() + "\n")
            + ("ssl.trustStore.location=" + fixture("trust.jks") + "\nssl.trustStore.password=" + password() + "\n");
    // A server of 3.9 takes TLS 1.3 alone unless it is told, and older clients have 1.2 alone.
    if (Catalogue.olderThan("3.9")) text += "ssl.enabledProtocols=TLSv1.3,TLSv1.2\n";
    return world.ownServer(text + lines, "", true);
  }

  public static Path fixture(String name) {
    return Paths.get(System.getenv("TLS_FIXTURES"), name).toAbsolutePath().normalize();
  }

  public static String password() throws Exception {
    return new String(Files.readAllBytes(fixture("password.txt")), UTF_8).trim();
  }

  /** Runs something while clients of this process log in: section of the JAAS configuration, name, password. */
  public static void loggedIn(String[][] logins, Check.Action action) throws Exception {
    Map<String, AppConfigurationEntry> sections = new HashMap<>();
    for (String[] login : logins) sections.put(login[0], entry(login[1], login[2]));
    Configuration.setConfiguration(
        new Configuration() {
          @Override
          public AppConfigurationEntry[] getAppConfigurationEntry(String section) {
            AppConfigurationEntry entry = sections.get(section);
            return entry == null ? null : new AppConfigurationEntry[] {entry};
          }
        });
    // Since 3.9 a client keeps from MD5 unless it is told.
    System.setProperty("zookeeper.fips-mode", "false");
    try {
      action.run();
    } finally {
      System.clearProperty("zookeeper.fips-mode");
      Configuration.setConfiguration(null);
    }
  }

  private static AppConfigurationEntry entry(String name, String password) {
    Map<String, String> options = new HashMap<>();
    options.put("username", name);
    options.put("password", password);
    return new AppConfigurationEntry("org.apache.zookeeper.server.auth.DigestLoginModule", LoginModuleControlFlag.REQUIRED, options);
  }
}
