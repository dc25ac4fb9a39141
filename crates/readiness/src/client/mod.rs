//! The client of the checks: it follows no redirect, uses no proxy, keeps to the addresses that it once found, reads
//! bounded bodies, and searches every byte for secrets.

mod answer;
mod answer_findings;
mod connect;
mod request_failure;
mod system_network;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use crate::checked_server::Target;

pub use answer::{HttpAnswer, Request};
pub use answer_findings::{Log, Sighting};
pub use connect::{Handshake, Timeouts};
pub use request_failure::{Cause, Phase, Trouble};
pub use system_network::{Internet, Network};

use connect::{Connector, Stream};

/// The port of https.
const HTTPS: u16 = 443;

/// The client of the checks.
#[derive(Debug)]
pub struct Client {
    target: Target,
    connector: Connector,
    addresses: OnceCell<Result<Vec<IpAddr>, Trouble>>,
    log: Log,
}

/// An answer whose body is yet to be read.
#[derive(Debug)]
pub struct Head {
    /// The answer, with an empty body.
    pub answer: HttpAnswer,
    body: Incoming,
    _driver: Driver,
}

/// The task of a connection, which ends with the answer.
#[derive(Debug)]
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Client {
    /// Creates the client for a target. Markers are texts that the requests contain, and no answer may.
    pub fn new(
        target: Target,
        network: Arc<dyn Network>,
        roots: RootCertStore,
        timeouts: Timeouts,
        markers: Vec<String>,
    ) -> Self {
        let connector = Connector::new(network, roots, timeouts);
        Self { target, connector, addresses: OnceCell::new(), log: Log::new(markers) }
    }

    /// Returns the sightings of all answers.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns the addresses of the target, which are looked up once.
    ///
    /// # Errors
    ///
    /// The name leads nowhere, or the resolver does not answer.
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, Trouble> {
        let find = || async {
            let host = self.target.host();
            if let Ok(address) = host.parse::<IpAddr>() {
                return Ok(vec![address]);
            }
            self.connector.resolve(&format!("DNS {host}"), host).await
        };
        self.addresses.get_or_init(find).await.clone()
    }

    /// Connects to each address of the target. Returns the outcomes.
    pub async fn reach(&self) -> Result<Vec<Result<(), Trouble>>, Trouble> {
        let port = self.target.port();
        let connect = |address: IpAddr| async move {
            let endpoint = format!("CONNECT {}", SocketAddr::new(address, port));
            self.connector.tcp(&endpoint, &[address], port).await.map(|_| ())
        };
        let addresses = self.addresses().await?;
        Ok(futures_util::future::join_all(addresses.into_iter().map(connect)).await)
    }

    /// Does the handshake of TLS, and ends the connection.
    pub async fn handshake(&self) -> Result<Handshake, Trouble> {
        let (endpoint, host) = (self.tls_endpoint(), self.target.host());
        let addresses = self.addresses().await?;
        let (tcp, _) = self.connector.tcp(&endpoint, &addresses, self.target.port()).await?;
        self.connector.tls(&endpoint, host, tcp).await.map(|(_, handshake)| handshake)
    }

    /// Returns the addresses of another host than the target's.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Trouble> {
        self.connector.resolve(&format!("DNS {host}"), host).await
    }

    /// Does the handshake of TLS with another host than the target's, and ends the connection.
    pub async fn handshake_with(&self, host: &str) -> Result<Handshake, Trouble> {
        let endpoint = format!("TLS {host}");
        let addresses = self.resolve(host).await?;
        let (tcp, _) = self.connector.tcp(&endpoint, &addresses, HTTPS).await?;
        self.connector.tls(&endpoint, host, tcp).await.map(|(_, handshake)| handshake)
    }

    /// Returns the name of the handshake in reports.
    pub fn tls_endpoint(&self) -> String {
        format!("TLS {}", self.target.authority())
    }

    /// Sends bytes to a port without TLS, and returns the first ones of the answer.
    pub async fn raw(&self, endpoint: &str, port: u16, sent: &[u8]) -> Result<Vec<u8>, Trouble> {
        let addresses = self.addresses().await?;
        let (mut stream, _) = self.connector.tcp(endpoint, &addresses, port).await?;
        let work = async {
            let broke = |error: std::io::Error| Cause::Connection(error.to_string());
            stream.write_all(sent).await.map_err(broke)?;
            let mut read = vec![0; 4096];
            // A connection that is reset is an answer, too: there is nothing here.
            let size = stream.read(&mut read).await.unwrap_or_default();
            read.truncate(size);
            Ok(read)
        };
        self.connector.within(endpoint, Phase::Headers, work).await
    }

    /// Sends a request, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// The trouble that kept it from being whole, and its phase.
    pub async fn send(&self, request: Request) -> Result<HttpAnswer, Trouble> {
        let most = request.most;
        let head = self.open(request).await?;
        let Head { mut answer, mut body, _driver } = head;
        let collect = async {
            let mut whole = BytesMut::new();
            while let Some(part) = next_part(&mut body).await? {
                if whole.len() + part.len() > most {
                    return Err(Cause::Answer(format!("the body is longer than {most} bytes")));
                }
                whole.extend_from_slice(&part);
            }
            Ok(whole.freeze())
        };
        let whole = self.connector.within(&answer.endpoint, Phase::Body, collect).await;
        answer.body = whole.map_err(|trouble| Trouble { attempts: answer.attempts, ..trouble })?;
        self.log.note_body(&answer);
        Ok(answer)
    }

    /// Sends a request, and reads the status and the headers of the answer.
    pub async fn open(&self, request: Request) -> Result<Head, Trouble> {
        let endpoint = request.endpoint();
        let (stream, attempts) = self.connect(&endpoint).await?;
        let with_attempts = |trouble| Trouble { attempts, ..trouble };
        let exchange = exchange(stream, self.message(&request)?);
        let (response, driver) = self
            .connector
            .within(&endpoint, Phase::Headers, exchange)
            .await
            .map_err(with_attempts)?;
        let (parts, body) = response.into_parts();
        let (status, headers) = (parts.status.as_u16(), parts.headers);
        let answer = HttpAnswer { endpoint, status, headers, body: Bytes::new(), attempts };
        self.log.note_head(&answer);
        Ok(Head { answer, body, _driver: driver })
    }

    /// Reads the next part of a body; none at its end.
    pub async fn next_part(&self, head: &mut Head) -> Result<Option<Bytes>, Trouble> {
        let Head { answer, body, .. } = head;
        self.connector.within(&answer.endpoint, Phase::Body, next_part(body)).await
    }

    async fn connect(&self, endpoint: &str) -> Result<(Box<dyn Stream>, u32), Trouble> {
        let addresses = self.addresses().await?;
        let (tcp, attempts) = self.connector.tcp(endpoint, &addresses, self.target.port()).await?;
        if !self.target.is_tls() {
            return Ok((Box::new(tcp), attempts));
        }
        let tls = self.connector.tls(endpoint, self.target.host(), tcp).await;
        let (stream, _) = tls.map_err(|trouble| Trouble { attempts, ..trouble })?;
        Ok((stream, attempts))
    }

    fn message(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, Trouble> {
        let body = Full::new(request.body.clone());
        let mut builder = hyper::Request::builder().method(request.method).uri(&request.path);
        let has = |name: &str| request.headers.iter().any(|(each, _)| *each == name);
        if !has("host") {
            builder = builder.header("host", self.target.authority());
        }
        if !has("user-agent") {
            builder = builder.header("user-agent", AGENT);
        }
        for (name, value) in &request.headers {
            builder = builder
                .header(*name, HeaderValue::from_maybe_shared(value.clone()).unwrap_or(NOTHING));
        }
        builder.body(body).map_err(|error| Trouble {
            endpoint: request.endpoint(),
            phase: Phase::Headers,
            cause: Cause::Answer(format!("the request cannot be written ({error})")),
            attempts: 0,
        })
    }
}

/// The program's name in requests.
const AGENT: &str = concat!("covibe-readiness/", env!("CARGO_PKG_VERSION"));

const NOTHING: HeaderValue = HeaderValue::from_static("");

async fn exchange(
    stream: Box<dyn Stream>,
    message: hyper::Request<Full<Bytes>>,
) -> Result<(hyper::Response<Incoming>, Driver), Cause> {
    let not_http = |error: hyper::Error| {
        let text = if error.is_incomplete_message() {
            "the connection ended before the answer".to_owned()
        } else {
            format!("the answer is not HTTP ({error})")
        };
        Cause::Answer(text)
    };
    let io = TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(not_http)?;
    let driver = Driver(tokio::spawn(async move {
        // Its error is that of the request or of the body, too.
        let _ended = connection.await;
    }));
    let response = sender.send_request(message).await.map_err(not_http)?;
    Ok((response, driver))
}

async fn next_part(body: &mut Incoming) -> Result<Option<Bytes>, Cause> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Cause::Answer("the body is incomplete".to_owned()))?;
        if let Ok(part) = frame.into_data() {
            return Ok(Some(part));
        }
    }
    Ok(None)
}
