package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

var tlsScenarios = []scenario{
	{name: "tls.server", run: tlsServer},
	{name: "tls.client-cert", run: tlsClientCert},
}

func fixture(name string) string { return filepath.Join(os.Getenv("ZK_TLS_FIXTURES"), name) }

// secureServer serves TLS on a port of its own; the stores are those of test/fixtures/tls.
func (c *check) secureServer(lines ...string) (*server, string) {
	port, err := freePort()
	c.must(err)
	word, err := os.ReadFile(fixture("password.txt"))
	c.must(err)
	password := strings.TrimSpace(string(word))
	s := c.world.launch(c, c.name, append([]string{
		fmt.Sprintf("secureClientPort=%d", port),
		"secureClientPortAddress=127.0.0.1",
		"serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
		"ssl.keyStore.location=" + fixture("server.p12"), "ssl.keyStore.password=" + password,
		"ssl.trustStore.location=" + fixture("trust.p12"), "ssl.trustStore.password=" + password,
	}, lines...)...)
	return s, fmt.Sprintf("127.0.0.1:%d", port)
}

// tlsDial is a dialer that shakes hands, so that a refusal is its error.
func tlsDial(config *tls.Config) dialFunction {
	return func(network, address string, timeout time.Duration) (net.Conn, error) {
		return tls.DialWithDialer(&net.Dialer{Timeout: timeout}, network, address, config)
	}
}

func (c *check) tlsConfig(certificate string) *tls.Config {
	text, err := os.ReadFile(fixture("ca.pem"))
	c.must(err)
	roots := x509.NewCertPool()
	c.that(roots.AppendCertsFromPEM(text), "ca.pem holds no certificate")
	config := &tls.Config{RootCAs: roots}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(fixture(certificate), fixture(certificate))
		c.must(err)
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func tlsServer(c *check) {
	s, address := c.secureServer("ssl.clientAuth=none", "ssl.enabledProtocols=TLSv1.2,TLSv1.3")
	defer s.kill()
	config := c.tlsConfig("")
	k := c.dialWith(s, clientOptions{dial: tlsDial(config), address: address})
	k.make(c.root, "encrypted", zk.FlagPersistent)
	equal(c, "data over the plain port", c.dial(s).read(c.root), "encrypted")
	big := strings.Repeat("x", 1_000_000)
	k.set(c.root, big)
	c.that(k.read(c.root) == big, "a big node comes back changed")
	watch := k.watchChildren(c.root)
	id := k.SessionID()
	k.leave()
	c.dial(s).make(c.root+"/child", "", zk.FlagPersistent)
	k.comeBack()
	k.await(zk.StateHasSession)
	equal(c, "session", k.SessionID(), id)
	c.event(watch, zk.EventNodeChildrenChanged, c.root)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		only := c.tlsConfig("")
		only.MinVersion, only.MaxVersion = version, version
		equal(c, "data", len(c.dialWith(s, clientOptions{dial: tlsDial(only), address: address}).read(c.root)), len(big))
	}
	// The server shows its own certificate: who trusts somebody else only, or expects another name, does not connect.
	_, err := tlsDial(&tls.Config{RootCAs: x509.NewCertPool()})("tcp", address, limit)
	c.that(err != nil, "the server's certificate is trusted by anybody")
	other := c.tlsConfig("")
	other.ServerName = "elsewhere.invalid"
	_, err = tlsDial(other)("tcp", address, limit)
	c.that(err != nil, "the server's certificate has any name")
}

// clientName is the subject of client.pem as Java writes it.
const clientName = `CN=zk client,1.2.840.113549.1.9.1=#1603614062,OU=Ops+UID=u1,O=Zabra\, Inc.,C=DE`

func tlsClientCert(c *check) {
	s, address := c.secureServer()
	defer s.kill()
	k := c.dialWith(s, clientOptions{dial: tlsDial(c.tlsConfig("client.pem")), address: address})
	k.make(c.root, "", zk.FlagPersistent)
	// The certificate is an identity of the scheme x509.
	path, err := k.Create(c.root+"/a", []byte("mine"), zk.FlagPersistent, zk.AuthACL(zk.PermAll))
	c.must(err)
	acl, _, err := k.GetACL(path)
	c.must(err)
	equal(c, "acl", acl, []zk.ACL{{Perms: zk.PermAll, Scheme: "x509", ID: clientName}})
	plain := c.dial(s)
	_, _, err = plain.Get(path)
	c.want(err, zk.ErrNoAuth)
	_, err = plain.Create(c.root+"/b", nil, zk.FlagPersistent, zk.AuthACL(zk.PermAll))
	c.want(err, zk.ErrInvalidACL)
	for _, certificate := range []string{"", "stranger.pem"} {
		c.refusedBy(address, c.tlsConfig(certificate))
	}
	// Where nothing is set, TLS 1.3 is the only one.
	old := c.tlsConfig("client.pem")
	old.MaxVersion = tls.VersionTLS12
	c.refusedBy(address, old)
}

// refusedBy asserts that no session comes about. With TLS 1.3 the refusal arrives after the handshake, at the first read.
func (c *check) refusedBy(address string, config *tls.Config) {
	conn, err := tlsDial(config)("tcp", address, limit)
	if err == nil {
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(limit))
		_, err = conn.Read(make([]byte, 1))
	}
	c.that(err != nil && strings.Contains(err.Error(), "remote error: tls"), "instead of an alert: %v", err)
}
