//! The database operations of the protocol: each step is written completely or not at all.

use std::future::Future;
use std::time::Duration;

use covibe_domain::entities::{DomainEventKind, RegistrationState};
use covibe_domain::{DomainName, Failure, Money, TenantId, Timestamp, WorkspaceId};
use covibe_store::{
    Debit, DomainRecord, Error, NewRegistration, RegistrationStart, Settlement, Store, Term, Tx,
};

use super::errors::{all_spent_today, spent_today};
use crate::audit::random_id;
use crate::journal::lease_times::PAUSE;
use crate::registrar::domain_events::insert_event;

/// The period over which the orders of a tenant are added up.
const DAY: Duration = Duration::from_hours(24);

/// The time for which the record of a refused order is kept.
const REFUSAL_KEPT: Duration = Duration::from_hours(30 * 24);

/// The records of attempts.
pub(super) trait Book: Sync {
    /// Returns the time by a clock that all instances share.
    fn now(&self) -> impl Future<Output = Result<Timestamp, Failure>> + Send;

    /// Returns the workspace's domain.
    fn read(
        &self,
        name: &DomainName,
    ) -> impl Future<Output = Result<Option<DomainRecord>, Failure>> + Send;

    /// Begins an attempt, with a lease and an event.
    ///
    /// # Errors
    ///
    /// Rejected if it would exceed a limit on expenses.
    fn begin(
        &self,
        registration: &NewRegistration,
    ) -> impl Future<Output = Result<RegistrationStart, Failure>> + Send;

    /// Counts a held order as one of now, before the registrar is asked to process it.
    ///
    /// # Errors
    ///
    /// Rejected if that would exceed a limit on expenses.
    fn begin_release(
        &self,
        record: &DomainRecord,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Acquires the lease of an unsettled domain; returns `false` if somebody else did.
    fn claim(&self, seen: &DomainRecord) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Ends the lease of an attempt whose outcome is unknown, with an event if the state is new.
    fn release(
        &self,
        record: &DomainRecord,
        is_news: bool,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Records the outcome of an attempt, with an event and, if the domain was bought, the debit. Returns whether the
    /// outcome was not known before.
    fn settle(
        &self,
        record: &DomainRecord,
        to: &Settlement,
        detail: &str,
    ) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Records the term of a registered domain according to the registrar, with an event if it is new.
    fn note(
        &self,
        seen: &DomainRecord,
        term: Term,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Waits a moment.
    fn pause(&self) -> impl Future<Output = ()> + Send;
}

/// The book of a workspace in the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredBook<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a TenantId,
    pub(crate) workspace: &'a WorkspaceId,
    /// The time after which another may work on the domain: longer than this work may last.
    pub(crate) lease: Duration,
    pub(crate) limits: DailyLimits,
}

/// The maximum amounts that may be spent on orders in a day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DailyLimits {
    /// By all workspaces of the tenant together.
    pub(crate) of_tenant: Option<Money>,
    /// By all tenants together.
    pub(crate) of_all: Option<Money>,
}

impl StoredBook<'_> {
    async fn write(&self) -> Result<Tx, Failure> {
        Ok(self.store.tenant(self.tenant).await?)
    }

    /// Checks that an order of this price, whose attempt is not counted, exceeds no limit.
    async fn check_limits(
        &self,
        tx: &mut Tx,
        (name, price): (&DomainName, Money),
        attempt: &str,
    ) -> Result<(), Failure> {
        if let Some(limit) = self.limits.of_tenant {
            let spent = tx.spent_on_domains(limit.currency, DAY, attempt).await?;
            let spent = Money { minor: spent, ..limit };
            if !limit.covers(spent.plus(price)) {
                return Err(spent_today((name, price), limit, spent));
            }
        }
        if let Some(limit) = self.limits.of_all {
            let spent = tx.spent_on_domains_by_all(limit.currency, DAY, attempt).await?;
            let spent = Money { minor: spent, ..limit };
            if !limit.covers(spent.plus(price)) {
                tracing::warn!(
                    tenant = %self.tenant, domain = %name, %price, %spent, %limit,
                    "an order of a domain would exceed the daily limit of all companies"
                );
                return Err(all_spent_today((name, price)));
            }
        }
        Ok(())
    }

    async fn event(
        &self,
        tx: &mut Tx,
        domain: &DomainName,
        kind: DomainEventKind,
        detail: Option<&str>,
    ) -> Result<(), Failure> {
        insert_event(tx, self.workspace, domain, kind, detail).await
    }
}

impl Book for StoredBook<'_> {
    async fn now(&self) -> Result<Timestamp, Failure> {
        let mut tx = self.store.tenant_read(self.tenant).await?;
        let now = tx.now().await?;
        tx.commit().await?;
        Ok(now)
    }

    async fn read(&self, name: &DomainName) -> Result<Option<DomainRecord>, Failure> {
        let mut tx = self.store.tenant_read(self.tenant).await?;
        let found = tx.domain(self.workspace, name.as_str()).await?;
        tx.commit().await?;
        Ok(found)
    }

    async fn begin(&self, registration: &NewRegistration) -> Result<RegistrationStart, Failure> {
        let mut tx = self.write().await?;
        tx.delete_old_refusals(self.workspace, REFUSAL_KEPT).await?;
        let NewRegistration { name, price, attempt, .. } = registration;
        self.check_limits(&mut tx, (name, *price), attempt).await?;
        let begun = match tx.begin_registration(registration, self.lease).await {
            Err(Error::Conflict) => return Ok(RegistrationStart::Elsewhere),
            begun => begun?,
        };
        if begun == RegistrationStart::Now {
            let kind = DomainEventKind::RegisterAttempt;
            self.event(&mut tx, &registration.name, kind, None).await?;
        }
        tx.commit().await?;
        Ok(begun)
    }

    async fn begin_release(&self, record: &DomainRecord) -> Result<(), Failure> {
        let mut tx = self.write().await?;
        let DomainRecord { name, price, attempt, .. } = record;
        self.check_limits(&mut tx, (name, *price), attempt).await?;
        tx.count_held_order_as_new(record).await?;
        Ok(tx.commit().await?)
    }

    async fn claim(&self, seen: &DomainRecord) -> Result<bool, Failure> {
        let mut tx = self.write().await?;
        let is_claimed = tx.claim_domain(seen, self.lease).await?;
        tx.commit().await?;
        Ok(is_claimed)
    }

    async fn release(&self, record: &DomainRecord, is_news: bool) -> Result<(), Failure> {
        let mut tx = self.write().await?;
        let now = tx.now().await?;
        tx.release_domain(self.workspace, &record.name, &record.attempt, now).await?;
        if is_news {
            let kind = DomainEventKind::RegisterUnknown;
            self.event(&mut tx, &record.name, kind, None).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn settle(
        &self,
        record: &DomainRecord,
        to: &Settlement,
        detail: &str,
    ) -> Result<bool, Failure> {
        let mut tx = self.write().await?;
        let now = tx.now().await?;
        if !tx.settle_registration(record, to, now).await? {
            return Ok(false);
        }
        let kind = event_of(to.state);
        self.event(&mut tx, &record.name, kind, Some(detail)).await?;
        if let (RegistrationState::Registered, Some(order)) = (to.state, &to.order) {
            tx.insert_debit(&debit(record, order, now)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn note(&self, seen: &DomainRecord, term: Term) -> Result<(), Failure> {
        let mut tx = self.write().await?;
        let now = tx.now().await?;
        let is_news = tx.note_term(seen, term, now).await?;
        let kind = match term {
            Term::Over => Some(DomainEventKind::RegisterExpired),
            // The first that is read is not a longer one.
            Term::Until(_) => seen.expires_at.map(|_| DomainEventKind::RegisterRenewed),
            Term::Unknown => None,
        };
        if let Some(kind) = kind.filter(|_| is_news) {
            self.event(&mut tx, &seen.name, kind, None).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns the kind of event for a domain that reaches a state.
pub(super) const fn event_of(state: RegistrationState) -> DomainEventKind {
    match state {
        RegistrationState::Registering => DomainEventKind::RegisterUnknown,
        RegistrationState::Pending | RegistrationState::Held => DomainEventKind::RegisterPending,
        RegistrationState::Registered => DomainEventKind::RegisterSuccess,
        RegistrationState::Failed => DomainEventKind::RegisterFailed,
        RegistrationState::Expired => DomainEventKind::RegisterExpired,
    }
}

fn debit(record: &DomainRecord, order: &str, at: Timestamp) -> Debit {
    Debit {
        id: format!("led_{}", random_id()),
        workspace: record.workspace.clone(),
        source: record.registrar.clone(),
        reference: order.to_owned(),
        amount: record.price,
        subject: record.name.to_string(),
        at,
    }
}
