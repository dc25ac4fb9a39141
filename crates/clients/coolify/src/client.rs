//! The client: one team's token on one Coolify.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{AppUuid, DestinationUuid, ProjectUuid, Secret, ServerUuid, boxed};
use covibe_upstream::{
    BODY_LIMIT, BudgetLoad, CallStatistics, ChangingOf, ConfigError, DEADLINE, Error, Expiry,
    Limiter, Priority, Rate, RateBudget, Settings, Share, SingleFlight, SingleFlights, Slow,
    Transport, api_base,
};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::records::{Contents, Database, Destination, Volume};
use crate::{answer_reading, forwarded_fields};

/// The time for which the volumes of an application are reused. Only calls of ours and an
/// operator's change them.
const VOLUMES_FOR: Duration = Duration::from_secs(30);

/// The maximum number of applications whose volumes are kept.
const MAX_VOLUMES: usize = 1_000;

/// The time for which the destinations of the server are reused. An operator rarely adds or deletes
/// one.
const DESTINATIONS_FOR: Duration = Duration::from_mins(1);

/// The maximum number of workspaces whose destinations are cached.
const MAX_DESTINATIONS: usize = 1_000;

/// The maximum number of projects whose contents are kept.
const MAX_CONTENTS: usize = 1_000;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its address, with or without `/api/v1`.
    pub url: Url,
    /// An API token with the abilities read, write, deploy and read:sensitive (or root).
    pub token: Secret,
    /// The server to create on; needed when there are several.
    pub server: Option<ServerUuid>,
    /// The server's destination for workspaces without one of their own; needed when several could
    /// be shared.
    pub destination: Option<String>,
    /// The rate limit of the token's user (`API_RATE_LIMIT`), in calls a minute, until an answer of
    /// Coolify states it.
    pub per_minute: u32,
    /// The maximum number of calls a minute, also where Coolify's limit is higher.
    pub most_per_minute: Option<u32>,
    /// The count of the calls when several processes share the rate budget, in place of a count of
    /// this client's own.
    pub rate_budget: Option<Arc<dyn RateBudget>>,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The time for which the contents of a project, and the list of the team's databases, are
    /// reused.
    pub lists_for: Duration,
}

/// Returns whether a request writes domains.
fn writes_domains(method: &str, body: Option<&Value>) -> bool {
    let has = |field: &&str| body.is_some_and(|body| body.get(field).is_some());
    method != "GET" && ["domains", "docker_compose_domains", "urls"].iter().any(has)
}

impl Config {
    /// Returns the default settings for this address and token.
    pub fn new(url: Url, token: Secret) -> Self {
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        Self {
            url,
            token,
            server: None,
            destination: None,
            per_minute: 200,
            most_per_minute: None,
            rate_budget: None,
            timeout,
            expiry: Expiry::default(),
            connect_timeout,
            lists_for: Duration::from_secs(2),
        }
    }

    fn limiter(&self) -> Limiter {
        let most = self.most_per_minute;
        let rate = Rate::within_limit(most.unwrap_or(u32::MAX).min(self.per_minute));
        match &self.rate_budget {
            Some(budget) => Limiter::shared(Arc::clone(budget), rate, most),
            None => Limiter::new(rate, most),
        }
    }
}

/// The place of a new resource.
#[derive(Clone, Debug)]
pub struct Placement {
    /// The project.
    pub project: ProjectUuid,
    /// The name of the project's environment.
    pub environment: String,
    /// The environment's uuid, which survives a rename; the name is sent only without it.
    pub environment_uuid: Option<String>,
    /// The workspace's own destination; without one, the one that workspaces share.
    pub destination: Option<OwnDestination>,
}

/// A destination that is a workspace's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDestination {
    /// Its server. A resource on another server can't use it.
    pub server: ServerUuid,
    /// Its uuid.
    pub uuid: DestinationUuid,
}

/// A client; cheap to clone. All clones share its caches and its rate budget.
#[derive(Clone)]
pub struct Client {
    pub(crate) transport: Transport,
    pub(crate) shared: Arc<Shared>,
    /// The project that it works in.
    project: Option<ProjectUuid>,
}

pub(crate) struct Shared {
    pub(crate) server: OnceCell<ServerUuid>,
    pub(crate) destination: Option<String>,
    /// The destinations of the server; `None` where Coolify does not return them.
    pub(crate) destinations: SingleFlight<Option<Arc<[Destination]>>, Error>,
    /// The checks whether a workspace's destination exists; concurrent ones share one call.
    pub(crate) own_destinations: SingleFlights<DestinationUuid, bool, Error>,
    pub(crate) databases: SingleFlight<Vec<Database>, Error>,
    pub(crate) contents: SingleFlights<ProjectUuid, Arc<Contents>, Error>,
    pub(crate) volumes: SingleFlights<AppUuid, Vec<Volume>, Error>,
}

impl Client {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let authorization = if config.token.is_empty() {
            String::new()
        } else {
            format!("Bearer {}", config.token.expose())
        };
        let transport = Transport::new(Settings {
            upstream: "Coolify",
            base: api_base("Coolify", &config.url, "/api/v1")?,
            authorization: Secret::new(authorization),
            timeout: config.timeout,
            expiry: config.expiry.clone(),
            connect_timeout: config.connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY_LIMIT,
            limiter: Some(config.limiter()),
            observed: CallStatistics::default(),
            classify: answer_reading::classify,
            vet: Some(forwarded_fields::vet),
            // Coolify reads all domains of the team for each that is set: a quarter of a second of its processor for
            // 5,000 apps, and 8 to 11 s on a busy host (seen with 4.3.11).
            slow: Some(Slow { is_one: writes_domains, timeout: config.timeout * 3 }),
        })?;
        let shared = Shared {
            server: OnceCell::new_with(config.server),
            destination: config.destination,
            destinations: SingleFlight::new(DESTINATIONS_FOR),
            own_destinations: SingleFlights::new(DESTINATIONS_FOR, MAX_DESTINATIONS),
            databases: SingleFlight::new(config.lists_for),
            contents: SingleFlights::new(config.lists_for, MAX_CONTENTS),
            volumes: SingleFlights::new(VOLUMES_FOR, MAX_VOLUMES),
        };
        Ok(Self { transport, shared: Arc::new(shared), project: None })
    }

    /// Returns the same client with its calls counted for `share` of the rate budget, such as a workspace's in
    /// the group of its tenant.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        Self { transport: self.transport.for_share(share), ..self.clone() }
    }

    /// Returns the same client with its calls made at this priority.
    #[must_use]
    pub fn at_priority(&self, priority: Priority) -> Self {
        Self { transport: self.transport.at_priority(priority), ..self.clone() }
    }

    /// Returns the host at which it is reached, without its port.
    pub fn host(&self) -> Option<&str> {
        self.transport.base().host_str()
    }

    /// Returns how many polls could be made now without waiting for the rate budget.
    pub fn spare_calls(&self) -> u32 {
        self.transport.spare_calls()
    }

    /// Returns the statistics of the calls of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        self.transport.statistics()
    }

    /// Returns how much of the rate budget is in use.
    pub fn load(&self) -> Option<BudgetLoad> {
        self.transport.load()
    }

    /// Returns the same client for work in this project: its changes end the cached contents of the
    /// project.
    #[must_use]
    pub fn in_project(&self, project: &ProjectUuid) -> Self {
        Self { project: Some(project.clone()), ..self.clone() }
    }

    /// Returns Coolify's version, such as `4.3.11`; see [`Client::probed`].
    #[boxed]
    pub async fn version(&self) -> Result<String, Error> {
        Ok(self.version_text().await?.0)
    }

    /// Returns the version's text, with the error to return when it can't be parsed. The answer is
    /// text, not JSON.
    pub(crate) async fn version_text(&self) -> Result<(String, Error), Error> {
        let answer = self.transport.get("/version").send().await?;
        let unreadable = answer.malformed();
        let text = answer.text()?;
        let version = text.trim().trim_matches('"');
        let plausible = (1..=64).contains(&version.len())
            && version.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b));
        if plausible { Ok((version.to_owned(), unreadable)) } else { Err(unreadable) }
    }

    /// Returns the members that every creation needs: project, environment, server and destination.
    pub(crate) async fn place(&self, at: &Placement) -> Result<Map<String, Value>, Error> {
        let server = self.server().await?;
        let mut body = Map::new();
        body.insert("project_uuid".to_owned(), json!(at.project));
        let environment = match &at.environment_uuid {
            Some(uuid) => ("environment_uuid".to_owned(), json!(uuid)),
            None => ("environment_name".to_owned(), json!(at.environment)),
        };
        body.extend([environment]);
        let own = at.destination.as_ref().filter(|own| own.server == server);
        let destination = match own {
            Some(own) => Some(self.own_destination(&own.uuid).await?.to_string()),
            None => self.shared_destination(&server).await?,
        };
        body.insert("server_uuid".to_owned(), json!(server));
        if let Some(destination) = destination {
            body.insert("destination_uuid".to_owned(), json!(destination));
        }
        Ok(body)
    }

    /// Forgets the cached contents of its project, which may lack a resource that another instance
    /// of this server created.
    pub fn forget_contents(&self) {
        drop(self.changing());
    }

    /// Forgets the cached list of the team's databases.
    pub fn forget_all_databases(&self) {
        self.shared.databases.forget();
    }

    /// Returns a guard to be held during a write, which ends the lifetime of the cached contents of
    /// its project when it is dropped, however the write ended.
    pub(crate) fn changing(&self) -> Option<ChangingOf<'_, ProjectUuid, Arc<Contents>, Error>> {
        self.project.as_ref().map(|project| self.shared.contents.changing(project))
    }

    /// Returns the transport for requests whose answers all shares get from the cache. It belongs
    /// to no share, so that the queue of a busy one does not delay the others.
    pub(crate) fn common(&self) -> Transport {
        self.transport.for_share("")
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("transport", &self.transport).finish_non_exhaustive()
    }
}
