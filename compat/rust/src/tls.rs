use std::fs;
use std::sync::Arc;

use zookeeper_client::{Acl, Acls, AuthId, AuthUser, CreateMode, Error, EventType, Permission, TlsOptions};

use crate::scenario;
use crate::server::{fixture, free_port, Server};
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[scenario!("tls.server", server), scenario!("tls.client-cert", client_cert)];

/// A server with TLS on a port of its own, and that port; the stores are those of test/fixtures/tls.
async fn secure_server(world: &World, name: &str, more: &[&str]) -> (Arc<Server>, u16) {
    let password = fs::read_to_string(fixture("password.txt")).expect("password.txt");
    let port = free_port();
    let mut lines = vec![
        format!("secureClientPort={port}"),
        "secureClientPortAddress=127.0.0.1".to_owned(),
        "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory".to_owned(),
    ];
    for (store, file) in [("keyStore", "server.p12"), ("trustStore", "trust.p12")] {
        lines.push(format!("ssl.{store}.location={}", fixture(file).display()));
        lines.push(format!("ssl.{store}.password={}", password.trim()));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).chain(more.iter().copied()).collect();
    (world.launch(name, &lines).await, port)
}

fn pem(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect(name)
}

fn trusting() -> TlsOptions {
    TlsOptions::new().with_pem_ca(&pem("ca.pem")).expect("ca.pem")
}

fn identified(name: &str) -> TlsOptions {
    trusting().with_pem_identity(&pem(name), &pem(name)).expect(name)
}

async fn refused(options: TlsOptions, address: &str) {
    let connector = connector().with_tls(options).with_fail_eagerly();
    let refused = within("a refusal", connector.secure_connect(address)).await;
    assert_eq!(refused.unwrap_err(), Error::NoHosts);
}

async fn server(world: Arc<World>, name: &'static str) {
    let (server, port) = secure_server(&world, name, &["ssl.clientAuth=none"]).await;
    let address = format!("127.0.0.1:{port}");
    let secure = connector().with_tls(trusting()).secure_connect(&address);
    let secure = within("a session", secure).await.unwrap();
    create(&secure, "/a", "encrypted").await;
    let plain = connect(connector(), &server.address()).await;
    assert_eq!(read(&plain, "/a").await, "encrypted");
    let (_, watcher) = secure.list_and_watch_children("/a").await.unwrap();
    create(&plain, "/a/b", "").await;
    fires(watcher, EventType::NodeChildrenChanged, "/a").await;
    let big = "x".repeat(1_000_000);
    set(&secure, "/a", &big).await;
    assert!(read(&secure, "/a").await == big, "a big node comes back changed");
    // One cluster may be named with both ways in.
    let cluster = format!("tcp+tls://localhost:{port}");
    let named = connector().with_tls(trusting()).connect(&cluster);
    assert_eq!(within("a session", named).await.unwrap().get_data("/a").await.unwrap().0.len(), big.len());
    // Who trusts somebody else only does not connect, nor does one who speaks no TLS.
    refused(TlsOptions::new().with_pem_ca(&pem("stranger.pem")).unwrap(), &address).await;
    let plaintext = within("a refusal", connector().with_fail_eagerly().connect(&address)).await;
    assert_eq!(plaintext.unwrap_err(), Error::NoHosts);
    server.end("KILL");
}

/// The subject of client.pem as Java writes it.
const CLIENT_NAME: &str = "CN=zk client,1.2.840.113549.1.9.1=#1603614062,OU=Ops+UID=u1,O=Zabra\\, Inc.,C=DE";

async fn client_cert(world: Arc<World>, name: &'static str) {
    let (server, port) = secure_server(&world, name, &[]).await;
    let address = format!("127.0.0.1:{port}");
    let client = connector().with_tls(identified("client.pem")).secure_connect(&address);
    let client = within("a session", client).await.unwrap();
    // The certificate is an identity of the scheme x509.
    let users = client.list_auth_users().await.unwrap();
    assert!(users.contains(&AuthUser::new("x509", CLIENT_NAME)), "{users:?}");
    client.create("/a", b"mine", &CreateMode::Persistent.with_acls(Acls::creator_all())).await.unwrap();
    let mine = [Acl::new(Permission::ALL, AuthId::new("x509", CLIENT_NAME))];
    assert_eq!(client.get_acl("/a").await.unwrap().0, mine);
    let plain = connect(connector(), &server.address()).await;
    assert_eq!(plain.get_data("/a").await.unwrap_err(), Error::NoAuth);
    refused(trusting(), &address).await;
    refused(identified("stranger.pem"), &address).await;
    server.end("KILL");
}
