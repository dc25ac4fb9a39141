//! Background work on domains: asks the registrar about orders without an outcome and terms that ended, sets locks that
//! are off, and removes zones of lost domains.

use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_domain::entities::RegistrationState;
use covibe_domain::{Failure, Kind, TenantId, boxed};
use covibe_store::{DomainRecord, Error};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::purchase_protocol::Protocol;
use super::registration_store::StoredBook;
use crate::domain_attachment::{lock_again, remove_zone};
use crate::platform::Platform;
use crate::registrar::RegistrarAccount;

/// The pause of a server between two rounds.
const PAUSE: Duration = Duration::from_mins(1);

/// The maximum number of domains of a tenant that a round works on. The next round continues with others.
const BATCH: u32 = 100;

/// The time limit of a round for one domain.
const LONGEST: Duration = Duration::from_mins(1);

/// The lease of a round on a domain.
const LEASE: Duration = Duration::from_secs(90);

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

async fn watch(platform: Arc<Platform>) {
    loop {
        sleep(PAUSE).await;
        match platform.reconcile_domains().await {
            Ok(Reconciled { settled: 0, open: 0, failed: 0 }) => {}
            Ok(Reconciled { settled, open, failed }) => {
                tracing::info!(settled, open, failed, "domains were reconciled");
            }
            Err(failure) => tracing::warn!(%failure, "the domains could not be read"),
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
    #[boxed]
    pub async fn reconcile_domains(&self) -> Result<Reconciled, Failure> {
        let mut reconciled = Reconciled::default();
        let Some(account) = self.registrar() else { return Ok(reconciled) };
        for tenant in self.store.tenants_with_due_domains().await? {
            if let Err(error) = self.reconcile_tenant(account, &tenant, &mut reconciled).await {
                reconciled.failed += 1;
                tracing::warn!(%error, %tenant, "the domains of a tenant could not be read");
            }
        }
        let (counts, Reconciled { settled, open, failed }) = (self.domain_counts(), reconciled);
        counts.settled.add(settled.into());
        counts.open.add(open.into());
        counts.failed.add(failed.into());
        Ok(reconciled)
    }

    async fn reconcile_tenant(
        &self,
        account: &RegistrarAccount,
        tenant: &TenantId,
        reconciled: &mut Reconciled,
    ) -> Result<(), Error> {
        let mut tx = self.store.in_background().tenant_read(tenant).await?;
        let due = tx.due_domains(BATCH).await?;
        tx.commit().await?;
        for record in due {
            let asked = self.ask_about(account, tenant, &record);
            let outcome = timeout(LONGEST, asked).await;
            reconciled.count(tenant, &record, outcome.ok());
        }
        Ok(())
    }

    async fn ask_about(
        &self,
        registrar: &RegistrarAccount,
        tenant: &TenantId,
        record: &DomainRecord,
    ) -> Result<(), Failure> {
        if record.state == RegistrationState::Expired {
            return remove_zone(self, tenant, record, LEASE).await.map(drop);
        }
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
        let book = StoredBook { store, tenant, workspace, lease: LEASE, daily_limit: None };
        Protocol { registrar: account, book: &book, settle_after }.reconcile(record).await?;
        locked
    }
}

impl Reconciled {
    fn count(
        &mut self,
        tenant: &TenantId,
        record: &DomainRecord,
        outcome: Option<Result<(), Failure>>,
    ) {
        match outcome {
            Some(Ok(())) => self.settled += 1,
            Some(Err(failure)) if failure.kind == Kind::Unready => self.open += 1,
            Some(Err(failure)) => {
                self.failed += 1;
                tracing::warn!(%failure, %tenant, domain = %record.name, "a domain could not be reconciled");
            }
            None => {
                self.failed += 1;
                tracing::warn!(%tenant, domain = %record.name, "reconciling a domain took too long");
            }
        }
    }
}
