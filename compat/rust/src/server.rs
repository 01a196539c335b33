//! One process of the launcher on a folder and a port of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);

pub struct Server {
    pub port: u16,
    folder: PathBuf,
    properties: String,
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Writes zoo.cfg: the given lines after those that every server has; lines that begin with -D are properties.
    pub fn new(folder: PathBuf, lines: &[String]) -> Server {
        fs::create_dir_all(folder.join("data")).expect("folder of a server");
        let port = free_port();
        let mut config = format!(
            "dataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n\
             4lw.commands.whitelist=*\nmaxClientCnxns=0\n",
            folder.join("data").display()
        );
        let mut properties = String::new();
        for line in lines {
            match line.starts_with("-D") {
                true => properties += &format!(" {line}"),
                false => config += &format!("{line}\n"),
            }
        }
        fs::write(folder.join("zoo.cfg"), config).expect("zoo.cfg");
        Server { port, folder, properties, child: Mutex::new(None) }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Runs the launcher and waits until the server serves; also after `end`, on the same folder.
    pub async fn start(&self) {
        let launcher = fs::canonicalize(std::env::var("ZK_LAUNCH").expect("ZK_LAUNCH")).expect("the launcher");
        let log = File::options().create(true).append(true).open(self.folder.join("log")).expect("log");
        let properties = std::env::var("ZK_PROPS").unwrap_or_default() + &self.properties;
        let child = Command::new(&launcher)
            .arg(self.folder.join("zoo.cfg"))
            .env("ZK_PROPS", properties)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            // A group of its own: a launcher that does not replace itself by the server is ended with it.
            .process_group(0)
            .spawn()
            .expect("the launcher");
        *self.child.lock().unwrap() = Some(child);
        let deadline = Instant::now() + START_LIMIT;
        while !self.word("srvr").await.contains("Mode: ") {
            let ended = self.child.lock().unwrap().as_mut().is_none_or(|child| child.try_wait().unwrap().is_some());
            assert!(
                !ended && Instant::now() < deadline,
                "{} does not serve: {}",
                launcher.display(),
                self.last_log_line()
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends the server with a signal and waits until it is gone.
    pub fn end(&self, signal: &str) {
        let Some(mut child) = self.child.lock().unwrap().take() else { return };
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-s", signal, "--", &group]).status().expect("kill");
        child.wait().expect("the end of a server");
    }

    /// Asks a four-letter word; empty if nobody answers.
    pub async fn word(&self, word: &str) -> String {
        let ask = async {
            let mut stream = TcpStream::connect(self.address()).await?;
            stream.write_all(word.as_bytes()).await?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await?;
            Ok::<String, std::io::Error>(text)
        };
        timeout(Duration::from_secs(5), ask).await.map(Result::unwrap_or_default).unwrap_or_default()
    }

    fn last_log_line(&self) -> String {
        let text = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        text.trim().lines().last().unwrap_or_default().to_owned()
    }
}

/// A file of test/fixtures/tls.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(&std::env::var("ZK_TLS_FIXTURES").expect("ZK_TLS_FIXTURES")).join(name)
}

/// A port below the range of near ends of connections: a client that dials there in vain must not end up at itself.
pub fn free_port() -> u16 {
    let from = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos() % 18000;
    (0..18000)
        .map(|step| 12000 + ((from + step) % 18000) as u16)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}
