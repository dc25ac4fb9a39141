//! Lifetimes of connections, on streams in memory and a clock that the tests move.

mod client_disconnects;
mod request_bodies;
mod too_many_connections;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_http::Protocol;
use actix_service::{
    IntoServiceFactory as _, Service as _, ServiceFactory as _, ServiceFactoryExt as _, map_config,
};
use actix_web::body::SizedStream;
use actix_web::dev::AppConfig;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use super::exchange::Exchange;
use super::single_request_stream::{Guarded, MAX_IGNORED, Transport};
use super::{ConnectionLimits, CredentialKind, Streamed, Table};

impl Transport for DuplexStream {
    fn forget(&self) {}
}

const SECOND: Duration = Duration::from_secs(1);
const LARGE: usize = 1024 * 1024;
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LARGE_GET: &str = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";

/// Answers: `/`, `/large` and `/static` at once, `/later` after the body came, which it does not read, `/echo` once
/// it has read the body, `/known` likewise and a minute later for a caller who is known, `/page` after a minute, and
/// `/slow`, which is a call, half after a minute and half after another one.
async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    match request.path() {
        "/large" => HttpResponse::Ok().body(vec![b'x'; LARGE]),
        "/static" => {
            let mut response = HttpResponse::Ok().body(vec![b'x'; LARGE]);
            response.extensions_mut().insert(Streamed(0));
            response
        }
        "/later" => {
            tokio::task::yield_now().await;
            HttpResponse::Ok().body("later")
        }
        "/page" => {
            sleep(60 * SECOND).await;
            HttpResponse::Ok().body("page")
        }
        "/slow" => {
            super::end_with_client(&request);
            sleep(60 * SECOND).await;
            HttpResponse::Ok().body(SizedStream::new(8, pausing()))
        }
        "/known" => {
            super::mark_authenticated(&request, CredentialKind::Key, None);
            let Ok(body) = payload.to_bytes().await else { return HttpResponse::Ok().body("") };
            sleep(60 * SECOND).await;
            HttpResponse::Ok().body(body)
        }
        "/echo" => HttpResponse::Ok().body(payload.to_bytes().await.unwrap_or(Bytes::new())),
        _ => HttpResponse::Ok().body("done"),
    }
}

/// A body that pauses.
fn pausing() -> impl Stream<Item = io::Result<Bytes>> {
    stream::iter([0, 60]).then(async |seconds| {
        sleep(seconds * SECOND).await;
        Ok(Bytes::from_static(b"slow"))
    })
}

/// A client whose stream has a small buffer in each direction.
struct Client {
    stream: DuplexStream,
    table: Arc<Table>,
}

impl Client {
    /// Connects to a server.
    async fn connect(table: &Arc<Table>) -> Self {
        let peer = IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
        let place = table.admit(peer);
        let (stream, other) = tokio::io::duplex(4096);
        let routes = App::new().wrap_fn(super::follow).default_service(web::to(answer));
        let routes =
            routes.into_factory().map_err(|error: actix_web::Error| error.error_response());
        let routes = map_config(routes, |()| AppConfig::default());
        let http = super::http(routes, std::future::pending);
        let service = http.new_service(()).await.unwrap();
        tokio::task::spawn_local(async move {
            let guarded = Guarded::new(other, Exchange::new(place, peer));
            service.call((guarded, Protocol::Http1, None)).await
        });
        Self { stream, table: Arc::clone(table) }
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads one answer with a length.
    async fn receive(&mut self) -> (String, usize) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        self.stream.read_exact(&mut body).await.unwrap();
        (head, body.len())
    }

    /// Waits until the server closes the connection; returns the number of seconds that passed.
    async fn wait_until_closed(&mut self) -> u64 {
        let begun = Instant::now();
        let _rest: io::Result<usize> = self.stream.read_to_end(&mut Vec::new()).await;
        begun.elapsed().as_secs()
    }

    /// Waits until the server has forgotten the connection; returns the number of seconds that passed.
    async fn wait_until_forgotten(&self) -> u64 {
        let begun = Instant::now();
        while !self.table.is_empty() {
            sleep(SECOND / 10).await;
        }
        begun.elapsed().as_secs()
    }
}

/// Runs a test with a client of a server with these limits.
async fn with_limits<F: Future<Output = ()>>(
    limits: ConnectionLimits,
    test: impl FnOnce(Arc<Table>, Client) -> F,
) {
    let table = Table::new(limits);
    LocalSet::new()
        .run_until(async {
            let client = Client::connect(&table).await;
            test(table, client).await;
        })
        .await;
}

async fn with_client<F: Future<Output = ()>>(test: impl FnOnce(Client) -> F) {
    with_limits(ConnectionLimits::default(), |_, client| test(client)).await;
}

#[tokio::test(start_paused = true)]
async fn closes_a_new_connection_without_a_request() {
    with_client(|mut client| async move { assert_eq!(client.wait_until_closed().await, 10) }).await;
}

#[tokio::test(start_paused = true)]
async fn closes_a_connection_whose_head_trickles() {
    with_client(|mut client| async move {
        for byte in ["G", "E", "T", " ", "/", " "] {
            client.send(byte).await;
            sleep(SECOND).await;
        }
        assert_eq!(client.wait_until_closed().await, 4);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn refuses_a_head_that_is_too_long() {
    with_client(|mut client| async move {
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ").await;
        client.send(&"x".repeat(ConnectionLimits::HEAD)).await;
        let (head, _) = client.receive().await;
        assert!(head.starts_with("http/1.1 431"), "{head}");
        assert_eq!((client.wait_until_closed().await, client.wait_until_forgotten().await), (0, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_a_connection_after_one_byte_of_a_further_request() {
    with_client(|mut client| async move {
        client.send(GET).await;
        client.receive().await;
        client.send("G").await;
        assert_eq!(client.wait_until_closed().await, 10);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_an_idle_connection_75_seconds_after_an_answer() {
    with_client(|mut client| async move {
        for _ in 0..3 {
            client.send(GET).await;
            client.receive().await;
            sleep(70 * SECOND).await;
        }
        assert_eq!(client.wait_until_closed().await, 5);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_read_ends_the_connection() {
    for head in
        ["Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", "Content-Length: 90\r\n\r\nabc"]
    {
        with_client(|mut client| async move {
            client.send(&format!("POST / HTTP/1.1\r\nHost: a\r\n{head}")).await;
            let (head, _) = client.receive().await;
            assert!(head.contains("connection: close"), "{head}");
            assert_eq!(client.wait_until_closed().await, 0);
            // Bytes that were on their way are ignored for a while.
            client.send("5\r\nabcde\r\n").await;
            assert_eq!(client.wait_until_forgotten().await, 2);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn ignores_a_bounded_number_of_bytes_before_closing() {
    with_client(|mut client| async move {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").await;
        client.receive().await;
        let mut sent = 0;
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
        while client.stream.write_all(chunk.as_bytes()).await.is_ok() {
            sent += chunk.len();
        }
        assert!((MAX_IGNORED - LARGE..MAX_IGNORED + LARGE).contains(&sent), "{sent}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn keeps_a_connection_whose_body_was_received() {
    with_client(|mut client| async move {
        for body in [
            "Content-Length: 3\r\n\r\nabc",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ] {
            for path in ["/later", "/echo"] {
                client.send(&format!("POST {path} HTTP/1.1\r\nHost: a\r\n{body}")).await;
                let (head, _) = client.receive().await;
                assert!(!head.contains("connection: close"), "{head}");
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_a_connection_whose_answer_is_not_received() {
    with_client(|mut client| async move {
        client.send(LARGE_GET).await;
        assert_eq!(client.wait_until_forgotten().await, 30);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn keeps_a_connection_whose_answer_is_received_slowly() {
    with_client(|mut client| async move {
        client.send(LARGE_GET).await;
        let mut piece = [0; 4096];
        for _ in 0..20 {
            sleep(20 * SECOND).await;
            assert!(client.stream.read(&mut piece).await.unwrap() > 0);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_slow_clients_sooner_if_too_many_bytes_wait() {
    let limits = ConnectionLimits { waiting_bytes: LARGE / 2, ..ConnectionLimits::default() };
    with_limits(limits, |_, mut client| async move {
        client.send(LARGE_GET).await;
        assert_eq!(client.wait_until_forgotten().await, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn static_answers_do_not_count_as_waiting_bytes() {
    let limits = ConnectionLimits { waiting_bytes: LARGE / 2, ..ConnectionLimits::default() };
    with_limits(limits, |_, mut client| async move {
        client.send("GET /static HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(client.wait_until_forgotten().await, 30);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_slow_clients_sooner_once_the_server_stops() {
    with_limits(ConnectionLimits::default(), |table, mut client| async move {
        client.send(LARGE_GET).await;
        table.stop();
        assert_eq!(client.wait_until_forgotten().await, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn waits_for_an_answer_that_takes_long_and_pauses() {
    with_client(|mut client| async move {
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(client.receive().await.1, 8);
        client.send(GET).await;
        assert_eq!(client.receive().await.1, 4);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn answers_pipelined_requests_one_after_the_other() {
    with_client(|mut client| async move {
        client.send(&[GET, LARGE_GET, GET].concat()).await;
        assert_eq!(client.receive().await.1, 4);
        assert_eq!(client.receive().await.1, LARGE);
        assert_eq!(client.receive().await.1, 4);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn does_not_read_requests_ahead_of_an_answer_that_is_not_received() {
    with_client(|mut client| async move {
        let mut sent = 0;
        let mut flood = async || {
            loop {
                client.stream.write_all(LARGE_GET.as_bytes()).await.unwrap();
                sent += LARGE_GET.len();
            }
        };
        let _elapsed = tokio::time::timeout(SECOND, flood()).await;
        // The bytes in the buffer of the stream, and those that were read at once.
        assert!(sent < 64 * 1024, "{sent}");
    })
    .await;
}
