"""A server with a TLS port that asks for a client certificate, and with SASL DIGEST-MD5."""
import pathlib
import tempfile

from harness.server import Server

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "test" / "fixtures" / "tls"
USERS = 'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob="secret" user_ann="word"; };\n'


def secured_server():
    """Not started yet."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jaas-"))
    (folder / "jaas.conf").write_text(USERS)
    password = (FIXTURES / "password.txt").read_text().strip()
    lines = "".join(
        line + "\n"
        for line in (
            "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
            "ssl.keyStore.location=%s" % (FIXTURES / "server.jks"),
            "ssl.keyStore.password=%s" % password,
            "ssl.trustStore.location=%s" % (FIXTURES / "trust.jks"),
            "ssl.trustStore.password=%s" % password,
            "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
            "authProvider.2=org.apache.zookeeper.server.auth.X509AuthenticationProvider",
        )
    )
    return Server(lines, "-Djava.security.auth.login.config=%s" % (folder / "jaas.conf"), secure=True)
