use std::sync::Arc;

use zookeeper_client::{Acl, Acls, AuthUser, CreateMode, EnsembleUpdate, Error, Permission};

use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("sync-whoami", sync_whoami),
    scenario!("config-node", config_node),
    scenario!("reconfig.standalone", reconfig),
    scenario!("quota.enforced", quota),
];

async fn sync_whoami(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    for path in ["/", root.as_str(), "/missing"] {
        assert_eq!(client.sync(path).await, Ok(()));
    }
    for _ in 0..50 {
        let written = set(&client, &root, "").await;
        other.sync(&root).await.unwrap();
        assert_eq!(stat(&other, &root).await, written);
    }
    let ip = AuthUser::new("ip", "127.0.0.1");
    assert_eq!(client.list_auth_users().await.unwrap(), [ip.clone()]);
    client.auth("digest", b"ann:secret").await.unwrap();
    client.auth("digest", b"ann:secret").await.unwrap();
    let users = client.list_auth_users().await.unwrap();
    assert!(users.len() == 2 && users.contains(&ip) && users.contains(&AuthUser::new("digest", "ann")), "{users:?}");
}

async fn config_node(world: Arc<World>, _name: &'static str) {
    let client = world.client().await;
    let (data, stat) = client.get_config().await.unwrap();
    assert_eq!((String::from_utf8(data).unwrap().as_str(), stat.version), ("", 0));
    let (_, watched, watcher) = client.get_and_watch_config().await.unwrap();
    assert_eq!(watched, stat);
    nothing_yet("a change of the configuration", watcher.changed()).await;
    let acl = [Acl::new_const(Permission::READ, "world", "anyone")];
    assert_eq!(client.get_acl("/zookeeper/config").await.unwrap().0, acl);
    assert_eq!(client.set_data("/zookeeper/config", b"", None).await.unwrap_err(), Error::NoAuth);
    let mut children = client.list_children("/zookeeper").await.unwrap();
    children.sort();
    assert_eq!(children, ["config", "quota"]);
}

fn joining() -> EnsembleUpdate<'static, std::array::IntoIter<&'static str, 1>> {
    let server = ["server.2=127.0.0.1:2888:3888:participant;2181"];
    EnsembleUpdate::New { ensemble: server.into_iter() }
}

async fn reconfig(world: Arc<World>, name: &'static str) {
    let client = world.client().await;
    assert_eq!(client.update_ensemble(joining(), None).await.unwrap_err(), Error::ReconfigDisabled);
    let leaving = EnsembleUpdate::Incremental { joinings: [""].into_iter(), leavings: ["2"].into_iter() };
    assert_eq!(client.update_ensemble(leaving, Some(7)).await.unwrap_err(), Error::ReconfigDisabled);
    let server = world.launch(name, &["reconfigEnabled=true"]).await;
    let client = connect(connector(), &server.address()).await;
    assert_eq!(client.update_ensemble(joining(), None).await.unwrap_err(), Error::Unimplemented);
    server.end("KILL");
}

/// Hard limits of a path, where the server enforces them.
async fn quota(world: Arc<World>, name: &'static str) {
    let server = world.launch(name, &["enforceQuota=true"]).await;
    let client = connect(connector(), &server.address()).await;
    create(&client, "/a", "").await;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.mkdir("/zookeeper/quota/a", &options).await.unwrap();
    let limits = "count=-1,bytes=-1=;byteHardLimit=20;countHardLimit=3";
    create(&client, "/zookeeper/quota/a/zookeeper_limits", limits).await;
    create(&client, "/zookeeper/quota/a/zookeeper_stats", "count=0,bytes=0").await;
    create(&client, "/a/b", "12345").await;
    create(&client, "/a/c", "12345").await;
    let fourth = client.create("/a/d", b"", &options).await;
    assert_eq!(fourth.unwrap_err(), Error::QuotaExceeded);
    delete(&client, "/a/c").await;
    assert_eq!(client.set_data("/a/b", &[b'x'; 21], None).await.unwrap_err(), Error::QuotaExceeded);
    set(&client, "/a/b", &"x".repeat(20)).await;
    assert_eq!(client.create("/a/c", b"y", &options).await.unwrap_err(), Error::QuotaExceeded);
    create(&client, "/beside", &"x".repeat(50)).await;
    server.end("KILL");
}
