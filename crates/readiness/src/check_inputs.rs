//! The things that checks run with: the client, and the answers that several of them look at.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use covibe_domain::Secret;
use rustls::RootCertStore;
use serde_json::Value;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::checked_server::Target;
use crate::client::{Client, HttpAnswer, Internet, Network, Request, Timeouts, Trouble};
use crate::expected_surface::{Surface, surface};
use crate::npm_package::{self, Inspection};

/// The path of the health check.
pub const HEALTH: &str = "/api/health";
/// The path of MCP.
pub const MCP: &str = "/api/mcp";
/// The path that starts the sign-in.
pub const SIGN_IN: &str = "/auth/sign-in";
/// The path of what clients compare the package with.
pub const PACKAGE_RECORD: &str = "/downloads/co-vibe.json";

/// The settings of a run.
#[derive(Clone)]
pub struct Settings {
    /// The server.
    pub target: Target,
    /// Names and connections.
    pub network: Arc<dyn Network>,
    /// The authorities whose certificates are accepted.
    pub roots: RootCertStore,
    /// The times that requests and the run may take.
    pub timeouts: Timeouts,
    /// A key of a workspace that is there for canaries.
    pub key: Option<Secret>,
    /// The configuration of the server, where it is on this machine.
    pub configuration: Option<BTreeMap<String, Secret>>,
    /// The program `covibe-server`, where it is on this machine.
    pub server: Option<PathBuf>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Settings {
    /// Creates the settings for a target on the internet, whose certificate has to be of a public authority: the
    /// machine's own store may contain others.
    pub fn new(target: Target, timeouts: Timeouts) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let network = Arc::new(Internet);
        Self { target, network, roots, timeouts, key: None, configuration: None, server: None }
    }
}

/// The things that checks run with.
#[derive(Debug)]
pub struct Probe {
    /// The client.
    pub client: Client,
    /// The server.
    pub target: Target,
    /// The surface that it should have.
    pub surface: &'static Surface,
    /// A key of a workspace that is there for canaries.
    pub key: Option<Secret>,
    /// The configuration of the server, where it is on this machine.
    pub configuration: Option<BTreeMap<String, Secret>>,
    /// The program `covibe-server`, where it is on this machine.
    pub server: Option<PathBuf>,
    /// A well-formed key that no server knows.
    pub unknown_key: String,
    /// A text that is in no path.
    pub random: String,
    health: OnceCell<Result<HttpAnswer, Trouble>>,
    descriptor: OnceCell<Result<HttpAnswer, Trouble>>,
    record: OnceCell<Result<HttpAnswer, Trouble>>,
    package: OnceCell<Result<Inspection, Trouble>>,
    sign_ins: OnceCell<Result<[HttpAnswer; 2], Trouble>>,
    device: OnceCell<Result<HttpAnswer, Trouble>>,
}

impl Probe {
    /// Creates what checks run with.
    pub fn new(settings: Settings) -> Self {
        let Settings { target, network, roots, timeouts, key, configuration, server } = settings;
        let unknown_key = format!("vibn_sk_canary{}", random_text());
        let markers = vec![unknown_key.clone()];
        Self {
            client: Client::new(target.clone(), network, roots, timeouts, markers),
            target,
            surface: surface(),
            key,
            configuration,
            server,
            unknown_key,
            random: random_text(),
            health: OnceCell::new(),
            descriptor: OnceCell::new(),
            record: OnceCell::new(),
            package: OnceCell::new(),
            sign_ins: OnceCell::new(),
            device: OnceCell::new(),
        }
    }

    /// Returns the answer of the health check, which is asked once.
    pub async fn health(&self) -> Result<HttpAnswer, Trouble> {
        self.health.get_or_init(|| self.client.send(Request::get(HEALTH))).await.clone()
    }

    /// Returns a member of the health check; null if it is not there.
    pub async fn health_member(&self, pointer: &str) -> Result<(HttpAnswer, Value), Trouble> {
        let answer = self.health().await?;
        let value = answer.json().and_then(|json| json.pointer(pointer).cloned());
        Ok((answer, value.unwrap_or_default()))
    }

    /// Returns the version that the health check reported, if it was asked and answered.
    pub fn served_version(&self) -> Option<String> {
        let answer = self.health.get()?.as_ref().ok()?;
        answer.json()?.get("version")?.as_str().map(str::to_owned)
    }

    /// Returns the answer with the tools, which is asked once.
    pub async fn descriptor(&self) -> Result<HttpAnswer, Trouble> {
        self.descriptor.get_or_init(|| self.client.send(Request::get(MCP))).await.clone()
    }

    /// Returns what clients compare the package with, which is asked once.
    pub async fn record(&self) -> Result<HttpAnswer, Trouble> {
        self.record.get_or_init(|| self.client.send(Request::get(PACKAGE_RECORD))).await.clone()
    }

    /// Returns the package, which is received once.
    pub async fn package(&self) -> Result<Inspection, Trouble> {
        self.package.get_or_init(|| npm_package::inspect(&self.client)).await.clone()
    }

    /// Returns the answer to a device that asks to be set up, which is asked once.
    pub async fn device(&self) -> Result<HttpAnswer, Trouble> {
        let body = r#"{"machine_name":"covibe-readiness","agents":["claude-code"]}"#;
        let start = || self.client.send(Request::post("/api/setup/device", body));
        self.device.get_or_init(start).await.clone()
    }

    /// Returns the answers of two sign-ins that were started.
    pub async fn sign_ins(&self) -> Result<[HttpAnswer; 2], Trouble> {
        let start = || async {
            let first = self.client.send(Request::get(SIGN_IN)).await?;
            Ok([first, self.client.send(Request::get(SIGN_IN)).await?])
        };
        self.sign_ins.get_or_init(start).await.clone()
    }
}

/// Returns a text of 43 characters that was never there before.
fn random_text() -> String {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let bytes = [one.into_bytes(), other.into_bytes()].concat();
    URL_SAFE_NO_PAD.encode(bytes).replace(['-', '_'], "0")
}
