//! A stand-in for a hosted origin, behind real TLS, with a switch for each thing that can be wrong.

mod certificates;
pub(crate) mod packages;
mod replies;
mod serve;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use covibe_readiness_checks::{Gate, Network, Report, Selection, Settings, Target, Timeouts, run};
use futures_util::future::BoxFuture;
use tokio::net::TcpStream;

use self::certificates::Authority;
pub(crate) use self::certificates::{APPS, Certificate, HOST};
pub(crate) use self::replies::{ReceivedRequest, Reply};

/// The origin.
pub(crate) const ORIGIN: &str = "https://covibe.acme.dev";

/// The usual timeouts: they only end a test that hangs.
const PATIENT: Duration = Duration::from_mins(1);

/// The timeouts of a test in which something stalls.
pub(crate) const HASTY: Duration = Duration::from_secs(2);

static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);
static SOUND_PACKAGE: LazyLock<Vec<u8>> = LazyLock::new(|| packages::Files::sound().pack());

/// A change of what is answered.
type Rule = Box<dyn Fn(&ReceivedRequest, &mut Reply) + Send + Sync>;

/// The way in which handshakes of TLS go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshakes {
    /// As they should.
    Sound,
    /// They never end.
    Stall,
    /// The server speaks plain HTTP.
    Plain,
    /// The server has no version that is still in use.
    OldAlone,
    /// The server also has one that is not.
    OldToo,
}

/// The state of names and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// As they should be.
    Sound,
    /// The name leads nowhere.
    NoName,
    /// The resolver does not answer.
    NameStalls,
    /// Connections are refused.
    Refused,
    /// Connections are never made.
    Stall,
    /// The first connections fail.
    FirstFail(u32),
}

/// A stand-in for an origin. A switch changes it.
pub(crate) struct Origin {
    pub(crate) addresses: Vec<&'static str>,
    pub(crate) links: Links,
    pub(crate) certificate: Certificate,
    pub(crate) handshakes: Handshakes,
    /// The path whose headers never come.
    pub(crate) no_headers: Option<&'static str>,
    /// The path whose body never ends.
    pub(crate) no_end: Option<&'static str>,
    /// The address to which plain HTTP leads.
    pub(crate) redirect: String,
    pub(crate) package: Vec<u8>,
    /// The addresses to which names of apps lead.
    pub(crate) apps: Vec<&'static str>,
    pub(crate) certificate_of_apps: Certificate,
    pub(crate) time: Duration,
    rules: Vec<Rule>,
}

impl Origin {
    /// Returns one on which every gate passes.
    pub(crate) fn sound() -> Self {
        Self {
            addresses: vec!["93.184.215.14", "2606:2800:21f::1"],
            links: Links::Sound,
            certificate: Certificate::Sound,
            handshakes: Handshakes::Sound,
            no_headers: None,
            no_end: None,
            redirect: format!("{ORIGIN}/api/health"),
            package: SOUND_PACKAGE.clone(),
            apps: vec!["93.184.216.34"],
            certificate_of_apps: Certificate::Sound,
            time: PATIENT,
            rules: Vec::new(),
        }
    }

    /// Changes the answers to requests for a path with a method.
    pub(crate) fn on(
        &mut self,
        method: &'static str,
        path: &'static str,
        change: impl Fn(&mut Reply) + Send + Sync + 'static,
    ) {
        self.rule(move |seen, reply| {
            if seen.method == method && seen.path == path {
                change(reply);
            }
        });
    }

    /// Changes answers by their requests.
    pub(crate) fn rule(
        &mut self,
        rule: impl Fn(&ReceivedRequest, &mut Reply) + Send + Sync + 'static,
    ) {
        self.rules.push(Box::new(rule));
    }

    fn reply(&self, seen: &ReceivedRequest) -> Reply {
        let mut reply = replies::sound(seen, &self.package);
        self.rules.iter().for_each(|rule| rule(seen, &mut reply));
        reply
    }

    /// Serves it, and runs a gate.
    pub(crate) async fn examine(self, gate: Gate) -> Report {
        self.examine_with(gate, |_| {}).await
    }

    /// Serves it, and runs a part of a gate.
    pub(crate) async fn examine_part(self, gate: Gate, selection: &Selection) -> Report {
        run(gate, self.settings().await, selection).await
    }

    /// Serves it, and runs a gate with other settings.
    pub(crate) async fn examine_with(
        self,
        gate: Gate,
        change: impl FnOnce(&mut Settings),
    ) -> Report {
        let mut settings = self.settings().await;
        change(&mut settings);
        run(gate, settings, &Selection::default()).await
    }

    async fn settings(self) -> Settings {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let time = self.time;
        let network = Arc::new(Standin::new(Arc::new(self)).await);
        let timeouts = Timeouts { connect: time, answer: time, run: PATIENT * 4 };
        let target = Target::hosted(ORIGIN, covibe_domain::hosted_origin::Ports::Standard)
            .expect("it is valid");
        let mut settings = Settings::new(target, timeouts);
        settings.network = network;
        settings.roots = AUTHORITY.roots();
        settings
    }
}

/// The internet with the origin alone.
struct Standin {
    origin: Arc<Origin>,
    secure: SocketAddr,
    secure_apps: SocketAddr,
    plain: SocketAddr,
    tried: std::sync::atomic::AtomicU32,
}

impl std::fmt::Debug for Standin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Standin")
    }
}

impl Standin {
    async fn new(origin: Arc<Origin>) -> Self {
        let tls = AUTHORITY.server(HOST, origin.certificate);
        let secure = serve::secure(Arc::clone(&origin), tls).await;
        let tls = AUTHORITY.server(&format!("shop.{APPS}"), origin.certificate_of_apps);
        let secure_apps = serve::secure(Arc::clone(&origin), tls).await;
        let plain = serve::serve_plain(Arc::clone(&origin)).await;
        Self { origin, secure, secure_apps, plain, tried: 0.into() }
    }

    async fn open_connection(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let tried = self.tried.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match self.origin.links {
            Links::Stall => std::future::pending().await,
            Links::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
            Links::FirstFail(number) if tried < number => {
                Err(io::ErrorKind::ConnectionReset.into())
            }
            _ if address.port() == 80 => TcpStream::connect(self.plain).await,
            _ if addresses(&self.origin.apps).contains(&address.ip()) => {
                TcpStream::connect(self.secure_apps).await
            }
            _ => TcpStream::connect(self.secure).await,
        }
    }
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().expect("it is valid")).collect()
}

impl Network for Standin {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            if host.ends_with(APPS) {
                return Ok(addresses(&self.origin.apps));
            }
            assert_eq!(host, HOST, "no other name is looked up");
            match self.origin.links {
                Links::NameStalls => std::future::pending().await,
                Links::NoName => Err(io::ErrorKind::NotFound.into()),
                _ => Ok(addresses(&self.origin.addresses)),
            }
        })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<TcpStream>> {
        Box::pin(self.open_connection(address))
    }
}
