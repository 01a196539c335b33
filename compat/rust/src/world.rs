//! What scenarios share: the temporary folder, the common server, waiting for events, clients.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;
use zookeeper_client::{
    Acls, Client, Connector, CreateMode, EventType, OneshotWatcher, SessionState, Stat, StateWatcher,
};

use crate::server::Server;

/// Bounds every wait for an event.
pub const LIMIT: Duration = Duration::from_secs(30);

pub struct World {
    folder: PathBuf,
    servers: Mutex<Vec<Arc<Server>>>,
    common: OnceCell<Arc<Server>>,
}

impl World {
    pub fn new() -> World {
        let folder = std::env::temp_dir().join(format!("zabra-rust-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        World { folder, servers: Mutex::default(), common: OnceCell::new() }
    }

    /// The server of most scenarios. Its short ticks make short session timeouts possible.
    pub async fn common(&self) -> Arc<Server> {
        let lines = [
            "tickTime=500",
            "maxSessionTimeout=40000",
            "extendedTypesEnabled=true",
            "-Dznode.container.checkIntervalMs=200",
        ];
        self.common.get_or_init(|| self.launch("common", &lines)).await.clone()
    }

    pub async fn launch(&self, name: &str, lines: &[&str]) -> Arc<Server> {
        let lines: Vec<String> = lines.iter().map(|line| line.to_string()).collect();
        let server = Arc::new(Server::new(self.folder.join(name), &lines));
        self.servers.lock().unwrap().push(server.clone());
        server.start().await;
        server
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.join(name);
        std::fs::write(&file, text).expect("a file");
        file
    }

    /// Kills every server; the folder with their logs stays unless all went well.
    pub fn end(&self, remove: bool) {
        self.servers.lock().unwrap().iter().for_each(|server| server.end("KILL"));
        match remove {
            true => std::fs::remove_dir_all(&self.folder).expect("the temporary folder"),
            false => eprintln!("kept: {}", self.folder.display()),
        }
    }

    /// A client of the common server, and the scenario's root that it has made.
    pub async fn begin(&self, name: &str) -> (Client, String) {
        let root = format!("/{}", name.replace('.', "-"));
        let client = self.client().await;
        create(&client, &root, "").await;
        (client, root)
    }

    pub async fn client(&self) -> Client {
        connect(connector(), &self.common().await.address()).await
    }
}

pub fn connector() -> Connector {
    Client::connector().with_session_timeout(Duration::from_secs(20))
}

pub async fn connect(connector: Connector, address: &str) -> Client {
    within("a session", connector.connect(address)).await.expect("a session")
}

pub async fn within<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, event).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {LIMIT:?}"),
    }
}

/// Asserts that nothing has arrived, without waiting.
pub async fn nothing_yet<T: std::fmt::Debug>(what: &str, event: impl Future<Output = T>) {
    if let Ok(event) = tokio::time::timeout(Duration::ZERO, event).await {
        panic!("{what}: {event:?} came");
    }
}

/// Runs all at once, each in a task of its own; the first failure of any fails the scenario.
pub async fn together<F: Future<Output = ()> + Send + 'static>(all: impl IntoIterator<Item = F>) {
    let mut tasks: tokio::task::JoinSet<()> = all.into_iter().collect();
    while let Some(ended) = tasks.join_next().await {
        ended.expect("a part of the scenario");
    }
}

/// Creates a node for everybody.
pub async fn create(client: &Client, path: &str, data: &str) -> Stat {
    create_as(client, path, data, CreateMode::Persistent).await.1
}

/// Creates a node of a mode and answers its name.
pub async fn create_as(client: &Client, path: &str, data: &str, mode: CreateMode) -> (String, Stat) {
    let (stat, sequence) = client
        .create(path, data.as_bytes(), &mode.with_acls(Acls::anyone_all()))
        .await
        .unwrap_or_else(|error| panic!("create {path}: {error}"));
    match sequence.into_i64() {
        -1 => (path.to_owned(), stat),
        _ => (format!("{path}{sequence}"), stat),
    }
}

pub async fn read(client: &Client, path: &str) -> String {
    let (data, _) = client.get_data(path).await.unwrap_or_else(|error| panic!("get {path}: {error}"));
    String::from_utf8(data).expect("text")
}

pub async fn set(client: &Client, path: &str, data: &str) -> Stat {
    client.set_data(path, data.as_bytes(), None).await.unwrap_or_else(|error| panic!("set {path}: {error}"))
}

pub async fn stat(client: &Client, path: &str) -> Stat {
    let found = client.check_stat(path).await.unwrap_or_else(|error| panic!("exists {path}: {error}"));
    found.unwrap_or_else(|| panic!("{path} is not there"))
}

pub async fn delete(client: &Client, path: &str) {
    client.delete(path, None).await.unwrap_or_else(|error| panic!("delete {path}: {error}"));
}

/// Waits for the event of a one-time watch.
pub async fn fires(watcher: OneshotWatcher, kind: EventType, path: &str) -> i64 {
    let event = within(&format!("{kind} of {path}"), watcher.changed()).await;
    assert_eq!((event.event_type, event.path.as_str()), (kind, path));
    event.zxid
}

pub async fn reaches(states: &mut StateWatcher, wanted: SessionState) {
    if states.state() == wanted {
        return;
    }
    within(&format!("state {wanted}"), async { while states.changed().await != wanted {} }).await;
}
