//! Background work on domains: asks the registrar about orders without an outcome and terms that ended, sets locks that
//! are off, and removes zones of lost domains.

use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Failure, Kind, TenantId, WorkspaceId};
use covibe_store::{DomainRecord, Error};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::purchase_protocol::Protocol;
use super::registration_store::{DailyLimits, StoredBook};
use crate::domain_attachment::{lock_again, remove_zone};
use crate::platform::Platform;
use crate::tenant_checks::{RunningChecks, SlotLimits};

/// The interval between the beginnings of two rounds of a server.
const INTERVAL: Duration = Duration::from_mins(1);

/// The maximum number of domains of a tenant that a round notes. The next round continues with others.
const BATCH: u32 = 100;

/// The time limit of a check of one domain.
const LONGEST: Duration = Duration::from_mins(1);

/// The lease of a check on a domain.
const LEASE: Duration = Duration::from_secs(90);

/// The number of domains that the registrar is asked about at once. It answers few commands at once, and those of calls
/// must not wait for these.
const ORDERS: usize = 2;

/// The number of zones that are removed at once.
const ZONES: usize = 4;

/// The result of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// The number of domains that the registrar reported news about.
    pub settled: u32,
    /// The number of orders without an outcome yet, or held back.
    pub open: u32,
    /// The number of domains that the registrar could not be asked about, and of tenants whose domains could not be read.
    pub failed: u32,
}

/// The task of the background work; none without a registrar. It ends when it is dropped.
#[derive(Debug)]
pub struct DomainWatch(Option<JoinHandle<()>>);

impl DomainWatch {
    /// Starts the task. Requires a Tokio runtime. Several servers may do so at once.
    pub fn begin(platform: &Arc<Platform>) -> Self {
        let watched = platform.registrar().map(|_| Arc::clone(platform));
        Self(watched.map(|platform| {
            let start = move || watch(Arc::clone(&platform));
            tokio::spawn(run_with_restarts("domains", start))
        }))
    }
}

impl Drop for DomainWatch {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Begins a round each minute, and logs the results of the checks that ended since the last one.
async fn watch(platform: Arc<Platform>) {
    let (mut checks, mut reconciled) = (DomainChecks::new(), Reconciled::default());
    let mut next_round = Instant::now() + INTERVAL;
    loop {
        tokio::select! {
            () = sleep_until(next_round) => {
                next_round = Instant::now() + INTERVAL;
                std::mem::take(&mut reconciled).log();
                match checks.note_due_domains(&platform).await {
                    Ok(noted) => reconciled.add(noted),
                    Err(failure) => tracing::warn!(%failure, "the domains could not be read"),
                }
            }
            checked = checks.next_end(&platform) => reconciled.add(checked),
        }
    }
}

impl Platform {
    /// Asks the registrar once for news about the domains of all tenants. Does nothing without a registrar. If the
    /// process ends meanwhile, the next one continues.
    ///
    /// # Errors
    ///
    /// If the database does not answer. Failures of the registrar, and those of a single tenant, are only counted.
    pub async fn reconcile_domains(self: &Arc<Self>) -> Result<Reconciled, Failure> {
        let mut checks = DomainChecks::new();
        let mut reconciled = checks.note_due_domains(self).await?;
        while !checks.are_idle() {
            reconciled.add(checks.next_end(self).await);
        }
        Ok(reconciled)
    }
}

/// A domain that is due.
#[derive(Clone, Debug)]
struct DueDomain {
    tenant: TenantId,
    record: DomainRecord,
}

/// Checks of domains of one kind.
type Checks = RunningChecks<(WorkspaceId, DomainName), DueDomain, Reconciled>;

/// The checks of domains. A slow provider of DNS delays no order, and a tenant with slow checks delays those of no other
/// tenant: each has one check of a kind at a time.
#[derive(Debug)]
struct DomainChecks {
    /// Questions to the registrar.
    orders: Checks,
    /// Removals of zones, by the providers of DNS.
    zones: Checks,
}

impl DomainChecks {
    fn new() -> Self {
        let checks = |at_once| Checks::new(SlotLimits::one_per_tenant(at_once), Duration::ZERO);
        Self { orders: checks(ORDERS), zones: checks(ZONES) }
    }

    /// Notes the due domains of all tenants. Counts the tenants whose domains could not be read.
    async fn note_due_domains(&mut self, platform: &Platform) -> Result<Reconciled, Failure> {
        let mut reconciled = Reconciled::default();
        if platform.registrar().is_none() {
            return Ok(reconciled);
        }
        for tenant in platform.store.tenants_with_due_domains().await? {
            match read_due_domains(platform, &tenant).await {
                Ok(due) => {
                    for record in due {
                        self.note(&tenant, record);
                    }
                }
                Err(error) => {
                    reconciled.failed += 1;
                    tracing::warn!(%error, %tenant, "the domains of a tenant could not be read");
                }
            }
        }
        platform.count_domains(reconciled);
        Ok(reconciled)
    }

    fn note(&mut self, tenant: &TenantId, record: DomainRecord) {
        let is_lost = record.state == RegistrationState::Expired;
        let checks = if is_lost { &mut self.zones } else { &mut self.orders };
        let key = (record.workspace.clone(), record.name.clone());
        // The record does not show yet what a running check finds out.
        if !checks.is_running(&key) {
            // A later round notes what finds no place.
            checks.note(tenant, key, DueDomain { tenant: tenant.clone(), record });
        }
    }

    /// Runs the due checks until one ends, and counts it.
    async fn next_end(&mut self, platform: &Arc<Platform>) -> Reconciled {
        let check = |due| check_domain(Arc::clone(platform), due);
        let (_, checked) = tokio::select! {
            ended = self.orders.next_end(check) => ended,
            ended = self.zones.next_end(check) => ended,
        };
        // The log has the panic of a check.
        let checked = checked.unwrap_or(Reconciled { failed: 1, ..Reconciled::default() });
        platform.count_domains(checked);
        checked
    }

    fn are_idle(&self) -> bool {
        self.orders.is_idle() && self.zones.is_idle()
    }
}

async fn read_due_domains(
    platform: &Platform,
    tenant: &TenantId,
) -> Result<Vec<DomainRecord>, Error> {
    let mut tx = platform.store.in_background().tenant_read(tenant).await?;
    let due = tx.due_domains(BATCH).await?;
    tx.commit().await?;
    Ok(due)
}

async fn check_domain(platform: Arc<Platform>, due: DueDomain) -> Reconciled {
    let DueDomain { tenant, record } = &due;
    // Boxed because the future is large.
    let outcome = timeout(LONGEST, Box::pin(platform.ask_about(tenant, record))).await;
    Reconciled::from_outcome(tenant, record, outcome.ok())
}

impl Platform {
    fn count_domains(&self, Reconciled { settled, open, failed }: Reconciled) {
        let counts = self.domain_counts();
        counts.settled.add(settled.into());
        counts.open.add(open.into());
        counts.failed.add(failed.into());
    }

    async fn ask_about(&self, tenant: &TenantId, record: &DomainRecord) -> Result<(), Failure> {
        if record.state == RegistrationState::Expired {
            return remove_zone(self, tenant, record, LEASE).await.map(drop);
        }
        let Some(registrar) = self.registrar() else { return Ok(()) };
        let (account, settle_after) = (registrar.client(), self.settings().settle_orders);
        let store = &self.store.in_background();
        let mut locked = Ok(());
        if record.attachment.is_unlocked {
            locked = lock_again(account, (store, tenant), record, LEASE).await;
            if !record.has_ended() {
                return locked;
            }
        }
        let workspace = &record.workspace;
        // It spends nothing: calls alone place and release orders.
        let limits = DailyLimits::default();
        let book = StoredBook { store, tenant, workspace, lease: LEASE, limits };
        Protocol { registrar: account, book: &book, settle_after }.reconcile(record).await?;
        locked
    }
}

impl Reconciled {
    /// Returns the result of the check of a domain, which took too long without an outcome. Logs a failure.
    fn from_outcome(
        tenant: &TenantId,
        record: &DomainRecord,
        outcome: Option<Result<(), Failure>>,
    ) -> Self {
        let mut reconciled = Self::default();
        match outcome {
            Some(Ok(())) => reconciled.settled = 1,
            Some(Err(failure)) if failure.kind == Kind::Unready => reconciled.open = 1,
            Some(Err(failure)) => {
                reconciled.failed = 1;
                tracing::warn!(%failure, %tenant, domain = %record.name, "a domain could not be reconciled");
            }
            None => {
                reconciled.failed = 1;
                tracing::warn!(%tenant, domain = %record.name, "reconciling a domain took too long");
            }
        }
        reconciled
    }

    fn add(&mut self, other: Self) {
        self.settled += other.settled;
        self.open += other.open;
        self.failed += other.failed;
    }

    fn log(self) {
        let Self { settled, open, failed } = self;
        if self != Self::default() {
            tracing::info!(settled, open, failed, "domains were reconciled");
        }
    }
}
