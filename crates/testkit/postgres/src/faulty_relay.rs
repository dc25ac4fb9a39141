//! A relay in front of a PostgreSQL that can go silent, or lose a COMMIT or the answer to it.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use covibe_domain::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The name of the socket in the folder that a connection URL has as its host.
const SOCKET: &str = ".s.PGSQL.5432";

/// The bytes by which a client begins a transaction that only reads, begins one that changes something, and commits.
const BEGIN_READING: &[u8] = b"BEGIN READ ONLY;";
const BEGIN: &[u8] = b"BEGIN;";
const COMMIT: &[u8] = b"COMMIT\0";

/// The part of a change's COMMIT that is lost. The connection is then closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The COMMIT does not reach the server.
    Commit,
    /// The server carries it out, and its answer does not reach the client.
    Answer,
    /// The server carries it out and goes silent.
    Server,
}

/// A relay. It ends with the runtime that it was started on.
#[derive(Debug)]
pub struct Relay {
    folder: tempfile::TempDir,
    faults: Arc<Faults>,
}

/// The loss of each of the next COMMITs; `None` loses nothing.
type Losses = Box<dyn Iterator<Item = Option<Loss>> + Send>;

/// The state that the connections of a relay share.
struct Faults {
    is_silent: watch::Sender<bool>,
    losses: Mutex<Losses>,
    lost: AtomicUsize,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Faults({:?})", self.is_silent)
    }
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
        let faults = Faults {
            is_silent: watch::Sender::new(false),
            losses: Mutex::new(Box::new(std::iter::empty())),
            lost: AtomicUsize::default(),
        };
        Self { folder, faults: Arc::new(faults) }
    }

    /// Begins to listen. Requires a Tokio runtime.
    pub fn listen(&self, to: &Secret) {
        let (_, target) = to.expose().split_once("host=").expect("the folder of a socket");
        let target = PathBuf::from(target).join(SOCKET);
        let listener = UnixListener::bind(self.folder.path().join(SOCKET)).expect("a socket");
        let faults = Arc::clone(&self.faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&target).await.expect("the server");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let is_cut = watch::Sender::new(false);
                let (silent, cut) = (faults.is_silent.subscribe(), is_cut.subscribe());
                tokio::spawn(pass_back(from_server, to_client, silent, cut));
                tokio::spawn(pass(from_client, to_server, Arc::clone(&faults), is_cut));
            }
        });
    }

    /// Returns the connection URL that leads through the relay.
    pub fn url(&self, to: &Secret) -> Secret {
        let (url, _) = to.expose().split_once("host=").expect("the folder of a socket");
        Secret::new(format!("{url}host={}", self.folder.path().display()))
    }

    /// Passes nothing more on, on open and on new connections.
    pub fn go_silent(&self) {
        self.faults.is_silent.send_replace(true);
    }

    /// Passes bytes on again, on new connections; those that were silent stay so.
    pub fn speak_again(&self) {
        self.faults.is_silent.send_replace(false);
    }

    /// Loses a part of each COMMIT of a change from now on, as `losses` says, and nothing after its end.
    pub fn lose(&self, losses: impl IntoIterator<Item = Option<Loss>, IntoIter: Send + 'static>) {
        *self.faults.losses.lock().expect("no panic") = Box::new(losses.into_iter());
    }

    /// Returns the number of COMMITs that were not passed on as a whole.
    pub fn lost_commits(&self) -> usize {
        self.faults.lost.load(Ordering::SeqCst)
    }
}

impl Faults {
    /// Returns the loss for these bytes of a client, whose open transaction may be one that changes something.
    fn loss(&self, bytes: &[u8], changes: bool) -> Option<Loss> {
        if !changes || !contains(bytes, COMMIT) {
            return None;
        }
        let loss = self.losses.lock().expect("no panic").next()??;
        self.lost.fetch_add(1, Ordering::SeqCst);
        Some(loss)
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Passes on the bytes of a client until the relay goes silent, and then holds the connection for ever. Cuts it where
/// a part of a COMMIT is lost.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    faults: Arc<Faults>,
    is_cut: watch::Sender<bool>,
) {
    let (mut buffer, mut is_silent) = (vec![0; 16 * 1024], faults.is_silent.subscribe());
    let mut changes = false;
    while let Some(bytes) = read(&mut from, &mut buffer, &mut is_silent).await {
        changes = contains(bytes, BEGIN) || (changes && !contains(bytes, BEGIN_READING));
        let loss = faults.loss(bytes, changes);
        if loss.is_some() {
            // Before the server can answer.
            is_cut.send_replace(true);
        }
        if loss == Some(Loss::Server) {
            faults.is_silent.send_replace(true);
        }
        let is_passed = loss == Some(Loss::Commit) || to.write_all(bytes).await.is_ok();
        if loss.is_some() || !is_passed {
            return;
        }
    }
}

/// Passes on the bytes of the server, likewise, until the connection is cut.
async fn pass_back(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_silent: watch::Receiver<bool>,
    mut cut: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let bytes = tokio::select! {
            biased;
            _ = cut.wait_for(|is_cut| *is_cut) => return,
            bytes = read(&mut from, &mut buffer, &mut is_silent) => bytes,
        };
        let Some(bytes) = bytes.filter(|_| !*cut.borrow()) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// Returns the bytes that were read, or `None` at the end. Never returns once the relay is silent.
async fn read<'b>(
    from: &mut OwnedReadHalf,
    buffer: &'b mut [u8],
    is_silent: &mut watch::Receiver<bool>,
) -> Option<&'b [u8]> {
    let read = tokio::select! {
        biased;
        _ = is_silent.wait_for(|is_silent| *is_silent) => None,
        read = from.read(buffer) => Some(read.unwrap_or(0)),
    };
    let read = match read {
        Some(read) => read,
        None => std::future::pending().await,
    };
    buffer.get(..read).filter(|bytes| !bytes.is_empty())
}
