use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use zookeeper_client::{
    Acls, AddWatchMode, Client, CreateMode, Error, EventType, LockClient, LockOptions, LockPrefix, OwnedLockClient,
    SessionState,
};

use crate::gate::Gate;
use crate::scenario;
use crate::world::*;
use crate::Scenario;

pub const SCENARIOS: &[Scenario] = &[
    scenario!("use.lock", lock),
    scenario!("use.lock-lost", lock_lost),
    scenario!("use.config", config),
    scenario!("use.leader", leader),
];

fn options() -> LockOptions<'static> {
    let parents = CreateMode::Persistent.with_acls(Acls::anyone_all());
    LockOptions::new(Acls::anyone_all()).with_ancestor_options(parents).unwrap()
}

/// Counts up without any check of versions: only the lock protects the number. Beside it stands the fencing token of
/// the writer, the zxid of its node in the queue.
async fn write_under_lock(lock: &LockClient<'_>, counter: &str) {
    let client = lock.client();
    let token = stat(client, lock.lock_path()).await.czxid;
    let text = read(client, counter).await;
    let (count, fence) = text.split_once(' ').unwrap();
    assert!(token > fence.parse().unwrap(), "fencing token {token} after {fence}");
    let next = format!("{} {token}", count.parse::<usize>().unwrap() + 1);
    lock.set_data(counter, next.as_bytes(), None).await.unwrap();
}

async fn contend(client: Client, root: String, i: usize, rounds: usize, inside: Arc<AtomicUsize>) {
    let (dir, counter) = (format!("{root}/locks/the-lock"), format!("{root}/counter"));
    for round in 0..rounds {
        // The kinds of names may be mixed, since all end in the same sequence.
        let prefix = match (i + round) % 2 {
            0 => LockPrefix::new_curator(&dir, "lock-"),
            _ => LockPrefix::new_custom(format!("{dir}/lock-{}-", client.session_id()), "lock-"),
        };
        let lock = within("the lock", client.lock(prefix.unwrap(), b"", options())).await.unwrap();
        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "others hold the lock");
        write_under_lock(&lock, &counter).await;
        inside.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn lock(world: Arc<World>, name: &'static str) {
    const CLIENTS: usize = 10;
    const ROUNDS: usize = 8;
    let (client, root) = world.begin(name).await;
    create(&client, &format!("{root}/counter"), "0 0").await;
    let inside = Arc::new(AtomicUsize::new(0));
    let mut parts = Vec::new();
    for i in 0..CLIENTS {
        parts.push(contend(world.client().await, root.clone(), i, ROUNDS, inside.clone()));
    }
    together(parts).await;
    let written = read(&client, &format!("{root}/counter")).await;
    assert_eq!(written.split(' ').next(), Some((CLIENTS * ROUNDS).to_string().as_str()));
}

/// The holder's session ends: the next one gets the lock, and the one that lost it can write no more.
async fn lock_lost(world: Arc<World>, name: &'static str) {
    let ((client, root), next) = (world.begin(name).await, world.client().await);
    let gate = Gate::before(&*world.common().await).await;
    let short = Client::connector().with_session_timeout(Duration::from_secs(2));
    let lost = connect(short, &gate.address()).await;
    let (counter, queue) = (format!("{root}/counter"), format!("{root}/queue"));
    create(&client, &counter, "0 0").await;
    create(&client, &queue, "").await;
    let prefix = format!("{queue}/n-");
    let held = lost.lock(LockPrefix::new_shared(&prefix).unwrap(), b"", options()).await.unwrap();
    write_under_lock(&held, &counter).await;
    let (_, waiting) = client.list_and_watch_children(&queue).await.unwrap();
    let lock = next.lock(LockPrefix::new_shared(&prefix).unwrap(), b"", options());
    tokio::pin!(lock);
    nothing_yet("a lock that is held", &mut lock).await;
    fires(waiting, EventType::NodeChildrenChanged, &queue).await;
    gate.cut();
    nothing_yet("a lock that is held", &mut lock).await;
    let lock = within("the lock", lock).await.unwrap();
    write_under_lock(&lock, &counter).await;
    gate.open();
    reaches(&mut lost.state_watcher(), SessionState::Expired).await;
    assert_eq!(held.set_data(&counter, b"late", None).await.unwrap_err(), Error::SessionExpired);
    // A lock whose node somebody took away is lost too.
    delete(&client, lock.lock_path()).await;
    assert_eq!(lock.set_data(&counter, b"late", None).await.unwrap_err(), Error::RuntimeInconsistent);
    assert!(read(&client, &counter).await.starts_with("2 "));
}

const CHANGES: usize = 80;

/// One transaction for each change: the current value, and an entry in the list of changes.
async fn config(world: Arc<World>, name: &'static str) {
    const READERS: usize = 24;
    let (writer, root) = world.begin(name).await;
    create(&writer, &format!("{root}/current"), "0").await;
    create(&writer, &format!("{root}/log"), "").await;
    let server = world.common().await;
    let (ready, mut readies) = mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for i in 0..READERS {
        let (gate, root, ready) = (Gate::before(&server).await, root.clone(), ready.clone());
        tasks.push(tokio::spawn(async move {
            let client = connect(connector(), &gate.address()).await;
            match i % 2 {
                0 => follow_lists(client, &root, (i % 4 == 0).then_some(gate), ready).await,
                _ => follow_events(client, &root, ready).await,
            }
        }));
    }
    for _ in 0..READERS {
        within("the readers", readies.recv()).await;
    }
    for i in 1..=CHANGES {
        let mut change = writer.new_multi_writer();
        change.add_set_data(&format!("{root}/current"), i.to_string().as_bytes(), Some(i as i32 - 1)).unwrap();
        let options = CreateMode::PersistentSequential.with_acls(Acls::anyone_all());
        change.add_create(&format!("{root}/log/"), i.to_string().as_bytes(), &options).unwrap();
        change.commit().await.unwrap();
    }
    for task in tasks {
        task.await.expect("a reader");
    }
}

/// Reads the entry and the current value, which is never older than an entry that was read, nor than itself before.
async fn read_change(client: &Client, root: &str, entry: &str, i: usize, before: &mut usize) {
    assert_eq!(read(client, entry).await, i.to_string());
    let value = read(client, &format!("{root}/current")).await.parse().unwrap();
    assert!(value >= i && value >= *before, "value {value} after change {i} and value {before}");
    *before = value;
}

/// Sees every change by one-time watches and lists; with a gate, loses the connection half-way.
async fn follow_lists(client: Client, root: &str, mut gate: Option<Gate>, ready: mpsc::UnboundedSender<()>) {
    let log = format!("{root}/log");
    let (mut seen, mut before) = (0, 0);
    while seen < CHANGES {
        if let Some(gate) = gate.take_if(|_| seen >= CHANGES / 2) {
            let mut states = client.state_watcher();
            gate.cut();
            reaches(&mut states, SessionState::Disconnected).await;
            gate.open();
            reaches(&mut states, SessionState::SyncConnected).await;
        }
        let (mut names, watcher) = client.list_and_watch_children(&log).await.unwrap();
        ready.send(()).ok();
        names.sort();
        assert!(names.len() >= seen, "{} changes after {seen}", names.len());
        if names.len() == seen {
            fires(watcher, EventType::NodeChildrenChanged, &log).await;
            continue;
        }
        for name in names.split_off(seen) {
            seen += 1;
            read_change(&client, root, &format!("{log}/{name}"), seen, &mut before).await;
        }
    }
}

/// Sees every change as an event of a recursive watch.
async fn follow_events(client: Client, root: &str, ready: mpsc::UnboundedSender<()>) {
    let mut watcher = client.watch(&format!("{root}/log"), AddWatchMode::PersistentRecursive).await.unwrap();
    ready.send(()).unwrap();
    let (mut before, mut last) = (0, 0);
    for seen in 1..=CHANGES {
        let event = within("a change", watcher.changed()).await;
        let entry = format!("{root}/log/{:010}", seen - 1);
        assert_eq!((event.event_type, &event.path), (EventType::NodeCreated, &entry));
        assert!(event.zxid > last, "zxid {} after {last}", event.zxid);
        last = event.zxid;
        read_change(&client, root, &entry, seen, &mut before).await;
    }
}

/// Writes as the leader, provided that it still is one.
async fn rule(leader: &OwnedLockClient, term: &str) -> Result<(), Error> {
    leader.set_data(term, leader.lock_path().as_bytes(), None).await.map(|_| ())
}

async fn leader(world: Arc<World>, name: &'static str) {
    const CANDIDATES: usize = 6;
    let (client, root) = world.begin(name).await;
    let server = world.common().await;
    let (queue, term) = (format!("{root}/latch"), format!("{root}/term"));
    create(&client, &term, "").await;
    let (sender, mut elected) = mpsc::unbounded_channel();
    let mut candidates = VecDeque::new();
    for _ in 0..CANDIDATES {
        let (gate, queue, sender) = (Gate::before(&server).await, queue.clone(), sender.clone());
        candidates.push_back(tokio::spawn(async move {
            let short = Client::connector().with_session_timeout(Duration::from_secs(3));
            let candidate = connect(short, &gate.address()).await;
            let prefix = LockPrefix::new_curator(&queue, "latch-").unwrap();
            let latch = candidate.lock(prefix, b"", options()).await.unwrap().into_owned();
            sender.send((latch, gate)).unwrap();
        }));
    }
    let (mut token, mut deposed) = (0, Vec::new());
    for i in 0..CANDIDATES {
        let (leader, gate) = within("a leader", elected.recv()).await.unwrap();
        let czxid = stat(&client, leader.lock_path()).await.czxid;
        assert!(czxid > token, "token {czxid} after {token}");
        token = czxid;
        for _ in 0..10 {
            rule(&leader, &term).await.unwrap();
        }
        assert!(elected.try_recv().is_err(), "a second leader");
        match i % 3 {
            0 => drop(leader),
            1 => {
                gate.cut();
                deposed.push((leader, gate));
            }
            // The session goes with its last client.
            _ => leader.client().delete(leader.lock_path(), None).await.unwrap(),
        }
    }
    for (former, gate) in deposed {
        gate.open();
        reaches(&mut former.client().state_watcher(), SessionState::Expired).await;
        assert_eq!(rule(&former, &term).await, Err(Error::SessionExpired));
    }
    assert_eq!(stat(&client, &term).await.version as usize, CANDIDATES * 10);
    for candidate in candidates {
        candidate.await.expect("a candidate");
    }
}
