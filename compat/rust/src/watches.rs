use std::sync::Arc;
use std::time::Duration;

use zookeeper_client::{Acls, AddWatchMode, Client, CreateMode, Error, EventType, PersistentWatcher};

use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("watches.data", data),
    scenario!("watches.exists", exists),
    scenario!("watches.children", children),
    scenario!("watches.persistent", persistent),
    scenario!("watches.persistent-recursive", recursive),
    scenario!("watches.remove", remove),
    scenario!("watches.order", order),
    scenario!("watches.order-recursive", order_recursive),
];

async fn data(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let path = format!("{root}/a");
    assert_eq!(client.get_and_watch_data(&path).await.unwrap_err(), Error::NoNode);
    create(&client, &path, "").await;
    let (_, _, first) = client.get_and_watch_data(&path).await.unwrap();
    let (_, _, second) = client.get_and_watch_data(&path).await.unwrap();
    let changed = set(&other, &path, "changed").await;
    assert_eq!(fires(first, EventType::NodeDataChanged, &path).await, changed.mzxid, "zxid of the event");
    fires(second, EventType::NodeDataChanged, &path).await;
    // Once only: the next change finds no watch.
    set(&other, &path, "again").await;
    let (_, _, third) = client.get_and_watch_data(&path).await.unwrap();
    create(&other, &format!("{path}/child"), "").await;
    other.set_acl(&path, &Acls::anyone_all(), None).await.unwrap();
    delete(&other, &format!("{path}/child")).await;
    read(&client, &path).await;
    let event = third.changed();
    tokio::pin!(event);
    nothing_yet("child or ACL for a data watch", &mut event).await;
    delete(&other, &path).await;
    let event = within("the end of the node", event).await;
    assert_eq!((event.event_type, event.path), (EventType::NodeDeleted, path));
}

async fn exists(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let path = format!("{root}/a");
    let (found, watcher) = client.check_and_watch_stat(&path).await.unwrap();
    assert_eq!(found, None);
    let created = create(&other, &path, "").await;
    assert_eq!(fires(watcher, EventType::NodeCreated, &path).await, created.czxid);
    let (found, watcher) = client.check_and_watch_stat(&path).await.unwrap();
    assert_eq!(found, Some(created));
    set(&other, &path, "").await;
    fires(watcher, EventType::NodeDataChanged, &path).await;
    let (_, watcher) = client.check_and_watch_stat(&path).await.unwrap();
    delete(&other, &path).await;
    fires(watcher, EventType::NodeDeleted, &path).await;
    // A create and a delete in one transaction: the watch sees the create.
    let (_, watcher) = client.check_and_watch_stat(&path).await.unwrap();
    let mut writer = other.new_multi_writer();
    writer.add_create(&path, b"", &CreateMode::Persistent.with_acls(Acls::anyone_all())).unwrap();
    writer.add_delete(&path, None).unwrap();
    writer.commit().await.unwrap();
    fires(watcher, EventType::NodeCreated, &path).await;
}

async fn children(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (path, child) = (format!("{root}/a"), format!("{root}/a/b"));
    create(&client, &path, "").await;
    let (_, watcher) = client.list_and_watch_children(&path).await.unwrap();
    let created = create(&other, &child, "").await;
    assert_eq!(fires(watcher, EventType::NodeChildrenChanged, &path).await, created.czxid);
    let (_, _, watcher) = client.get_and_watch_children(&path).await.unwrap();
    set(&other, &child, "data of a child").await;
    create(&other, &format!("{child}/c"), "").await;
    delete(&other, &format!("{child}/c")).await;
    set(&other, &path, "own data").await;
    read(&client, &path).await;
    let event = watcher.changed();
    tokio::pin!(event);
    nothing_yet("data or grandchild for a child watch", &mut event).await;
    delete(&other, &child).await;
    assert_eq!(within("the end of the child", event).await.event_type, EventType::NodeChildrenChanged);
    let (_, parent) = client.list_and_watch_children(&root).await.unwrap();
    let (_, own) = client.list_and_watch_children(&path).await.unwrap();
    delete(&other, &path).await;
    fires(own, EventType::NodeDeleted, &path).await;
    fires(parent, EventType::NodeChildrenChanged, &root).await;
}

/// The next events of a persistent watch, in order.
pub async fn sees(watcher: &mut PersistentWatcher, expected: &[(EventType, &str)]) {
    for (kind, path) in expected {
        let event = within(&format!("{kind} of {path}"), watcher.changed()).await;
        assert_eq!((event.event_type, event.path.as_str()), (*kind, *path));
    }
}

/// Makes every kind of change at a node and below it.
async fn change_all(client: &Client, path: &str) {
    let (child, grandchild) = (format!("{path}/c"), format!("{path}/c/d"));
    create(client, path, "").await;
    set(client, path, "").await;
    create(client, &child, "").await;
    set(client, &child, "").await;
    create(client, &grandchild, "").await;
    delete(client, &grandchild).await;
    delete(client, &child).await;
    client.set_acl(path, &Acls::anyone_all(), None).await.unwrap();
    delete(client, path).await;
}

async fn persistent(world: Arc<World>, name: &'static str) {
    use EventType::*;
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let path = format!("{root}/a");
    let mut watcher = client.watch(&path, AddWatchMode::Persistent).await.unwrap();
    let expected = [
        (NodeCreated, path.as_str()),
        (NodeDataChanged, &path),
        (NodeChildrenChanged, &path),
        (NodeChildrenChanged, &path),
        (NodeDeleted, &path),
    ];
    for _ in 0..2 {
        change_all(&other, &path).await;
        sees(&mut watcher, &expected).await;
    }
    nothing_yet("more than happened", watcher.changed()).await;
    // A persistent watch of the parent sees the names of children come and go, not what is below them.
    let mut parent = client.watch(&root, AddWatchMode::Persistent).await.unwrap();
    change_all(&other, &path).await;
    sees(&mut parent, &[(NodeChildrenChanged, &root), (NodeChildrenChanged, &root)]).await;
    read(&client, &root).await;
    nothing_yet("more than happened", parent.changed()).await;
}

async fn recursive(world: Arc<World>, name: &'static str) {
    use EventType::*;
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (path, child, grandchild) = (format!("{root}/a"), format!("{root}/a/c"), format!("{root}/a/c/d"));
    let mut watcher = client.watch(&root, AddWatchMode::PersistentRecursive).await.unwrap();
    change_all(&other, &path).await;
    let expected = [
        (NodeCreated, path.as_str()),
        (NodeDataChanged, &path),
        (NodeCreated, &child),
        (NodeDataChanged, &child),
        (NodeCreated, &grandchild),
        (NodeDeleted, &grandchild),
        (NodeDeleted, &child),
        (NodeDeleted, &path),
    ];
    sees(&mut watcher, &expected).await;
    // A name that begins alike is not below.
    create(&other, &format!("{root}-beside"), "").await;
    set(&other, &root, "").await;
    sees(&mut watcher, &[(NodeDataChanged, &root)]).await;
    let mut writer = other.new_multi_writer();
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    writer.add_create(&path, b"", &options).unwrap();
    writer.add_create(&child, b"", &options).unwrap();
    writer.commit().await.unwrap();
    let zxid = stat(&other, &child).await.czxid;
    for expected in [&path, &child] {
        let event = within("events of a transaction", watcher.changed()).await;
        assert_eq!((event.event_type, &event.path, event.zxid), (NodeCreated, expected, zxid));
    }
}

/// Waits until the server's list of watches by path does (not) have the path.
async fn listed(world: &World, path: &str, wanted: bool) {
    let server = world.common().await;
    let line = format!("{path}\n");
    let reached = async {
        while server.word("wchp").await.contains(&line) != wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(&format!("{path} in wchp: {wanted}"), reached).await;
}

/// The library removes a watch when its watcher is dropped.
async fn remove(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (_, _, data) = client.get_and_watch_data(&root).await.unwrap();
    listed(&world, &root, true).await;
    drop(data);
    listed(&world, &root, false).await;
    let (_, _, kept) = client.get_and_watch_data(&root).await.unwrap();
    let (_, dropped) = client.list_and_watch_children(&root).await.unwrap();
    drop(dropped);
    create(&other, &format!("{root}/a"), "").await;
    set(&other, &root, "").await;
    fires(kept, EventType::NodeDataChanged, &root).await;
    for mode in [AddWatchMode::Persistent, AddWatchMode::PersistentRecursive] {
        let watcher = client.watch(&root, mode).await.unwrap();
        listed(&world, &root, true).await;
        #[allow(deprecated)]
        watcher.remove().await.unwrap();
        listed(&world, &root, false).await;
    }
}

/// The event of a change comes before any reply that shows the change or a later one.
async fn order(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (path, flag) = (format!("{root}/a"), format!("{root}/flag"));
    create(&client, &path, "0").await;
    create(&client, &flag, "0").await;
    for round in 1..=300 {
        let (_, _, watcher) = client.get_and_watch_data(&path).await.unwrap();
        let (writer, first, second, value) = (other.clone(), path.clone(), flag.clone(), round.to_string());
        let writes = tokio::spawn(async move {
            set(&writer, &first, &round.to_string()).await;
            set(&writer, &second, &round.to_string()).await;
        });
        while read(&client, &flag).await != value {}
        let event = tokio::time::timeout(Duration::ZERO, watcher.changed()).await;
        let event = event.unwrap_or_else(|_| panic!("round {round}: a reply overtook the event of an earlier change"));
        assert_eq!(event.event_type, EventType::NodeDataChanged);
        writes.await.expect("the writer");
        // So does the event of an own change.
        let (_, _, watcher) = client.get_and_watch_data(&path).await.unwrap();
        let changed = set(&client, &path, "own").await;
        let event = tokio::time::timeout(Duration::ZERO, watcher.changed()).await;
        assert_eq!(event.expect("the event of an own change before the reply").zxid, changed.mzxid);
    }
}

/// The same for a recursive watch: all changes, in order, none behind a reply that shows it.
async fn order_recursive(world: Arc<World>, name: &'static str) {
    const CHANGES: i32 = 500;
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let path = format!("{root}/a");
    create(&client, &path, "").await;
    let mut watcher = client.watch(&root, AddWatchMode::PersistentRecursive).await.unwrap();
    let (writer, written) = (other.clone(), path.clone());
    let writes = tokio::spawn(async move {
        for _ in 0..CHANGES {
            set(&writer, &written, "").await;
        }
    });
    let (mut seen, mut last) = (0, 0);
    while seen < CHANGES {
        let shown = stat(&client, &path).await;
        while seen < shown.version {
            let event = tokio::time::timeout(Duration::ZERO, watcher.changed()).await;
            let event = event.unwrap_or_else(|_| panic!("a reply with version {} after {seen} events", shown.version));
            assert_eq!(event.event_type, EventType::NodeDataChanged);
            assert!(event.zxid > last, "zxid {} after {last}", event.zxid);
            (seen, last) = (seen + 1, event.zxid);
        }
    }
    writes.await.expect("the writer");
    nothing_yet("more than happened", watcher.changed()).await;
}
