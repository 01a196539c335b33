use std::sync::Arc;

use futures::future::join_all;
use zookeeper_client::{Acls, Client, CreateMode, Error, EventType, SessionState};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[scenario!("clients.many", many), scenario!("clients.pipelined", pipelined)];

const CLIENTS: usize = 64;
const ROUNDS: usize = 6;

/// Adds one to a number that others change too, by the version that was read.
async fn increment(client: &Client, path: &str) {
    loop {
        let (data, stat) = client.get_data(path).await.unwrap();
        let n: usize = String::from_utf8(data).unwrap().parse().unwrap();
        match client.set_data(path, (n + 1).to_string().as_bytes(), Some(stat.version)).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error, Error::BadVersion),
        }
    }
}

async fn work(client: &Client, root: &str, i: usize) {
    let (own, shared) = (format!("{root}/own-{i}"), format!("{root}/shared"));
    create(client, &own, "").await;
    create_as(client, &format!("{root}/alive/{i}"), "", CreateMode::Ephemeral).await;
    for round in 1..=ROUNDS {
        let (_, _, watcher) = client.get_and_watch_data(&own).await.unwrap();
        set(client, &own, &round.to_string()).await;
        fires(watcher, EventType::NodeDataChanged, &own).await;
        increment(client, &shared).await;
        create_as(client, &format!("{root}/queue/n-"), &i.to_string(), CreateMode::PersistentSequential).await;
        let mut writer = client.new_check_writer(&own, Some(round as i32)).unwrap();
        writer
            .add_create(&format!("{own}/r{round}"), b"", &CreateMode::Persistent.with_acls(Acls::anyone_all()))
            .unwrap();
        writer.commit().await.unwrap();
        let mut writer = client.new_multi_writer();
        writer.add_delete(&own, None).unwrap();
        writer.add_delete(&shared, None).unwrap();
        assert_eq!(Error::from(writer.commit().await.unwrap_err()), Error::NotEmpty);
    }
}

/// A quarter closes, a quarter loses its connection, the others stay.
async fn member(gate: Gate, root: String, i: usize) -> Option<Client> {
    let client = connect(connector(), &gate.address()).await;
    work(&client, &root, i).await;
    if i % 4 == 0 {
        return None;
    }
    if i % 4 == 1 {
        let mut states = client.state_watcher();
        gate.cut();
        reaches(&mut states, SessionState::Disconnected).await;
        gate.open();
        reaches(&mut states, SessionState::SyncConnected).await;
        assert_eq!(read(&client, &format!("{root}/own-{i}")).await, ROUNDS.to_string());
    }
    Some(client)
}

async fn many(world: Arc<World>, name: &'static str) {
    let (client, root) = world.begin(name).await;
    let server = world.common().await;
    for (node, data) in [("shared", "0"), ("queue", ""), ("alive", "")] {
        create(&client, &format!("{root}/{node}"), data).await;
    }
    let mut tasks = Vec::new();
    for i in 0..CLIENTS {
        tasks.push(tokio::spawn(member(Gate::before(&server).await, root.clone(), i)));
    }
    let mut crowd = Vec::new();
    for task in tasks {
        crowd.push(task.await.expect("a client"));
    }
    assert_eq!(read(&client, &format!("{root}/shared")).await, (CLIENTS * ROUNDS).to_string());
    let queue = stat(&client, &format!("{root}/queue")).await;
    assert_eq!((queue.num_children as usize, queue.cversion as usize), (CLIENTS * ROUNDS, CLIENTS * ROUNDS));
    for (i, member) in crowd.iter().enumerate() {
        let own = format!("{root}/own-{i}");
        assert_eq!(read(&client, &own).await, ROUNDS.to_string());
        assert_eq!(stat(&client, &own).await.num_children as usize, ROUNDS);
        let alive = format!("{root}/alive/{i}");
        let (found, gone) = client.check_and_watch_stat(&alive).await.unwrap();
        match (member, found) {
            (Some(member), found) => assert_eq!(found.map(|stat| stat.ephemeral_owner), Some(member.session_id().0)),
            (None, Some(_)) => _ = fires(gone, EventType::NodeDeleted, &alive).await,
            (None, None) => {}
        }
    }
}

/// Requests go out when they are made, not when they are awaited: all are under way at once, and take effect in order.
async fn pipelined(world: Arc<World>, name: &'static str) {
    const COUNT: i32 = 2000;
    let (client, root) = world.begin(name).await;
    let writes: Vec<_> = (1..=COUNT).map(|i| client.set_data(&root, i.to_string().as_bytes(), Some(i - 1))).collect();
    let shown = client.get_data(&root);
    let versions: Vec<i32> = join_all(writes).await.into_iter().map(|stat| stat.unwrap().version).collect();
    assert_eq!(versions, (1..=COUNT).collect::<Vec<i32>>());
    assert_eq!(shown.await.unwrap().0, COUNT.to_string().into_bytes());
    // An error is the answer to its own request only.
    let mixed: Vec<_> = (0..COUNT).map(|i| client.set_data(&root, b"", Some(COUNT + i - i % 2))).collect();
    let mut expected = COUNT;
    for (i, written) in join_all(mixed).await.into_iter().enumerate() {
        match COUNT + i as i32 - i as i32 % 2 == expected {
            true => expected = written.unwrap().version,
            false => assert_eq!(written.unwrap_err(), Error::BadVersion),
        }
    }
}
