//! A relay in front of a PostgreSQL that can go silent: connections stay open, and nothing arrives.

use std::path::PathBuf;
use std::sync::Arc;

use covibe_domain::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The name of the socket in the folder that a connection URL has as its host.
const SOCKET: &str = ".s.PGSQL.5432";

/// A relay. It ends with the runtime that it was started on.
#[derive(Debug)]
pub struct Relay {
    folder: tempfile::TempDir,
    is_silent: Arc<watch::Sender<bool>>,
}

impl Relay {
    /// Starts a relay to the server of this connection URL, which names the folder of its socket. Requires
    /// a Tokio runtime.
    pub fn start(to: &Secret) -> Self {
        let relay = Self::prepare();
        relay.listen(to);
        relay
    }

    /// Creates a relay on which nothing listens yet.
    pub fn prepare() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, is_silent: Arc::new(watch::Sender::new(false)) }
    }

    /// Begins to listen. Requires a Tokio runtime.
    pub fn listen(&self, to: &Secret) {
        let (_, target) = to.expose().split_once("host=").expect("the folder of a socket");
        let target = PathBuf::from(target).join(SOCKET);
        let listener = UnixListener::bind(self.folder.path().join(SOCKET)).expect("a socket");
        let silent = Arc::clone(&self.is_silent);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&target).await.expect("the server");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, silent.subscribe()));
                tokio::spawn(pass(from_server, to_client, silent.subscribe()));
            }
        });
    }

    /// Returns the connection URL that leads through the relay.
    pub fn url(&self, to: &Secret) -> Secret {
        let (url, _) = to.expose().split_once("host=").expect("the folder of a socket");
        Secret::new(format!("{url}host={}", self.folder.path().display()))
    }

    /// Passes nothing on, on all connections that are open and those that come.
    pub fn go_silent(&self) {
        self.is_silent.send_replace(true);
    }

    /// Passes on what comes from now on, on new connections; those that were silent stay so.
    pub fn speak_again(&self) {
        self.is_silent.send_replace(false);
    }
}

/// Passes bytes on until the relay goes silent, and then holds the connection for ever.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_silent: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            biased;
            _ = is_silent.wait_for(|is_silent| *is_silent) => break,
            read = from.read(&mut buffer) => read.unwrap_or(0),
        };
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    std::future::pending::<()>().await;
}
