use std::sync::Arc;
use std::time::Duration;

use zookeeper_client::{Acls, Client, CreateMode, EventType, SessionState};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] =
    &[scenario!("sessions.reconnect-restart", killed), scenario!("sessions.restart-terminated", terminated)];

async fn killed(world: Arc<World>, name: &'static str) {
    restart(world, name, "KILL").await;
}

async fn terminated(world: Arc<World>, name: &'static str) {
    restart(world, name, "TERM").await;
}

/// A server that ends and starts again on its folder has the tree, the sessions and their ephemerals; clients bring
/// their watches.
async fn restart(world: Arc<World>, name: &'static str, signal: &str) {
    use EventType::*;
    let server = world.launch(name, &["tickTime=500"]).await;
    // Closed until the server serves: one that is only starting may take a ConnectRequest and never answer.
    let gate = Gate::before(&server).await;
    let root = format!("/{}", name.replace('.', "-"));
    let path = |name: &str| format!("{root}/{name}");
    let writer = connect(connector(), &gate.address()).await;
    let client = connect(connector().with_auth("digest", b"ann:secret"), &gate.address()).await;
    let short = Client::connector().with_session_timeout(Duration::from_secs(2));
    let lost = connect(short.with_detached(), &gate.address()).await;
    let away = connect(connector().with_detached(), &gate.address()).await;

    create(&writer, &root, "").await;
    create(&writer, &path("data"), "before").await;
    let mine = CreateMode::Persistent.with_acls(Acls::creator_all());
    client.create(&path("secret"), b"hidden", &mine).await.unwrap();
    for (owner, node) in [(&client, "own"), (&lost, "lost"), (&away, "away")] {
        create_as(owner, &path(node), "", CreateMode::Ephemeral).await;
    }
    for i in 0..200 {
        create_as(&writer, &path("n-"), &i.to_string(), CreateMode::PersistentSequential).await;
    }
    let (_, _, changed) = client.get_and_watch_data(&path("data")).await.unwrap();
    let (_, created) = client.check_and_watch_stat(&path("created")).await.unwrap();
    let (_, parent) = client.list_and_watch_children(&root).await.unwrap();
    let before = stat(&writer, &root).await;
    let (away_session, lost_session) = (away.into_session(), lost.session_id());
    drop(lost);

    let mut states = client.state_watcher();
    server.end(signal);
    gate.cut();
    reaches(&mut states, SessionState::Disconnected).await;
    server.start().await;
    gate.open();
    reaches(&mut states, SessionState::SyncConnected).await;
    reaches(&mut writer.state_watcher(), SessionState::SyncConnected).await;
    assert_eq!(stat(&writer, &path("own")).await.ephemeral_owner, client.session_id().0);
    assert_eq!(read(&client, &path("data")).await, "before");
    // The library gives the credentials of before by itself.
    assert_eq!(read(&client, &path("secret")).await, "hidden");
    let away = connect(connector().with_session(away_session.clone()), &gate.address()).await;
    assert_eq!(away.session_id(), away_session.id());
    assert_eq!(stat(&away, &path("away")).await.ephemeral_owner, away.session_id().0);

    // A session that does not come back ends, though the server that knew it is gone.
    let (found, gone) = writer.check_and_watch_stat(&path("lost")).await.unwrap();
    if let Some(found) = found {
        assert_eq!(found.ephemeral_owner, lost_session.0);
        fires(gone, NodeDeleted, &path("lost")).await;
    }
    fires(parent, NodeChildrenChanged, &root).await;
    let after = stat(&writer, &root).await;
    assert_eq!((after.num_children, after.cversion), (before.num_children - 1, before.cversion + 1));
    set(&writer, &path("data"), "after").await;
    fires(changed, NodeDataChanged, &path("data")).await;
    create(&writer, &path("created"), "").await;
    fires(created, NodeCreated, &path("created")).await;
    let (next, _) = create_as(&writer, &path("n-"), "", CreateMode::PersistentSequential).await;
    assert_eq!(next, path("n-0000000206"));
    server.end("KILL");
}
