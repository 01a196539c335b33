use std::sync::Arc;
use std::time::{Duration, Instant};

use zookeeper_client::{AddWatchMode, Client, CreateMode, Error, EventType, SessionState, WatchedEvent};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("sessions.ephemerals", ephemerals),
    scenario!("sessions.close", close),
    scenario!("sessions.states", states),
    scenario!("sessions.timeouts", timeouts),
    scenario!("sessions.reconnect", reconnect),
    scenario!("sessions.detached", detached),
    scenario!("sessions.expiry", expiry),
];

async fn ephemerals(world: Arc<World>, name: &'static str) {
    let ((client, root), owner) = (world.begin(name).await, world.client().await);
    for i in 0..50 {
        let (_, created) = create_as(&owner, &format!("{root}/e{i}"), "", CreateMode::Ephemeral).await;
        assert_eq!(created.ephemeral_owner, owner.session_id().0);
    }
    // Anybody may delete one.
    delete(&client, &format!("{root}/e0")).await;
    let last = format!("{root}/e49");
    let (_, watcher) = client.check_and_watch_stat(&last).await.unwrap();
    let before = stat(&client, &root).await;
    drop(owner);
    let zxid = fires(watcher, EventType::NodeDeleted, &last).await;
    // They all go in one transaction.
    let after = stat(&client, &root).await;
    assert_eq!((after.num_children, after.cversion, after.pzxid), (0, before.cversion + 49, zxid));
}

async fn close(world: Arc<World>, name: &'static str) {
    let ((client, root), other) = (world.begin(name).await, world.client().await);
    let (path, _) = create_as(&other, &format!("{root}/e"), "", CreateMode::Ephemeral).await;
    let (_, gone) = client.check_and_watch_stat(&path).await.unwrap();
    let (_, _, watcher) = other.get_and_watch_data(&root).await.unwrap();
    let mut states = other.state_watcher();
    let sid = format!("sid={},", other.session_id());
    let server = world.common().await;
    assert!(server.word("cons").await.contains(&sid), "{sid} is not among the connections");
    let last = other.clone();
    drop(other);
    read(&last, &root).await;
    assert_eq!(states.state(), SessionState::SyncConnected, "a clone keeps the session");
    drop(last);
    fires(gone, EventType::NodeDeleted, &path).await;
    reaches(&mut states, SessionState::Closed).await;
    assert_eq!(within("the end of a watch", watcher.changed()).await, WatchedEvent::new_session(SessionState::Closed));
    assert!(!server.word("cons").await.contains(&sid), "{sid} is among the connections after its end");
}

async fn states(world: Arc<World>, name: &'static str) {
    let (_, root) = world.begin(name).await;
    let server = world.common().await;
    let gate = Gate::before(&server).await;
    let client = connect(connector().with_readonly(true), &gate.address()).await;
    let mut states = client.state_watcher();
    assert_eq!(client.state(), SessionState::SyncConnected);
    assert!(!client.session().is_readonly());
    for _ in 0..2 {
        gate.cut();
        reaches(&mut states, SessionState::Disconnected).await;
        gate.open();
        reaches(&mut states, SessionState::SyncConnected).await;
        read(&client, &root).await;
    }
    gate.cut();
    let nobody = Client::connector().with_fail_eagerly().connect(&gate.address()).await;
    assert_eq!(nobody.unwrap_err(), Error::NoHosts);
    assert!(server.word("ruok").await == "imok");
}

/// The server moves a timeout into its limits.
async fn timeouts(world: Arc<World>, _name: &'static str) {
    let server = world.common().await;
    for (asked, granted) in [(10, 1000), (4321, 4321), (100_000, 40_000)] {
        // The library gives a connection no longer than the session it asks for: on a busy machine 10 ms may be too few.
        let connects = async {
            loop {
                let connector = Client::connector().with_session_timeout(Duration::from_millis(asked));
                match connector.connect(&server.address()).await {
                    Err(Error::Timeout) => continue,
                    connected => return connected,
                }
            }
        };
        let client = within("a session", connects).await.expect("a session");
        assert_eq!(client.session_timeout(), Duration::from_millis(granted), "timeout for {asked} ms");
    }
}

async fn reconnect(world: Arc<World>, name: &'static str) {
    use EventType::*;
    let (client, root) = world.begin(name).await;
    let gate = Gate::before(&*world.common().await).await;
    let away = connect(connector(), &gate.address()).await;
    let path = |name: &str| format!("{root}/{name}");
    for name in ["changed", "deleted", "parent", "later", "persistent"] {
        create(&client, &path(name), "").await;
    }
    let (_, _, changed) = away.get_and_watch_data(&path("changed")).await.unwrap();
    let (_, _, deleted) = away.get_and_watch_data(&path("deleted")).await.unwrap();
    let (_, created) = away.check_and_watch_stat(&path("created")).await.unwrap();
    let (_, parent) = away.list_and_watch_children(&path("parent")).await.unwrap();
    let (_, _, later) = away.get_and_watch_data(&path("later")).await.unwrap();
    let (_, silent) = away.check_and_watch_stat(&path("never")).await.unwrap();
    let mut persistent = away.watch(&path("persistent"), AddWatchMode::PersistentRecursive).await.unwrap();
    let (ephemeral, _) = create_as(&away, &path("e"), "", CreateMode::Ephemeral).await;
    let mut states = away.state_watcher();

    gate.cut();
    reaches(&mut states, SessionState::Disconnected).await;
    set(&client, &path("changed"), "while away").await;
    delete(&client, &path("deleted")).await;
    create(&client, &path("created"), "").await;
    create(&client, &path("parent/child"), "").await;
    gate.open();
    fires(changed, NodeDataChanged, &path("changed")).await;
    fires(deleted, NodeDeleted, &path("deleted")).await;
    fires(created, NodeCreated, &path("created")).await;
    fires(parent, NodeChildrenChanged, &path("parent")).await;
    let later = later.changed();
    tokio::pin!(later);
    nothing_yet("watch of what did not change", &mut later).await;
    set(&client, &path("later"), "after the return").await;
    let event = within("a change after the return", later).await;
    assert_eq!((event.event_type, event.path), (NodeDataChanged, path("later")));
    // The library tells persistent watches of the way, but does not hand them back: 0.11.2 never sends setWatches2.
    for state in [SessionState::Disconnected, SessionState::SyncConnected] {
        assert_eq!(within("state", persistent.changed()).await, WatchedEvent::new_session(state));
    }
    nothing_yet("watch of what is not there", silent.changed()).await;
    assert_eq!(stat(&client, &ephemeral).await.ephemeral_owner, away.session_id().0);
}

/// A session whose client is gone without closing it is taken up by another client. Gates keep the former ones away:
/// two clients of one session would take it from each other again and again.
async fn detached(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let server = world.common().await;
    let gates = [Gate::before(&server).await, Gate::before(&server).await];
    let first = connect(connector().with_detached().with_auth("digest", b"ann:secret"), &gates[0].address()).await;
    let (path, created) = create_as(&first, &format!("{root}/e"), "", CreateMode::Ephemeral).await;
    let session = first.into_session();
    gates[0].cut();
    let second = connect(connector().with_detached().with_session(session.clone()), &gates[1].address()).await;
    assert_eq!(second.session_id(), session.id());
    assert_eq!(stat(&second, &path).await, created);
    let users = second.list_auth_users().await.unwrap();
    assert!(users.iter().all(|user| user.scheme() != "digest"), "a connection keeps its users to itself: {users:?}");
    // This one does not know yet that it has lost its connection.
    gates[1].cut();
    let third = connect(connector().with_session(session.clone()), &server.address()).await;
    set(&third, &path, "still there").await;
    drop(second);
    assert_eq!(stat(&client, &path).await.ephemeral_owner, session.id().0);
    let (_, gone) = client.check_and_watch_stat(&path).await.unwrap();
    drop(third);
    fires(gone, EventType::NodeDeleted, &path).await;
    let closed = connector().with_session(session).connect(&server.address()).await;
    assert_eq!(closed.unwrap_err(), Error::SessionExpired);
}

async fn expiry(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let server = world.common().await;
    let gate = Gate::before(&server).await;
    let short = || Client::connector().with_session_timeout(Duration::from_secs(1));
    let doomed = connect(short(), &gate.address()).await;
    let idle = connect(short(), &server.address()).await;
    let (idle_node, _) = create_as(&idle, &format!("{root}/idle"), "", CreateMode::Ephemeral).await;
    let (path, _) = create_as(&doomed, &format!("{root}/e"), "", CreateMode::Ephemeral).await;
    let (_, _, watcher) = doomed.get_and_watch_data(&path).await.unwrap();
    let (_, gone) = client.check_and_watch_stat(&path).await.unwrap();
    let (_, parent) = client.list_and_watch_children(&root).await.unwrap();
    let mut states = doomed.state_watcher();
    gate.cut();
    let left = Instant::now();
    let zxid = fires(gone, EventType::NodeDeleted, &path).await;
    assert_eq!(fires(parent, EventType::NodeChildrenChanged, &root).await, zxid);
    assert!(left.elapsed() > Duration::from_millis(300), "the session ended with its connection");
    gate.open();
    reaches(&mut states, SessionState::Expired).await;
    assert_eq!(within("the end of a watch", watcher.changed()).await, WatchedEvent::new_session(SessionState::Expired));
    assert_eq!(doomed.get_data(&root).await.unwrap_err(), Error::SessionExpired);
    let back = short().with_session(doomed.into_session()).connect(&server.address()).await;
    assert_eq!(back.unwrap_err(), Error::SessionExpired);
    // A client that only pings lives on.
    assert_eq!(stat(&client, &idle_node).await.ephemeral_owner, idle.session_id().0);
}
