//! The floods: by clients without a key, and by callers and people of one tenant.

mod flood_requests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bench::measured_programs::Server;
use crate::http_client::{self, Connection};

/// The time that a client waits before it connects again.
const PAUSE: Duration = Duration::from_secs(1);

/// The time between two pieces of a request that never ends.
const PACE: Duration = Duration::from_millis(100);

/// The number of requests that a client sends without reading an answer.
const PIPELINED: usize = 2000;

/// The length of a body that does not end: the longest that is accepted.
const BODY: usize = 1024 * 1024;

/// The length of a form that does not end.
const FORM: usize = 16_000;

/// The address of a person who signs in while others do so from another one.
const PROBER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

/// A flood: a number of clients that do the same.
pub(super) struct Attack {
    pub(super) name: &'static str,
    clients: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One byte of a further request after an answered one, and silence.
    Silence,
    /// A body that never ends, of a request that is answered at once.
    EndlessBody,
    /// Pipelined requests whose answers are not read.
    Unread,
    /// Requests with an unknown key that are reset while it is looked up.
    Reset,
    /// Calls that need an app of Coolify's, far more than its rate limit allows.
    Waiting,
    /// Lists of compose apps with long files full of line breaks.
    LongFiles,
    /// Calls that are refused.
    Refused,
    /// Bodies of calls that come up to their last byte.
    HeldBody,
    /// Forms of people who are not signed in that come up to their last byte.
    HeldForm,
    /// Photos that come up to their last byte.
    HeldPhoto,
    /// Small files of the largest images that are decoded.
    SmallPng,
    /// Wrong passwords from one address.
    SignIn,
    /// Deliveries that name a hook and are signed with a secret of others.
    ForeignDelivery,
    /// Pipelined requests for a file of the pages whose answers are not read.
    UnreadScript,
}

/// All floods.
pub(super) const ATTACKS: &[Attack] = &[
    Attack { name: "1,100 silent connections", clients: 1100, kind: Kind::Silence },
    Attack { name: "1,100 endless bodies", clients: 1100, kind: Kind::EndlessBody },
    Attack { name: "100 × 2,000 unread answers", clients: 100, kind: Kind::Unread },
    Attack { name: "8 clients that reset", clients: 8, kind: Kind::Reset },
    Attack { name: "32 calls that wait for Coolify", clients: 32, kind: Kind::Waiting },
    Attack { name: "4 lists of long files", clients: 4, kind: Kind::LongFiles },
    Attack { name: "4 callers of refused calls", clients: 4, kind: Kind::Refused },
    Attack { name: "32 held bodies of 1 MiB", clients: 32, kind: Kind::HeldBody },
    Attack { name: "1,000 held bodies of 1 MiB", clients: 1000, kind: Kind::HeldBody },
    Attack { name: "2,000 held forms", clients: 2000, kind: Kind::HeldForm },
    Attack { name: "300 held photos", clients: 300, kind: Kind::HeldPhoto },
    Attack { name: "20 small PNGs", clients: 20, kind: Kind::SmallPng },
    Attack { name: "24 sign-ins of one address", clients: 24, kind: Kind::SignIn },
    Attack { name: "100 hooks with wrong secrets", clients: 100, kind: Kind::ForeignDelivery },
    Attack { name: "100 × 2,000 unread scripts", clients: 100, kind: Kind::UnreadScript },
];

impl Attack {
    /// Creates the objects that the requests of the flood refer to, and returns the bytes that each of its clients
    /// sends.
    pub(super) async fn prepare(&self, server: &Server) -> Result<Vec<u8>> {
        let authority = &server.said.authority;
        match self.kind {
            Kind::Waiting => {
                create(server, json!({ "name": "site", "image": "nginx:1" })).await?;
            }
            Kind::LongFiles => {
                for number in 0..4 {
                    let name = format!("stack-{number}");
                    create(server, json!({ "name": name, "composeRaw": long_file() })).await?;
                }
            }
            Kind::HeldForm => return Ok(unfinished(flood_requests::long_form(authority, FORM))),
            Kind::HeldPhoto => {
                return flood_requests::photo(server, &vec![0; 2 * BODY - FORM])
                    .await
                    .map(unfinished);
            }
            Kind::SmallPng => return flood_requests::photo(server, &flood_requests::png()?).await,
            Kind::SignIn => return Ok(flood_requests::sign_in(authority, "nobody")),
            Kind::ForeignDelivery => return Ok(flood_requests::foreign_delivery(authority)),
            Kind::UnreadScript => return flood_requests::script(server, PIPELINED).await,
            _ => {}
        }
        Ok(self.call(server))
    }

    /// Signs in once from an address that the flood does not come from, if it is one of sign-ins. Returns whether
    /// the server compared the password.
    pub(super) async fn probe(&self, server: &Server) -> bool {
        if self.kind != Kind::SignIn {
            return true;
        }
        let request = flood_requests::sign_in(&server.said.authority, "prober");
        let probed = async {
            let mut stream = connect_from(PROBER, &server.said.authority).await?;
            stream.write_all(&request).await?;
            let mut status = [0; 12];
            stream.read_exact(&mut status).await?;
            io::Result::Ok(status)
        };
        // It is wrong, so the page comes again.
        probed
            .await
            .is_ok_and(|status| [&b"HTTP/1.1 401"[..], b"HTTP/1.1 422"].contains(&&status[..]))
    }

    /// Starts the flood of a server, which lasts until the tasks are dropped.
    pub(super) fn start(&self, server: &Server, call: Vec<u8>) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        let (kind, call) = (self.kind, Arc::<[u8]>::from(call));
        let pause = if kind == Kind::Reset { PACE / 100 } else { PAUSE };
        for _ in 0..self.clients {
            let (call, authority) = (Arc::clone(&call), server.said.authority.clone());
            clients.spawn(async move {
                loop {
                    // The server refuses or ends the connection, as it should.
                    let _ended = attack(kind, &call, &authority).await;
                    sleep(pause).await;
                }
            });
        }
        clients
    }

    /// Returns the call that its clients make.
    fn call(&self, server: &Server) -> Vec<u8> {
        match self.kind {
            Kind::LongFiles => server.said.call("apps_list", &json!({})),
            Kind::Refused => server.said.call("apps_get", &json!({ "uuid": [7] })),
            Kind::HeldBody => {
                let arguments = json!({ "next": "x".repeat(BODY - 200) });
                unfinished(server.said.call("apps_list", &arguments))
            }
            Kind::Reset => {
                let key = format!("vibn_sk_{}", "0f".repeat(32));
                unfinished(http_client::post(&server.said.authority, "/api/mcp", &key, "{}"))
            }
            _ => server.said.call("apps_get", &json!({ "uuid": "site" })),
        }
    }
}

/// Removes the last byte of a request.
fn unfinished(mut request: Vec<u8>) -> Vec<u8> {
    request.pop();
    request
}

/// Creates an app without starting it.
async fn create(server: &Server, mut arguments: Value) -> Result<()> {
    arguments["instantDeploy"] = json!(false);
    let mut connection = Connection::open(&server.said.authority).await?;
    let answer = connection.call(&server.said.call("apps_create", &arguments)).await?;
    let text = String::from_utf8_lossy(answer.body);
    ensure!(answer.status == 200 && !text.contains("\"isError\":true"), "apps_create: {text}");
    Ok(())
}

/// Returns a compose file that is twice as long in an answer, whose line breaks are escaped.
fn long_file() -> String {
    let breaks = "\\n".repeat(100 * 1024);
    format!(
        "services:\n  web:\n    image: nginx:1\n    configs: [page]\nconfigs:\n  page:\n    content: \"{breaks}\"\n"
    )
}

async fn attack(kind: Kind, call: &[u8], authority: &str) -> Result<()> {
    match kind {
        Kind::Waiting | Kind::LongFiles | Kind::Refused => {
            let mut connection = Connection::open(authority).await?;
            loop {
                connection.call(call).await?;
            }
        }
        _ => Ok(without_answers(kind, call, authority).await?),
    }
}

async fn without_answers(kind: Kind, call: &[u8], authority: &str) -> io::Result<()> {
    let mut stream = match kind {
        Kind::SignIn => connect_from(Ipv4Addr::new(127, 0, 0, 2), authority).await?,
        _ => connect(authority).await?,
    };
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
        Kind::UnreadScript => {
            stream.write_all(call).await?;
            std::future::pending().await
        }
        Kind::SignIn | Kind::ForeignDelivery | Kind::SmallPng => loop {
            stream.write_all(call).await?;
            if stream.read(&mut [0; 8192]).await? == 0 {
                return Ok(());
            }
        },
        Kind::Reset => {
            stream.write_all(call).await?;
            stream.set_zero_linger()
        }
        _ => {
            stream.write_all(call).await?;
            drain(&mut stream).await
        }
    }
}

/// Connects from one of four addresses other than that of the callers, where the system has them.
async fn connect(authority: &str) -> io::Result<TcpStream> {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let last = 2 + NEXT.fetch_add(1, Ordering::Relaxed) % 4;
    connect_from(Ipv4Addr::new(127, 0, 0, last), authority).await
}

async fn connect_from(from: Ipv4Addr, authority: &str) -> io::Result<TcpStream> {
    let to: SocketAddr = authority.parse().map_err(io::Error::other)?;
    let socket = TcpSocket::new_v4()?;
    // Only Linux has the whole network 127.0.0.0/8.
    let _only_one = socket.bind((from, 0).into());
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
