use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zookeeper_client::{Acls, Client, CreateMode, Error, EventType, Stat};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("znodes.crud", crud),
    scenario!("znodes.create-modes", create_modes),
    scenario!("znodes.ttl-container", ttl_container),
    scenario!("znodes.ttl-refreshed", ttl_refreshed),
    scenario!("znodes.refused-zxid", refused_zxid),
    scenario!("znodes.sequence", sequence),
    scenario!("znodes.stat", stat_fields),
    scenario!("znodes.bad-paths", bad_paths),
    scenario!("znodes.big-data", big_data),
    scenario!("znodes.many-children", many_children),
    scenario!("znodes.chroot", chroot),
    scenario!("znodes.descendants", descendants),
];

async fn crud(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let path = format!("{root}/a");
    assert_eq!(client.check_stat(&path).await, Ok(None));
    let created = create(&client, &path, "one").await;
    assert_eq!(stat(&client, &path).await, created, "what create answered");
    let again = client.create(&path, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await;
    assert_eq!(again.unwrap_err(), Error::NodeExists);
    assert_eq!(client.get_data(&path).await.unwrap(), (b"one".to_vec(), created));
    assert_eq!(client.set_data(&path, b"two", Some(0)).await.unwrap().version, 1);
    assert_eq!(client.set_data(&path, b"three", Some(0)).await.unwrap_err(), Error::BadVersion);
    assert_eq!(read(&client, &path).await, "two");
    create(&client, &format!("{path}/b"), "").await;
    assert_eq!(client.list_children(&path).await.unwrap(), ["b"]);
    let (children, parent) = client.get_children(&path).await.unwrap();
    assert_eq!((children, parent), (vec!["b".to_owned()], stat(&client, &path).await));
    assert_eq!(client.delete(&path, None).await, Err(Error::NotEmpty));
    delete(&client, &format!("{path}/b")).await;
    assert_eq!(client.delete(&path, Some(0)).await, Err(Error::BadVersion));
    assert_eq!(client.delete(&path, Some(1)).await, Ok(()));
    assert_eq!(client.get_data(&path).await.unwrap_err(), Error::NoNode);
    assert_eq!(client.set_data(&path, b"", None).await.unwrap_err(), Error::NoNode);
    assert_eq!(client.get_children(&path).await.unwrap_err(), Error::NoNode);
    assert_eq!(client.delete(&path, None).await, Err(Error::NoNode));
    let orphan = format!("{path}/b");
    let orphaned = client.create(&orphan, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await;
    assert_eq!(orphaned.unwrap_err(), Error::NoNode);
    let unusual = format!("{root}/ä☃");
    create(&client, &unusual, "name beyond ASCII").await;
    assert_eq!(read(&client, &unusual).await, "name beyond ASCII");
}

async fn create_modes(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let owner = client.session_id().0;
    let modes = [
        (CreateMode::Persistent, "", 0),
        (CreateMode::Ephemeral, "", owner),
        (CreateMode::PersistentSequential, "0000000002", 0),
        (CreateMode::EphemeralSequential, "0000000003", owner),
        (CreateMode::Container, "", 0),
    ];
    for (i, (mode, suffix, owner)) in modes.into_iter().enumerate() {
        let prefix = format!("{root}/mode{i}-");
        let (path, created) = create_as(&client, &prefix, "x", mode).await;
        assert_eq!(path, format!("{prefix}{suffix}"));
        assert_eq!(created.ephemeral_owner, owner, "owner with {mode:?}");
        assert_eq!(stat(&client, &path).await, created);
        if owner != 0 {
            let child = format!("{path}/child");
            let refused = client.create(&child, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await;
            assert_eq!(refused.unwrap_err(), Error::NoChildrenForEphemerals);
        }
    }
    // A client for servers before 3.5 sends the old create, which answers no stat.
    let old = connect(connector().with_server_version(3, 4, 14), &world.common().await.address()).await;
    let (path, created) = create_as(&old, &format!("{root}/old-"), "", CreateMode::EphemeralSequential).await;
    assert!(created.is_invalid());
    assert_eq!(stat(&client, &path).await.ephemeral_owner, old.session_id().0);
}

const TTL: Duration = Duration::from_millis(400);

async fn create_ttl(client: &Client, path: &str, mode: CreateMode) -> String {
    let options = mode.with_acls(Acls::anyone_all()).with_ttl(TTL);
    let (stat, sequence) = client.create(path, b"", &options).await.unwrap();
    assert_eq!(stat.ephemeral_owner, 0, "what marks a TTL is no owner for clients");
    match sequence.into_i64() {
        -1 => path.to_owned(),
        _ => format!("{path}{sequence}"),
    }
}

async fn gone(client: &Client, path: &str) {
    let (found, watcher) = client.check_and_watch_stat(path).await.unwrap();
    if found.is_some() {
        fires(watcher, EventType::NodeDeleted, path).await;
    }
}

async fn ttl_container(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let (container, _) = create_as(&client, &format!("{root}/container"), "", CreateMode::Container).await;
    let (unused, _) = create_as(&client, &format!("{root}/unused"), "", CreateMode::Container).await;
    let kept = create_ttl(&client, &format!("{root}/kept"), CreateMode::Persistent).await;
    let child = format!("{kept}/child");
    create(&client, &child, "").await;
    let short = create_ttl(&client, &format!("{root}/short"), CreateMode::Persistent).await;
    let sequential = create_ttl(&client, &format!("{root}/ttl-"), CreateMode::PersistentSequential).await;
    assert_eq!(sequential, format!("{root}/ttl-0000000004"));
    gone(&client, &short).await;
    gone(&client, &sequential).await;
    // Older than what is gone by now, but in use: a node with a child, and containers before their first child.
    stat(&client, &kept).await;
    delete(&client, &child).await;
    gone(&client, &kept).await;
    let first = format!("{container}/child");
    create(&client, &first, "").await;
    delete(&client, &first).await;
    gone(&client, &container).await;
    stat(&client, &unused).await;
}

/// A set starts the time of a TTL node anew. The other node is younger, has the same TTL and is left alone.
async fn ttl_refreshed(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let used = create_ttl(&client, &format!("{root}/used"), CreateMode::Persistent).await;
    let left = create_ttl(&client, &format!("{root}/left"), CreateMode::Persistent).await;
    while client.check_stat(&left).await.unwrap().is_some() {
        set(&client, &used, "").await;
    }
    set(&client, &used, "").await;
}

/// A write that is refused takes a zxid too.
async fn refused_zxid(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let before = set(&client, &root, "").await.mzxid;
    client.delete(&format!("{root}/missing"), None).await.unwrap_err();
    client.set_data(&root, b"", Some(77)).await.unwrap_err();
    let after = set(&client, &root, "").await.mzxid;
    assert!(after >= before + 3, "zxid {after} after {before} and two refused writes");
}

async fn sequence(world: Arc<World>, name: &'static str) {
    const CLIENTS: usize = 4;
    const EACH: usize = 150;
    let (client, root) = world.begin(name).await;
    let (sender, mut names) = tokio::sync::mpsc::unbounded_channel();
    let mut parts = Vec::new();
    for _ in 0..CLIENTS {
        let (client, prefix, sender) = (world.client().await, format!("{root}/n-"), sender.clone());
        parts.push(async move {
            let mut last = String::new();
            for _ in 0..EACH {
                let (name, _) = create_as(&client, &prefix, "", CreateMode::PersistentSequential).await;
                assert!(name > last, "{name} after {last}");
                sender.send(name.clone()).unwrap();
                last = name;
            }
        });
    }
    together(parts).await;
    drop(sender);
    let mut all = Vec::new();
    while let Some(name) = names.recv().await {
        all.push(name);
    }
    all.sort();
    let expected: Vec<String> = (0..CLIENTS * EACH).map(|i| format!("{root}/n-{i:010}")).collect();
    assert_eq!(all, expected);
    // Every create counts, also one without the flag; a delete does not.
    delete(&client, &all[CLIENTS * EACH - 1]).await;
    let (next, _) = create_as(&client, &format!("{root}/m-"), "", CreateMode::PersistentSequential).await;
    assert_eq!(next, format!("{root}/m-{:010}", CLIENTS * EACH));
    create(&client, &format!("{root}/plain"), "").await;
    let (bare, _) = create_as(&client, &format!("{root}/"), "", CreateMode::EphemeralSequential).await;
    assert_eq!(bare, format!("{root}/{:010}", CLIENTS * EACH + 2));
}

async fn stat_fields(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let path = format!("{root}/a");
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    let before = now();
    let first = create(&client, &path, "12345").await;
    assert!((before - 1000..=now() + 1000).contains(&first.ctime), "ctime {}", first.ctime);
    let fresh = Stat { mzxid: first.czxid, pzxid: first.czxid, mtime: first.ctime, data_length: 5, ..first };
    assert_eq!(first, Stat { version: 0, cversion: 0, aversion: 0, ephemeral_owner: 0, num_children: 0, ..fresh });
    let second = set(&client, &path, "123456789").await;
    assert!(second.mzxid > first.mzxid && second.mtime >= first.mtime, "{second:?}");
    assert_eq!(second, Stat { mzxid: second.mzxid, mtime: second.mtime, version: 1, data_length: 9, ..first });
    let child = create(&client, &format!("{path}/child"), "").await;
    let third = stat(&client, &path).await;
    assert_eq!(third, Stat { pzxid: child.czxid, cversion: 1, num_children: 1, ..second });
    set(&client, &format!("{path}/child"), "data of a child is no change of its parent").await;
    assert_eq!(stat(&client, &path).await, third);
    delete(&client, &format!("{path}/child")).await;
    let fourth = stat(&client, &path).await;
    assert!(fourth.pzxid > third.pzxid, "{fourth:?}");
    assert_eq!(fourth, Stat { pzxid: fourth.pzxid, cversion: 2, num_children: 0, ..second });
    let fifth = client.set_acl(&path, &Acls::anyone_all(), None).await.unwrap();
    assert_eq!(fifth, Stat { aversion: 1, ..fourth });
}

async fn bad_paths(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let bad = ["", "a", "ROOT/", "ROOT//a", "ROOT/./a", "ROOT/../a", "ROOT/\0", "ROOT/\x1f", "ROOT/\u{e000}"];
    for path in bad.map(|path| path.replace("ROOT", &root)) {
        let created = client.create(&path, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await;
        assert!(matches!(created, Err(Error::BadArguments(_))), "create {path:?}: {created:?}");
        assert!(matches!(client.get_data(&path).await, Err(Error::BadArguments(_))), "get {path:?}");
    }
    // The library lets these pass; the server refuses them.
    for path in ["😀", ".", ".."].map(|name| format!("{root}/{name}")) {
        let created = client.create(&path, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).await;
        assert_eq!(created.unwrap_err(), Error::BadArguments(&"server error"), "create {path}");
    }
    assert_eq!(client.get_data(&format!("{root}/😀")).await.unwrap_err(), Error::NoNode);
    for name in ["...", "a.b", "a b", ".a", "~", "%2F"] {
        let path = format!("{root}/{name}");
        create(&client, &path, name).await;
        assert_eq!(read(&client, &path).await, name);
    }
}

/// jute.maxbuffer where nothing is set.
const FRAME_MAX: usize = 0xfffff;

async fn big_data(world: Arc<World>, name: &'static str) {
    let (_, root) = world.begin(name).await;
    let gate = Gate::before(&*world.common().await).await;
    let client = connect(connector(), &gate.address()).await;
    let path = format!("{root}/a");
    create(&client, &path, "").await;
    // Around the data: xid, type, length of the path, path, length of the data, version.
    let most = FRAME_MAX - 8 - 4 - path.len() - 4 - 4;
    let data: Vec<u8> = (0..=most).map(|i| (i % 251) as u8).collect();
    client.set_data(&path, &data[..most], None).await.unwrap();
    let mut states = client.state_watcher();
    client.set_data(&path, &data, None).await.expect_err("a frame above the limit is taken");
    reaches(&mut states, zookeeper_client::SessionState::SyncConnected).await;
    let (read, stat) = client.get_data(&path).await.unwrap();
    assert!(read == data[..most], "data that was read is not what was written");
    assert_eq!((stat.version, stat.data_length as usize), (1, most));
}

async fn many_children(world: Arc<World>, name: &'static str) {
    const COUNT: usize = 22_000;
    const HANDS: usize = 50;
    let (client, root) = world.begin(name).await;
    let child = |i: usize| format!("a-child-with-a-rather-long-name-as-people-use-{i:06}");
    together((0..HANDS).map(|hand| {
        let (client, root) = (client.clone(), root.clone());
        async move {
            for i in (hand..COUNT).step_by(HANDS) {
                create(&client, &format!("{root}/{}", child(i)), "").await;
            }
        }
    }))
    .await;
    let (mut children, parent) = client.get_children(&root).await.unwrap();
    assert_eq!((parent.num_children as usize, parent.cversion as usize), (COUNT, COUNT));
    children.sort();
    assert!(children.iter().enumerate().all(|(i, name)| *name == child(i)), "names of children");
    assert_eq!(client.count_descendants_number(&root).await, Ok(COUNT));
    for some in children.chunks(1000) {
        let mut writer = client.new_multi_writer();
        for name in some {
            writer.add_delete(&format!("{root}/{name}"), Some(0)).unwrap();
        }
        assert_eq!(writer.commit().await.unwrap().len(), some.len());
    }
    assert_eq!(stat(&client, &root).await.num_children, 0);
}

/// A client below a node sees it as the root; clients of one session may have several.
async fn chroot(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let address = format!("{}{root}/deep/er", world.common().await.address());
    let inner = connect(connector(), &address).await;
    assert_eq!(inner.path(), format!("{root}/deep/er"));
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    assert_eq!(inner.create("/a", b"", &options).await.unwrap_err(), Error::NoNode);
    client.mkdir(&format!("{root}/deep/er"), &options).await.unwrap();
    client.mkdir(&format!("{root}/deep/er"), &options).await.unwrap();
    let (_, watcher) = inner.check_and_watch_stat("/a").await.unwrap();
    create(&client, &format!("{root}/deep/er/a"), "inside").await;
    fires(watcher, EventType::NodeCreated, "/a").await;
    assert_eq!(read(&inner, "/a").await, "inside");
    assert_eq!(inner.list_children("/").await.unwrap(), ["a"]);
    let elsewhere = inner.clone().chroot(root.clone()).unwrap();
    assert_eq!(elsewhere.list_children("/").await.unwrap(), ["deep"]);
    assert_eq!(elsewhere.session_id(), inner.session_id());
    let (sequential, _) = create_as(&inner, "/e-", "", CreateMode::EphemeralSequential).await;
    assert_eq!(inner.list_ephemerals("/").await.unwrap(), [sequential]);
}

async fn descendants(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let other = world.client().await;
    for path in ["a", "a/b", "a/b/c", "d"] {
        create(&client, &format!("{root}/{path}"), "").await;
    }
    assert_eq!(client.count_descendants_number(&root).await, Ok(4));
    assert_eq!(client.count_descendants_number(&format!("{root}/a/b/c")).await, Ok(0));
    assert_eq!(client.count_descendants_number(&format!("{root}/missing")).await, Err(Error::NoNode));
    let mut mine = Vec::new();
    for path in ["a/e", "a/b/e", "e", "ee"] {
        mine.push(create_as(&client, &format!("{root}/{path}"), "", CreateMode::Ephemeral).await.0);
    }
    create_as(&other, &format!("{root}/other"), "", CreateMode::Ephemeral).await;
    mine.sort();
    // By the beginning of the path, not by its parts.
    for (below, wanted) in [("", &mine[..]), ("/a", &mine[..2]), ("/e", &mine[2..]), ("/missing", &[])] {
        let mut listed = client.list_ephemerals(&format!("{root}{below}")).await.unwrap();
        listed.sort();
        assert_eq!(listed, wanted, "ephemerals at {root}{below}");
    }
}
