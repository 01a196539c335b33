use std::sync::Arc;

use zookeeper_client::{Acl, Acls, AuthId, AuthUser, Client, CreateMode, Error, Permission, SaslOptions, SessionState};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("acl.digest", digest),
    scenario!("acl.ip-world", ip_world),
    scenario!("acl.noauth", no_auth),
    scenario!("acl.auth-after-reconnect", auth_after_reconnect),
    scenario!("acl.unknown-scheme", unknown_scheme),
    scenario!("auth.sasl", sasl),
    scenario!("auth.sasl-required", sasl_required),
];

fn acl(permission: Permission, scheme: &str, id: &str) -> Acl {
    Acl::new(permission, AuthId::new(scheme, id))
}

async fn create_mine(client: &Client, path: &str) -> Result<(), Error> {
    let options = CreateMode::Persistent.with_acls(Acls::creator_all());
    client.create(path, b"mine", &options).await.map(|_| ())
}

/// What the server makes of ann:secret and bob:other.
const ANN: &str = "ann:7RJfAeIvrl4zdj6sS2fXrQHDvHM=";
const BOB: &str = "bob:OPvMIE3SHMvpuUQOlE6StbVL8VQ=";

async fn digest(world: Arc<World>, name: &'static str) {
    let ((ann, root), bob, nobody) = (world.begin(name).await, world.client().await, world.client().await);
    let path = format!("{root}/a");
    assert_eq!(create_mine(&ann, &path).await, Err(Error::InvalidAcl));
    ann.auth("digest", b"ann:secret").await.unwrap();
    bob.auth("digest", b"bob:other").await.unwrap();
    create_mine(&ann, &path).await.unwrap();
    assert_eq!(ann.get_acl(&path).await.unwrap().0, [acl(Permission::ALL, "digest", ANN)]);
    assert_eq!(read(&ann, &path).await, "mine");
    assert_eq!(bob.get_data(&path).await.unwrap_err(), Error::NoAuth);
    assert_eq!(nobody.get_data(&path).await.unwrap_err(), Error::NoAuth);
    let both = [acl(Permission::ALL, "digest", ANN), acl(Permission::READ, "digest", BOB)];
    assert_eq!(ann.set_acl(&path, &both, Some(0)).await.unwrap().aversion, 1);
    assert_eq!(read(&bob, &path).await, "mine");
    assert_eq!(bob.set_data(&path, b"", None).await.unwrap_err(), Error::NoAuth);
    // Who may read, but not administer, does not see the digests.
    let hidden = [acl(Permission::ALL, "digest", "ann:x"), acl(Permission::READ, "digest", "bob:x")];
    assert_eq!(bob.get_acl(&path).await.unwrap().0, hidden);
    assert_eq!(nobody.get_acl(&path).await.unwrap_err(), Error::NoAuth);
    // A connection may be several users at once.
    nobody.auth("digest", b"bob:other").await.unwrap();
    assert_eq!(read(&nobody, &path).await, "mine");
    nobody.auth("digest", b"ann:secret").await.unwrap();
    set(&nobody, &path, "both").await;
    create_mine(&nobody, &format!("{root}/both")).await.unwrap();
    assert_eq!(nobody.get_acl(&format!("{root}/both")).await.unwrap().0.len(), 2);
}

async fn ip_world(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let path = format!("{root}/a");
    create(&client, &path, "").await;
    let cases = [
        ("ip", "127.0.0.1", Ok(())),
        ("ip", "127.0.0.0/8", Ok(())),
        ("ip", "126.0.0.0/7", Ok(())),
        ("world", "anyone", Ok(())),
        ("ip", "10.1.2.3", Err(Error::NoAuth)),
        ("ip", "127.0.0.2", Err(Error::NoAuth)),
        ("ip", "128.0.0.0/7", Err(Error::NoAuth)),
    ];
    for (scheme, id, expected) in cases {
        let acls = [acl(Permission::READ, scheme, id), acl(Permission::ADMIN, "world", "anyone")];
        client.set_acl(&path, &acls, None).await.unwrap();
        assert_eq!(client.get_data(&path).await.map(|_| ()), expected, "{scheme}:{id}");
        assert_eq!(client.set_data(&path, b"", None).await.unwrap_err(), Error::NoAuth);
    }
    let refused = [("ip", "127.0.0.1/33"), ("ip", "localhost"), ("world", "someone"), ("digest", "ann"), ("none", "x")];
    for (scheme, id) in refused {
        let set = client.set_acl(&path, &[acl(Permission::ALL, scheme, id)], None).await;
        assert_eq!(set.unwrap_err(), Error::InvalidAcl, "{scheme}:{id}");
    }
}

/// Whether each request is allowed, in the order of the names of `REQUESTS`.
async fn attempts(client: &Client, path: &str) -> Vec<bool> {
    let child = format!("{path}/child");
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    let results = [
        client.get_data(path).await.map(|_| ()),
        client.get_children(path).await.map(|_| ()),
        client.check_stat(path).await.map(|_| ()),
        client.get_acl(path).await.map(|_| ()),
        client.sync(path).await,
        client.set_data(path, b"", None).await.map(|_| ()),
        client.create(&format!("{path}/new"), b"", &options).await.map(|_| ()),
        client.delete(&child, None).await,
        client.set_acl(path, &Acls::anyone_all(), None).await.map(|_| ()),
    ];
    results
        .into_iter()
        .map(|result| match result {
            Ok(()) => true,
            Err(Error::NoAuth) => false,
            Err(error) => panic!("{path}: {error}"),
        })
        .collect()
}

const REQUESTS: [&str; 9] = ["data", "children", "exists", "getACL", "sync", "set", "create", "delete", "setACL"];

/// Each request with each permission alone.
async fn no_auth(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let cases = [
        (Permission::READ, vec!["data", "children", "exists", "getACL", "sync"]),
        (Permission::WRITE, vec!["sync", "set"]),
        (Permission::CREATE, vec!["sync", "create"]),
        (Permission::DELETE, vec!["sync", "delete"]),
        (Permission::ADMIN, vec!["getACL", "sync", "setACL"]),
    ];
    for (permission, expected) in cases {
        let path = format!("{root}/{permission}");
        create(&client, &path, "").await;
        create(&client, &format!("{path}/child"), "").await;
        client.set_acl(&path, &[acl(permission, "world", "anyone")], Some(0)).await.unwrap();
        let allowed = attempts(&client, &path).await;
        let names: Vec<&str> = REQUESTS.into_iter().zip(allowed).filter(|each| each.1).map(|each| each.0).collect();
        assert_eq!(names, expected, "with {permission}");
    }
    // Who may not is not told what is there.
    let closed = format!("{root}/WRITE");
    assert_eq!(client.delete(&format!("{closed}/missing"), None).await, Err(Error::NoAuth));
    assert_eq!(client.delete(&format!("{closed}/child"), Some(7)).await, Err(Error::NoAuth));
    assert_eq!(client.set_data(&format!("{root}/READ"), b"", Some(77)).await.unwrap_err(), Error::NoAuth);
    assert_eq!(client.set_acl(&root, &Acls::anyone_all(), Some(5)).await.unwrap_err(), Error::BadVersion);
}

async fn auth_after_reconnect(world: Arc<World>, name: &'static str) {
    let (_, root) = world.begin(name).await;
    let gate = Gate::before(&*world.common().await).await;
    let client = connect(connector().with_auth("digest", b"ann:secret"), &gate.address()).await;
    client.auth("digest", b"bob:other").await.unwrap();
    let path = format!("{root}/a");
    create_mine(&client, &path).await.unwrap();
    let before = client.list_auth_users().await.unwrap();
    assert_eq!(before.len(), 3, "{before:?}");
    let mut states = client.state_watcher();
    gate.cut();
    reaches(&mut states, SessionState::Disconnected).await;
    gate.open();
    reaches(&mut states, SessionState::SyncConnected).await;
    assert_eq!(read(&client, &path).await, "mine");
    let mut after = client.list_auth_users().await.unwrap();
    for user in before {
        assert!(after.contains(&user), "{user:?} is missing in {after:?}");
        after.retain(|other| *other != user);
    }
    assert!(after.is_empty(), "{after:?} are new");
}

/// The library gives its session up when the server answers AuthFailed.
async fn unknown_scheme(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let mut states = client.state_watcher();
    assert_eq!(client.auth("nonsense", b"x").await, Err(Error::AuthFailed));
    reaches(&mut states, SessionState::AuthFailed).await;
    assert_eq!(client.get_data(&root).await.unwrap_err(), Error::AuthFailed);
}

const SASL: [&str; 2] = ["tickTime=500", "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"];

fn jaas(world: &World, name: &str) -> String {
    let module = "org.apache.zookeeper.server.auth.DigestLoginModule";
    let text = format!("Server {{ {module} required user_bob=\"secret\" user_ann=\"other\"; }};\n");
    format!("-Djava.security.auth.login.config={}", world.file(&format!("{name}.jaas"), &text).display())
}

async fn sasl(world: Arc<World>, name: &'static str) {
    let server = world.launch(name, &[&SASL[..], &[&jaas(&world, name)]].concat()).await;
    let gate = Gate::before(&server).await;
    let with_sasl = |user, password| connector().with_sasl(SaslOptions::digest_md5(user, password));
    let bob = connect(with_sasl("bob", "secret"), &gate.address()).await;
    let ann = connect(with_sasl("ann", "other"), &server.address()).await;
    let users = bob.list_auth_users().await.unwrap();
    assert!(users.contains(&AuthUser::new("sasl", "bob")), "{users:?}");
    create_mine(&bob, "/bob").await.unwrap();
    assert_eq!(bob.get_acl("/bob").await.unwrap().0, [acl(Permission::ALL, "sasl", "bob")]);
    assert_eq!(ann.get_data("/bob").await.unwrap_err(), Error::NoAuth);
    bob.set_acl("/bob", &[acl(Permission::ALL, "sasl", "bob"), acl(Permission::READ, "sasl", "ann")], None)
        .await
        .unwrap();
    assert_eq!(read(&ann, "/bob").await, "mine");
    let plain = connect(connector(), &server.address()).await;
    assert_eq!(plain.get_data("/bob").await.unwrap_err(), Error::NoAuth);
    // After a reconnect the client shows who it is once more.
    let mut states = bob.state_watcher();
    gate.cut();
    reaches(&mut states, SessionState::Disconnected).await;
    gate.open();
    reaches(&mut states, SessionState::SyncConnected).await;
    set(&bob, "/bob", "again").await;
    for (user, password) in [("bob", "wrong"), ("eve", "secret")] {
        let refused = within("a refusal", with_sasl(user, password).connect(&server.address())).await;
        assert_eq!(refused.unwrap_err(), Error::AuthFailed, "{user}:{password}");
    }
    server.end("KILL");
}

async fn sasl_required(world: Arc<World>, name: &'static str) {
    let enforced = ["-Dzookeeper.sessionRequireClientSASLAuth=true", &jaas(&world, name)];
    let server = world.launch(name, &[&SASL[..], &enforced[..]].concat()).await;
    let sasl = SaslOptions::digest_md5("bob", "secret");
    let bob = connect(connector().with_sasl(sasl), &server.address()).await;
    create(&bob, "/a", "in").await;
    assert_eq!(read(&bob, "/a").await, "in");
    let refused = within("a refusal", connector().connect(&server.address())).await;
    assert_eq!(refused.unwrap_err(), Error::AuthFailed);
    let digest = connector().with_auth("digest", b"ann:secret");
    let refused = within("a refusal", digest.connect(&server.address())).await;
    assert_eq!(refused.unwrap_err(), Error::AuthFailed);
    server.end("KILL");
}
