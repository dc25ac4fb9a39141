//! Calls over HTTP, with the key of the type `companion` as it is in the credentials at each call.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_domain::entities::AgentType;

use super::{Call, CallError, Uplink};
use crate::credentials::Credentials;
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
    servers: RefCell<HashMap<Origin, Server>>,
}

impl HttpUplink {
    /// Creates it; nothing is read or connected yet.
    pub fn new(home: &CompanionHome) -> Self {
        Self { home: home.clone(), servers: RefCell::default() }
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

    fn key(&self, origin: &Origin) -> Result<Secret, CallError> {
        let credentials = Credentials::load(&self.home).map_err(|problem| {
            CallError::NoKey(problem.message.trim_end_matches('.').to_owned())
        })?;
        let key = credentials.key(origin, AgentType::Companion).map(|key| key.token);
        key.ok_or_else(|| CallError::NoKey(format!("there is no companion key for {origin}")))
    }
}

impl Uplink for HttpUplink {
    async fn call(&self, origin: &Origin, call: Call<'_>) -> Result<ServerAnswer, CallError> {
        let (server, key) = (self.server(origin)?, self.key(origin)?);
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
        Some(files_without_fsync::tag(self.key(origin).ok()?.expose().as_bytes()))
    }
}
