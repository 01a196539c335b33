//! A network that a scenario can cut: clients that dial the gate reach the server behind it, or do not.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::server::Server;

#[derive(Clone)]
pub struct Gate {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    open: bool,
    connections: JoinSet<()>,
}

impl Gate {
    /// An open gate before the server.
    pub async fn before(server: &Server) -> Gate {
        let listener = loop {
            if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, crate::server::free_port())).await {
                break listener;
            }
        };
        let port = listener.local_addr().expect("address of a gate").port();
        let state = Arc::new(Mutex::new(State { open: true, connections: JoinSet::new() }));
        let gate = Gate { port, state };
        tokio::spawn(gate.clone().serve(listener, server.port));
        gate
    }

    async fn serve(self, listener: TcpListener, server: u16) {
        loop {
            let Ok((mut client, _)) = listener.accept().await else { continue };
            let mut state = self.state.lock().unwrap();
            // Dropped otherwise, which closes it.
            if state.open {
                state.connections.spawn(async move {
                    if let Ok(mut connection) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await {
                        copy_bidirectional(&mut client, &mut connection).await.ok();
                    }
                });
            }
        }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends every connection without a word to client or server, and lets nobody through until `open`.
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.open = false;
        state.connections.abort_all();
    }

    pub fn open(&self) {
        self.state.lock().unwrap().open = true;
    }
}
