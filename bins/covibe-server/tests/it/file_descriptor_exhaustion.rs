//! More connections than the process may have descriptors.

use std::net::Ipv4Addr;
use std::time::Duration;

use covibe_testkit_http::World;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::server_process::Server;

/// The time limit of a connection that has to wait until others are closed for it.
const SOON: Duration = Duration::from_secs(20);

/// Connects from an address of this machine, and sends a part of a request.
async fn connect(origin: &str, from: Ipv4Addr) -> Option<TcpStream> {
    let address = origin.strip_prefix("http://")?.parse().ok()?;
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((from, 0).into()).ok()?;
    let mut stream = socket.connect(address).await.ok()?;
    stream.write_all(b"GET /api/health HTTP/1.1\r\n").await.ok()?;
    Some(stream)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_at_its_descriptor_limit_still_answers_health() {
    let world = World::embedded().await;
    let server = Server::start_within(&world, 256);
    let mut open = Vec::new();
    for number in 0..2_000_u32 {
        let from = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % 4).expect("small"));
        open.push(tokio::spawn({
            let origin = server.origin().to_owned();
            async move { connect(&origin, from).await }
        }));
    }
    let agent = server.agent(&world.mark);
    for _ in 0..5 {
        let health = agent.reconnected();
        let health = timeout(SOON, health.send("GET", "/api/health", &[], None)).await;
        assert_eq!(health.expect("an answer").status, 200);
    }
    drop(open);
    let log = server.into_log();
    assert!(!log.contains("open files"), "{log}");
}
