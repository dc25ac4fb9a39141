//! The floods, each by clients without a key.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How long a client waits before it connects again.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a client waits between two pieces of what it sends for ever.
const PACE: Duration = Duration::from_millis(100);

/// How many requests a client sends without reading an answer.
const PIPELINED: usize = 2000;

/// A flood: a number of clients that do the same.
pub(super) struct Attack {
    pub(super) name: &'static str,
    clients: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// One byte of a further request after an answered one, and silence.
    Silence,
    /// A body that never ends, of a request that is answered at once.
    EndlessBody,
    /// Pipelined requests whose answers are not read.
    Unread,
}

/// All floods.
pub(super) const ATTACKS: &[Attack] = &[
    Attack { name: "1,100 silent connections", clients: 1100, kind: Kind::Silence },
    Attack { name: "1,100 endless bodies", clients: 1100, kind: Kind::EndlessBody },
    Attack { name: "100 × 2,000 unread answers", clients: 100, kind: Kind::Unread },
];

impl Attack {
    /// Starts the flood of `host:port`, which lasts until the tasks are dropped.
    pub(super) fn start(&self, authority: &str) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        for _ in 0..self.clients {
            let (kind, authority) = (self.kind, authority.to_owned());
            clients.spawn(async move {
                loop {
                    // The server refuses or ends the connection: that is what it should do.
                    let _ended = attack(kind, &authority).await;
                    sleep(PAUSE).await;
                }
            });
        }
        clients
    }
}

async fn attack(kind: Kind, authority: &str) -> io::Result<()> {
    let mut stream = connect(authority).await?;
    match kind {
        Kind::Silence => {
            stream.write_all(get("/api/health", authority).as_bytes()).await?;
            let _answer = stream.read(&mut [0; 4096]).await?;
            stream.write_all(b"G").await?;
            drain(&mut stream).await
        }
        Kind::EndlessBody => {
            let head = format!("POST /nowhere HTTP/1.1\r\nHost: {authority}\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(b"Transfer-Encoding: chunked\r\n\r\n").await?;
            loop {
                stream.write_all(b"5\r\nabcde\r\n").await?;
                sleep(PACE).await;
            }
        }
        Kind::Unread => {
            let requests = get("/openapi.json", authority).repeat(PIPELINED);
            stream.write_all(requests.as_bytes()).await?;
            std::future::pending().await
        }
    }
}

/// Connects from another address than the callers, where the system has one.
async fn connect(authority: &str) -> io::Result<TcpStream> {
    let to: SocketAddr = authority.parse().map_err(io::Error::other)?;
    let socket = TcpSocket::new_v4()?;
    // Only Linux has the whole network 127.0.0.0/8.
    let _only_one = socket.bind((Ipv4Addr::new(127, 0, 0, 2), 0).into());
    socket.connect(to).await
}

fn get(path: &str, authority: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n")
}

/// Reads until the server ends the connection.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}
