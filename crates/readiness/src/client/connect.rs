//! Connections: each phase of one has its own timeout.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::request_failure::{Cause, Phase, Trouble};
use super::system_network::Network;

/// A connection that bytes go through, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The maximum number of connections that are tried for a request.
pub(super) const ATTEMPTS: u32 = 3;

/// The times that a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The time for the addresses of a host, for a connection, and for a handshake of TLS.
    pub connect: Duration,
    /// The time for the headers of an answer, and for its body.
    pub answer: Duration,
    /// The time for the whole run.
    pub run: Duration,
}

/// The server's certificate and the protocol, as a handshake ended.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The server's own certificate, in DER.
    pub certificate: Vec<u8>,
    /// The version of TLS, like `TLSv1_3`.
    pub version: String,
}

/// Opens connections.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) network: Arc<dyn Network>,
    tls: Arc<ClientConfig>,
    timeouts: Timeouts,
    ends: Instant,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("network", &self.network).finish_non_exhaustive()
    }
}

impl Connector {
    pub(super) fn new(network: Arc<dyn Network>, roots: RootCertStore, timeouts: Timeouts) -> Self {
        let mut tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let ends = Instant::now() + timeouts.run;
        Self { network, tls: Arc::new(tls), timeouts, ends }
    }

    /// Does a part of a request within its time.
    pub(super) async fn within<T>(
        &self,
        endpoint: &str,
        phase: Phase,
        work: impl Future<Output = Result<T, Cause>>,
    ) -> Result<T, Trouble> {
        let most = match phase {
            Phase::Dns | Phase::Connect | Phase::Tls => self.timeouts.connect,
            Phase::Headers | Phase::Body => self.timeouts.answer,
        };
        let left = self.ends.saturating_duration_since(Instant::now());
        let late = || if left < most { Cause::OutOfTime } else { Cause::TimedOut(most) };
        let done = timeout(most.min(left), work).await.map_err(|_| late());
        let trouble = |cause| Trouble { endpoint: endpoint.to_owned(), phase, cause, attempts: 1 };
        done.flatten().map_err(trouble)
    }

    pub(super) async fn resolve(&self, endpoint: &str, host: &str) -> Result<Vec<IpAddr>, Trouble> {
        let work = async {
            let found = self.network.resolve(host).await;
            match found.map_err(|error| Cause::Unresolved(error.to_string()))? {
                none if none.is_empty() => Err(Cause::Unresolved("it has no address".to_owned())),
                some => Ok(some),
            }
        };
        self.within(endpoint, Phase::Dns, work).await
    }

    /// Connects to one of these addresses, at most three times. Returns the number of attempts, too.
    pub(super) async fn tcp(
        &self,
        endpoint: &str,
        addresses: &[IpAddr],
        port: u16,
    ) -> Result<(TcpStream, u32), Trouble> {
        let mut candidates = addresses.iter().cycle();
        let mut attempts = 0;
        loop {
            let address = candidates.next().copied().unwrap_or(IpAddr::from([0, 0, 0, 0]));
            attempts += 1;
            match self.tcp_once(endpoint, SocketAddr::new(address, port)).await {
                Ok(stream) => return Ok((stream, attempts)),
                Err(trouble) if attempts < ATTEMPTS && trouble.is_worth_a_retry() => {}
                Err(trouble) => return Err(Trouble { attempts, ..trouble }),
            }
        }
    }

    /// Connects to an address once.
    pub(super) async fn tcp_once(
        &self,
        endpoint: &str,
        address: SocketAddr,
    ) -> Result<TcpStream, Trouble> {
        let work = async {
            let connected = self.network.connect(address).await;
            connected.map_err(|error| Cause::Connection(error.to_string()))
        };
        self.within(endpoint, Phase::Connect, work).await
    }

    /// Does the handshake for a host's name.
    pub(super) async fn tls(
        &self,
        endpoint: &str,
        host: &str,
        stream: TcpStream,
    ) -> Result<(Box<dyn Stream>, Handshake), Trouble> {
        let work = async {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| Cause::Tls("the host has no name for TLS".to_owned()))?;
            let connector = TlsConnector::from(Arc::clone(&self.tls));
            let tls = connector
                .connect(name, stream)
                .await
                .map_err(|error| Cause::Tls(reason(&error)))?;
            let (_, session) = tls.get_ref();
            let certificate = session.peer_certificates().and_then(|chain| chain.first());
            let handshake = Handshake {
                certificate: certificate.map(|each| each.to_vec()).unwrap_or_default(),
                version: session.protocol_version().map(|it| format!("{it:?}")).unwrap_or_default(),
            };
            Ok((Box::new(tls) as Box<dyn Stream>, handshake))
        };
        self.within(endpoint, Phase::Tls, work).await
    }
}

/// Returns why a handshake failed, in words for an operator.
fn reason(error: &std::io::Error) -> String {
    use rustls::{CertificateError as C, Error};
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return format!("the connection broke during the handshake ({error})");
    };
    match tls {
        Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => {
            "the certificate has expired".to_owned()
        }
        Error::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. }) => {
            "the certificate is not valid yet".to_owned()
        }
        Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "the certificate is for another name".to_owned()
        }
        Error::InvalidCertificate(C::UnknownIssuer) => {
            "the certificate was not issued by a public authority, or the chain is incomplete"
                .to_owned()
        }
        Error::InvalidCertificate(other) => format!("the certificate is not valid ({other:?})"),
        Error::AlertReceived(alert) => format!("the server refused the handshake ({alert:?})"),
        Error::PeerIncompatible(why) => format!("the server has no TLS 1.2 or later ({why:?})"),
        other => format!("the server does not speak TLS ({other})"),
    }
}
