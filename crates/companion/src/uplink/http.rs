//! Calls over HTTP, with the key of the type `companion` as it is in the credentials at each call.
//!
//! An agent can run `covibe-local sync` in an environment that a repository has chosen, so the key passes only through
//! proxies and certificates that are noted.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_domain::entities::AgentType;

use super::{Call, CallError, Uplink};
use crate::credentials::{Credentials, NetworkVariables};
use crate::files_without_fsync;
use crate::home::CompanionHome;
use crate::origin::Origin;
use crate::server::{Server, ServerAnswer};

/// The maximum duration of a call.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The calls of this machine's service.
#[derive(Debug)]
pub struct HttpUplink {
    home: CompanionHome,
    network: NetworkVariables,
    servers: RefCell<HashMap<Origin, Server>>,
}

impl HttpUplink {
    /// Creates it, with the proxies and certificates of this process; no file is read and nothing is connected yet.
    pub fn new(home: &CompanionHome) -> Self {
        Self::with_network(home, NetworkVariables::from_environment())
    }

    /// Creates it with other proxies and certificates to check.
    pub fn with_network(home: &CompanionHome, network: NetworkVariables) -> Self {
        Self { home: home.clone(), network, servers: RefCell::default() }
    }

    fn server(&self, origin: &Origin) -> Result<Server, CallError> {
        if let Some(server) = self.servers.borrow().get(origin) {
            return Ok(server.clone());
        }
        let server = Server::new(origin.clone())
            .map_err(|problem| CallError::NoAnswer(problem.message))?
            .with_timeout(TIMEOUT);
        self.servers.borrow_mut().insert(origin.clone(), server.clone());
        Ok(server)
    }

    fn credentials(&self) -> Result<Credentials, CallError> {
        Credentials::load(&self.home)
            .map_err(|problem| CallError::NoKey(without_period(&problem.message)))
    }

    /// Checks that the key may pass through the proxies and certificates on the way to a server.
    fn check_network(&self, credentials: &Credentials, origin: &Origin) -> Result<(), CallError> {
        credentials
            .check_network(origin, &self.network)
            .map_err(|problem| CallError::UntrustedNetwork(without_period(&problem.message)))
    }
}

fn key(credentials: &Credentials, origin: &Origin) -> Result<Secret, CallError> {
    let key = credentials.key(origin, AgentType::Companion).map(|key| key.token);
    key.ok_or_else(|| CallError::NoKey(format!("there is no companion key for {origin}")))
}

/// Returns a sentence as a part of another one.
fn without_period(sentence: &str) -> String {
    sentence.trim_end_matches('.').to_owned()
}

impl Uplink for HttpUplink {
    async fn call(&self, origin: &Origin, call: Call<'_>) -> Result<ServerAnswer, CallError> {
        let credentials = self.credentials()?;
        let key = key(&credentials, origin)?;
        self.check_network(&credentials, origin)?;
        let server = self.server(origin)?;
        let answer = match call {
            Call::Identity => server.get("/api/companion/me", Some(&key)).await,
            Call::Batch(batch) => server.post("/api/companion/batch", Some(&key), batch).await,
            Call::Forget { repo, machine } => {
                let path = format!("/api/companion/repos/{repo}?machine={machine}");
                server.delete(&path, &key).await
            }
        };
        answer.map_err(|error| CallError::NoAnswer(error.to_string()))
    }

    fn key_tag(&self, origin: &Origin) -> Option<String> {
        let key = key(&self.credentials().ok()?, origin).ok()?;
        Some(files_without_fsync::tag(key.expose().as_bytes()))
    }
}
