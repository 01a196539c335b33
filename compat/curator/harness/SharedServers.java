package harness;

import java.nio.file.Files;
import java.nio.file.Path;

/** Servers that several scenarios use, started when first asked for. */
final class SharedServers {
  private final Path fixtures;
  private Server common;
  private Server secured;
  private Server tidy;

  /**
   * @param fixtures the folder of keys and certificates
   */
  SharedServers(Path fixtures) {
    this.fixtures = fixtures;
  }

  Path fixtures() {
    return fixtures;
  }

  synchronized Server common() throws Exception {
    if (common == null) common = new Server("", "").start();
    return common;
  }

  /** Empty containers and TTL nodes go at once, where others look once a minute. */
  synchronized Server tidy() throws Exception {
    if (tidy == null) tidy = new Server("", "-Dznode.container.checkIntervalMs=200").start();
    return tidy;
  }

  /** With TLS on a second port, and DIGEST-MD5 with the user bob. */
  synchronized Server secured() throws Exception {
    if (secured != null) return secured;
    Path jaas = Files.createTempFile("jaas-", ".conf");
    Files.writeString(
        jaas,
        "Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob=\"secret\";"
            + " };\n");
    String password = Files.readString(fixtures.resolve("password.txt")).trim();
    String lines =
        String.join(
            "\n",
            "secureClientPort=SECURE_PORT",
            "secureClientPortAddress=127.0.0.1",
            "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
            "ssl.keyStore.location=" + fixtures.resolve("server.jks"),
            "ssl.keyStore.password=" + password,
            "ssl.trustStore.location=" + fixtures.resolve("trust.jks"),
            "ssl.trustStore.password=" + password,
            "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
            "");
    secured = new Server(lines, "-Djava.security.auth.login.config=" + jaas).start();
    return secured;
  }

  synchronized void close() {
    if (common != null) common.kill();
    if (secured != null) secured.kill();
    if (tidy != null) tidy.kill();
  }
}
