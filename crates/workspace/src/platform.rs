//! State that all workspaces of a server share, composed once by `main`.

mod metric_figures;
mod tenant_turns;

use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_domain::counters::{Distribution, Durations};
use covibe_domain::{Failure, TenantId, boxed};
use covibe_identity::Identity;
use covibe_policy::{Installation, Principal};
use covibe_store::{
    IsolationState, OperationalFigures, PoolLoad, SchemaState, Store, WorkspaceRecord,
};
use covibe_upstream::CallStatistics;
use serde_json::Value;
use tokio::sync::Notify;
use url::Url;

use self::metric_figures::LastFigures;
pub(crate) use self::tenant_turns::Judgements;
use self::tenant_turns::TenantTurns;
use crate::audit::{Auditor, Draft, RequestId, remove_old_records, start_auditing};
use crate::cells::{Cell, Cells, QueueLoad, UpstreamState, WatchCounts};
use crate::detached_commands::DetachedCommands;
use crate::dns::DnsProviders;
use crate::image_registries::ImageRegistries;
use crate::push_intake::PushIntake;
use crate::registrar::{DomainCounts, RegistrarAccount, TenantRegistrar, no_registrar};
use crate::settings::Settings;
use crate::storage_project::StorageAccounts;
use crate::webhooks::{ArrivedTrials, KnownHooks, Renewals};

/// The parts of a [`Platform`].
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// API keys and their cache.
    pub identity: Arc<Identity>,
    /// The key that seals secrets.
    pub secrets: SecretBox,
    /// The upstreams, by cell.
    pub cells: Cells,
    /// The account at the registrar, if there is one.
    pub registrar: Option<RegistrarAccount>,
    /// The providers of DNS.
    pub dns: DnsProviders,
    /// Object storage.
    pub storage: StorageAccounts,
    /// The registries of images; `None` if they must not be asked.
    pub images: Option<ImageRegistries>,
    /// The operator's rules.
    pub settings: Settings,
}

/// The state of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseHealth {
    /// `sqlite` or `postgres`.
    pub backend: String,
    /// The state of the schema (true if it is current) and the isolation of tenants (`enforced` or `embedded`); `None`
    /// if the database does not answer or cannot be written.
    pub state: Option<(bool, &'static str)>,
    /// True if the disk of an embedded database is almost full.
    pub is_low: bool,
}

impl DatabaseHealth {
    /// Returns whether the database answers and its schema is that of this release.
    pub fn is_current(&self) -> bool {
        self.state.is_some_and(|(is_current, _)| is_current)
    }
}

/// State that all workspaces of a server share. Only this crate can access the store, the secrets and the raw clients
/// in it.
#[derive(Debug)]
pub struct Platform {
    pub(crate) store: Store,
    pub(crate) secrets: SecretBox,
    identity: Arc<Identity>,
    settings: Settings,
    auditor: Auditor,
    cells: Cells,
    registrar: Option<RegistrarAccount>,
    dns: DnsProviders,
    storage: StorageAccounts,
    images: Option<ImageRegistries>,
    installation: Installation,
    watch_counts: WatchCounts,
    domain_counts: DomainCounts,
    last_figures: LastFigures,
    intake: PushIntake,
    /// The turns of tenants to do work that takes long.
    pub(crate) turns: TenantTurns,
    /// The commands that run without their clients.
    pub(crate) detached: DetachedCommands,
    /// The trials of hooks whose delivery has arrived.
    pub(crate) arrived: ArrivedTrials,
    /// The workspaces whose hook has to be created anew.
    pub(crate) renewals: Renewals,
    /// The hooks that deliveries are known to come from.
    pub(crate) hooks: KnownHooks,
    /// Notified when a workspace wants a domain that another one has lost.
    pub(crate) detachment_wanted: Notify,
}

impl Platform {
    /// Composes a platform. Requires a Tokio runtime that outlives the surfaces, on which the audit
    /// is written.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, identity, secrets, cells, registrar, dns, storage, images, settings } =
            parts;
        let auditor = start_auditing(&store, &identity, settings.audit_timeout);
        let installation = installation(&settings, &cells);
        let watch_counts = WatchCounts::default();
        let intake = PushIntake::new(settings.push_pause);
        Arc::new(Self {
            store,
            secrets,
            identity,
            settings,
            auditor,
            cells,
            registrar,
            dns,
            storage,
            images,
            installation,
            watch_counts,
            domain_counts: DomainCounts::default(),
            last_figures: LastFigures::default(),
            intake,
            turns: TenantTurns::default(),
            detached: DetachedCommands::default(),
            arrived: ArrivedTrials::default(),
            renewals: Renewals::default(),
            hooks: KnownHooks::default(),
            detachment_wanted: Notify::new(),
        })
    }

    /// Checks the upstreams' versions and abilities in the background, and logs what is missing. Requires a Tokio
    /// runtime.
    pub fn watch_upstreams(&self) {
        self.cells.watch();
    }

    /// Checks the upstreams' versions and abilities once.
    #[boxed]
    pub async fn look_at_upstreams(&self) -> Result<(), Failure> {
        self.cells.check_all().await
    }

    /// Returns the operator's rules.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Ends the commands that run without their clients, and waits until their ends are recorded; called when the server
    /// stops. Further ones are refused.
    #[boxed]
    pub async fn stop_detached_commands(&self, patience: Duration) {
        self.detached.stop(patience).await;
    }

    /// Returns the registries of images; `None` if they must not be asked.
    pub(crate) fn images(&self) -> Option<&ImageRegistries> {
        self.images.as_ref()
    }

    /// Returns the service that recognizes API keys.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the writer of the audit.
    pub fn auditor(&self) -> &Auditor {
        &self.auditor
    }

    /// Removes records of all tenants that are older than the operator's retention. If those of a tenant cannot be
    /// removed, they stay, and the log says why.
    ///
    /// # Errors
    ///
    /// If the database cannot list the tenants with old records.
    #[boxed]
    pub async fn remove_old_records(&self) -> Result<(), covibe_store::Error> {
        remove_old_records(&self.store.in_background(), &self.settings.retention).await
    }

    /// Asks the database for its state.
    #[boxed]
    pub async fn database_health(&self) -> DatabaseHealth {
        let health = self.store.health().await.ok();
        let state = health.map(|health| {
            let isolation = match health.isolation {
                IsolationState::Enforced => "enforced",
                IsolationState::Embedded => "embedded",
            };
            (health.schema == SchemaState::Current, isolation)
        });
        let is_low = health.is_some_and(|health| health.is_low);
        DatabaseHealth { backend: self.store.backend().to_string(), state, is_low }
    }

    /// Returns the numbers and times of all tenants together, at most a minute old; `None` if the database does not
    /// count them in time.
    #[boxed]
    pub async fn operational_figures(&self) -> Option<Arc<OperationalFigures>> {
        self.last_figures.get(&self.store).await
    }

    /// Returns the load of the connections to the database.
    pub fn database_load(&self) -> Vec<PoolLoad> {
        self.store.load()
    }

    /// Returns the states of the upstreams, without calling them.
    pub fn upstreams(&self) -> Vec<UpstreamState> {
        let state = |name, observed: &CallStatistics| UpstreamState {
            name,
            observed: observed.clone(),
            load: None,
        };
        let registrar =
            self.registrar.iter().map(|one| state("registrar", one.client().statistics()));
        let sign_in = self.identity.workos_observed().map(|observed| state("workos", observed));
        let cells = self.cells.upstreams().into_iter();
        let others = registrar.chain(self.dns.states()).chain(self.storage.states());
        cells.chain(others).chain(sign_in).collect()
    }

    /// Returns the counts of the watch of containers; `None` without a docker host.
    pub fn containers_watched(&self) -> Option<&WatchCounts> {
        self.cells.have_docker_hosts().then_some(&self.watch_counts)
    }

    /// Returns the load of the queues of deployments, of all cells together.
    pub fn deployment_queue(&self) -> QueueLoad {
        let all = self.cells.all().into_iter();
        let loads = all.map(|(_, cell)| *cell.queue.load.lock());
        loads.fold(QueueLoad::default(), QueueLoad::plus)
    }

    /// Returns the times that deployments and starts waited before this server handed them over.
    pub fn deployment_waits(&self) -> Distribution {
        let all = self.cells.all().into_iter().map(|(_, cell)| cell.queue.waits.read());
        all.fold(Durations::for_waits().read(), |sum, one| sum.plus(&one))
    }

    /// Returns the counts of the background work on domains; `None` without a registrar.
    pub fn domains_looked_after(&self) -> Option<&DomainCounts> {
        self.registrar.as_ref().map(|_| &self.domain_counts)
    }

    pub(crate) fn domain_counts(&self) -> &DomainCounts {
        &self.domain_counts
    }

    /// Returns the repositories with reported pushes that wait to be checked.
    pub(crate) fn intake(&self) -> &PushIntake {
        &self.intake
    }

    pub(crate) fn watch_counts(&self) -> &WatchCounts {
        &self.watch_counts
    }

    /// Starts the audit entries of a call that begins now.
    pub fn audit(
        &self,
        principal: &Principal,
        tool: &str,
        surface: &'static str,
        request: Option<&RequestId>,
    ) -> Draft {
        Draft::new(principal, tool, surface, request)
    }

    /// Adds the parameters to the audit entries of a call, as a digest with a key of the tenant, because they may
    /// contain secrets.
    pub fn with_digest(&self, draft: Draft, params: &Value) -> Draft {
        let tenant = draft.tenant().as_str();
        let digest = self.secrets.fingerprint_for(tenant, params.to_string().as_bytes());
        draft.with_digest(digest)
    }

    /// Returns the keyed digest of a text, as hexadecimal digits.
    pub(crate) fn fingerprint(&self, text: &[u8]) -> String {
        self.secrets.fingerprint(text)
    }

    /// Returns all cells.
    pub(crate) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Returns the account at the registrar, for the server's own work.
    pub(crate) fn registrar(&self) -> Option<&RegistrarAccount> {
        self.registrar.as_ref()
    }

    /// Returns the account at the registrar for the calls of a tenant: their only way to it.
    pub(crate) fn registrar_of(&self, tenant: &TenantId) -> Result<TenantRegistrar<'_>, Failure> {
        self.registrar().map(|account| account.for_tenant(tenant)).ok_or_else(no_registrar)
    }

    /// Returns the names of the installation itself.
    pub(crate) fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Returns the providers of DNS.
    pub(crate) fn dns(&self) -> &DnsProviders {
        &self.dns
    }

    /// Returns the accounts of object storage.
    pub(crate) fn storage(&self) -> &StorageAccounts {
        &self.storage
    }

    /// Returns the cell of a workspace: the only way to its upstreams.
    pub(crate) fn cell(&self, of: &WorkspaceRecord) -> Result<&Arc<Cell>, Failure> {
        self.cells.get(&of.cell)
    }
}

/// Returns the names of the installation: the base of its workspaces, this server's host and its upstreams'.
fn installation(settings: &Settings, cells: &Cells) -> Installation {
    let origin = settings.origin.as_deref().and_then(|origin| Url::parse(origin).ok());
    let own = origin.as_ref().and_then(Url::host_str);
    Installation::new(&settings.base_domain, own.into_iter().chain(cells.hosts()))
}
