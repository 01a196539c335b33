use std::sync::Arc;

use zookeeper_client::{
    Acl, Acls, Client, CreateMode, Error, EventType, MultiReadResult, MultiWriteError, MultiWriteResult, MultiWriter,
    Permission, Stat,
};

use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("multi.success", success),
    scenario!("multi.failures", failures),
    scenario!("multi.read", reads),
    scenario!("multi.atomic", atomic),
    scenario!("multi.checked", checked),
];

async fn success(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (a, b) = (format!("{root}/a"), format!("{root}/b"));
    let options = |mode: CreateMode| mode.with_acls(Acls::anyone_all());
    let (_, parent) = other.list_and_watch_children(&root).await.unwrap();
    let mut writer = client.new_multi_writer();
    writer.add_create(&a, b"1", &options(CreateMode::Persistent)).unwrap();
    writer.add_create(&format!("{a}/n-"), b"", &options(CreateMode::PersistentSequential)).unwrap();
    writer.add_create(&format!("{a}/e"), b"", &options(CreateMode::Ephemeral)).unwrap();
    writer.add_create(&format!("{a}/c"), b"", &options(CreateMode::Container)).unwrap();
    writer.add_set_data(&a, b"22", Some(0)).unwrap();
    writer.add_check_version(&a, 1).unwrap();
    writer.add_create(&b, b"", &options(CreateMode::Persistent)).unwrap();
    writer.add_delete(&b, Some(0)).unwrap();
    let results = writer.commit().await.unwrap();
    let after = stat(&client, &a).await;
    let made = |path: &str, stat: Stat| MultiWriteResult::Create { path: path.to_owned(), stat };
    let first = Stat { mtime: after.ctime, version: 0, cversion: 0, data_length: 1, num_children: 0, ..after };
    let empty = Stat { data_length: 0, ..first };
    let owned = Stat { ephemeral_owner: client.session_id().0, ..empty };
    let expected = [
        made(&a, first),
        made(&format!("{a}/n-0000000000"), empty),
        made(&format!("{a}/e"), owned),
        made(&format!("{a}/c"), empty),
        MultiWriteResult::SetData { stat: after },
        MultiWriteResult::Check,
        made(&b, empty),
        MultiWriteResult::Delete,
    ];
    assert_eq!(results, expected);
    assert_eq!((after.czxid, after.version, after.cversion, after.num_children), (after.mzxid, 1, 3, 3));
    assert_eq!(fires(parent, EventType::NodeChildrenChanged, &root).await, after.czxid);
    assert_eq!(client.new_multi_writer().commit().await, Ok(vec![]));
}

type Add = Box<dyn Fn(&mut MultiWriter) + Send + Sync>;

fn creation(path: &str, mode: CreateMode, acls: &'static [Acl]) -> Add {
    let path = path.to_owned();
    Box::new(move |writer| writer.add_create(&path, b"", &mode.with_acls(Acls::new(acls))).unwrap())
}

fn change(path: &str, version: Option<i32>) -> Add {
    let path = path.to_owned();
    Box::new(move |writer| writer.add_set_data(&path, b"new", version).unwrap())
}

fn deletion(path: &str, version: Option<i32>) -> Add {
    let path = path.to_owned();
    Box::new(move |writer| writer.add_delete(&path, version).unwrap())
}

fn version_check(path: &str, version: i32) -> Add {
    let path = path.to_owned();
    Box::new(move |writer| writer.add_check_version(&path, version).unwrap())
}

static ANYONE: [Acl; 1] = [Acl::new_const(Permission::ALL, "world", "anyone")];
static NOBODY_KNOWN: [Acl; 1] = [Acl::new_const(Permission::ALL, "auth", "")];
static CLOSED: [Acl; 1] = [Acl::new_const(Permission::ADMIN, "world", "anyone")];

/// What fails, and with what.
fn failing(root: &str) -> Vec<(Add, Error)> {
    let path = |name: &str| format!("{root}/{name}");
    let (node, missing, closed) = (path("node"), path("missing"), path("closed"));
    let plain = |name: &str| creation(&path(name), CreateMode::Persistent, &ANYONE);
    vec![
        (deletion(&missing, None), Error::NoNode),
        (change(&missing, None), Error::NoNode),
        (version_check(&missing, -1), Error::NoNode),
        (plain("missing/child"), Error::NoNode),
        (deletion(&node, Some(7)), Error::BadVersion),
        (change(&node, Some(7)), Error::BadVersion),
        (version_check(&node, 7), Error::BadVersion),
        (plain("node"), Error::NodeExists),
        (deletion(&path("full"), None), Error::NotEmpty),
        (change(&closed, None), Error::NoAuth),
        (plain("closed/child"), Error::NoAuth),
        (deletion(&path("closed/inner"), None), Error::NoAuth),
        (version_check(&closed, 0), Error::NoAuth),
        (creation(&missing, CreateMode::Persistent, &NOBODY_KNOWN), Error::InvalidAcl),
        (plain("e/child"), Error::NoChildrenForEphemerals),
        (plain("😀"), Error::BadArguments(&"server error")),
    ]
}

async fn failures(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    for node in ["node", "full", "full/child", "closed", "closed/inner"] {
        create(&client, &format!("{root}/{node}"), "old").await;
    }
    create_as(&client, &format!("{root}/e"), "", CreateMode::Ephemeral).await;
    client.set_acl(&format!("{root}/closed"), &CLOSED, None).await.unwrap();
    let (node, new) = (format!("{root}/node"), format!("{root}/new"));
    let others = [creation(&new, CreateMode::Persistent, &ANYONE), change(&node, Some(0)), deletion(&new, None)];
    let (_, quiet) = client.check_and_watch_stat(&new).await.unwrap();
    let (_, before, watcher) = client.get_and_watch_data(&node).await.unwrap();
    let parent = stat(&client, &root).await;
    for (case, (add, error)) in failing(&root).iter().enumerate() {
        for index in 0..=others.len() {
            let mut writer = client.new_multi_writer();
            others[..index].iter().chain([add]).chain(&others[index..]).for_each(|add| add(&mut writer));
            let failed = MultiWriteError::OperationFailed { index, source: error.clone() };
            assert_eq!(writer.commit().await, Err(failed), "case {case} at {index}");
        }
    }
    assert_eq!(client.get_data(&node).await.unwrap(), (b"old".to_vec(), before));
    assert_eq!(stat(&client, &root).await, parent);
    nothing_yet("watch of a create that failed", quiet.changed()).await;
    nothing_yet("watch of a set that failed", watcher.changed()).await;
}

/// Each read by itself: an error is the result of its own place.
async fn reads(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let (a, closed) = (format!("{root}/a"), format!("{root}/closed"));
    let created = create(&client, &a, "data").await;
    create(&client, &closed, "hidden").await;
    client.set_acl(&closed, &CLOSED, None).await.unwrap();
    let mut reader = client.new_multi_reader();
    reader.add_get_data(&a).unwrap();
    reader.add_get_data(&format!("{root}/missing")).unwrap();
    reader.add_get_children(&root).unwrap();
    reader.add_get_data(&closed).unwrap();
    reader.add_get_children(&closed).unwrap();
    reader.add_get_children(&a).unwrap();
    let mut found = Vec::new();
    for result in reader.commit().await.unwrap() {
        found.push(match result {
            MultiReadResult::Data { data, stat } => {
                assert_eq!(stat, created);
                String::from_utf8(data).unwrap()
            }
            MultiReadResult::Children { mut children } => {
                children.sort();
                format!("{children:?}")
            }
            MultiReadResult::Error { err } => err.to_string(),
            _ => panic!("an unknown kind of result"),
        });
    }
    let (no_node, no_auth) = (Error::NoNode.to_string(), Error::NoAuth.to_string());
    assert_eq!(found, ["data", no_node.as_str(), r#"["a", "closed"]"#, no_auth.as_str(), no_auth.as_str(), "[]"]);
    assert!(client.new_multi_reader().commit().await.unwrap().is_empty());
}

async fn write_pair(client: &Client, a: &str, b: &str) {
    let mut writer = client.new_multi_writer();
    writer.add_set_data(a, b"", None).unwrap();
    writer.add_set_data(b, b"", None).unwrap();
    writer.commit().await.unwrap();
}

/// Two nodes that always change in one transaction are always found at the same version by a transaction of reads.
async fn atomic(world: Arc<World>, name: &'static str) {
    const ROUNDS: i32 = 400;
    let (client, root) = world.begin(name).await;
    let (a, b) = (format!("{root}/a"), format!("{root}/b"));
    create(&client, &a, "").await;
    create(&client, &b, "").await;
    let mut parts: Vec<std::pin::Pin<Box<dyn std::future::Future<Output = ()> + Send>>> = Vec::new();
    for _ in 0..4 {
        let (reader, a, b) = (world.client().await, a.clone(), b.clone());
        parts.push(Box::pin(async move {
            let mut version = 0;
            while version < ROUNDS {
                let mut reads = reader.new_multi_reader();
                reads.add_get_data(&a).unwrap();
                reads.add_get_data(&b).unwrap();
                let results = reads.commit().await.unwrap();
                let [MultiReadResult::Data { stat: a, .. }, MultiReadResult::Data { stat: b, .. }] = &results[..]
                else {
                    panic!("results {results:?}");
                };
                assert!(a.version == b.version && (a.version == 0 || a.mzxid == b.mzxid), "{a:?} beside {b:?}");
                assert!(a.version >= version, "version {} after {version}", a.version);
                version = a.version;
            }
        }));
    }
    parts.push(Box::pin(async move {
        for _ in 0..ROUNDS {
            write_pair(&client, &a, &b).await;
        }
    }));
    together(parts).await;
}

/// The library's writer that depends on another node.
async fn checked(world: Arc<World>, name: &'static str) {
    use zookeeper_client::CheckWriteError::*;
    let (client, root) = world.begin(name).await;
    let (key, node) = (format!("{root}/key"), format!("{root}/node"));
    create(&client, &key, "").await;
    create(&client, &node, "").await;
    let mut writer = client.new_check_writer(&key, Some(0)).unwrap();
    writer.add_set_data(&node, b"1", Some(0)).unwrap();
    assert_eq!(writer.commit().await.unwrap(), [MultiWriteResult::SetData { stat: stat(&client, &node).await }]);
    let mut writer = client.new_check_writer(&key, Some(0)).unwrap();
    writer.add_set_data(&node, b"2", Some(0)).unwrap();
    assert_eq!(writer.commit().await, Err(OperationFailed { index: 0, source: Error::BadVersion }));
    set(&client, &key, "turned").await;
    let mut writer = client.new_check_writer(&key, Some(0)).unwrap();
    writer.add_set_data(&node, b"2", None).unwrap();
    assert_eq!(writer.commit().await, Err(CheckFailed { source: Error::BadVersion }));
    delete(&client, &key).await;
    let mut writer = client.new_check_writer(&key, None).unwrap();
    writer.add_set_data(&node, b"2", None).unwrap();
    assert_eq!(writer.commit().await, Err(CheckFailed { source: Error::NoNode }));
    assert_eq!(read(&client, &node).await, "1");
}
