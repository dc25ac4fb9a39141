//! The domains of workspaces, and the journal of their registration.
//!
//! | module | what it contains |
//! |---|---|
//! | `purchase_attempts` | attempts to buy a domain, and their outcomes |
//! | `spending` | the amounts that tenants spend, for the limits on them |
//! | `attachment` | the zone that serves a domain, and the lock |
//! | `domain_lease` | the right to work on a domain, and the changes that its holder makes |
//! | `due_work` | background work on domains |
//! | `former_domains` | domains that a workspace has lost and another one has |

use std::time::Duration;

use covibe_domain::entities::{DnsProvider, RegistrationState};
use covibe_domain::{
    Currency, DomainName, Located, Location, Money, Timestamp, WorkspaceId, boxed,
};
use diesel::prelude::*;

use super::leases::Now;
use crate::error::{Error, Result};
use crate::row::{moment, parse, word};
use crate::schema::domains as table;
use crate::tx::{RunQueryDsl, Tx};

/// The tenant's domain of this workspace and name, to be filtered further.
macro_rules! one {
    ($self:expr, $workspace:expr, $name:expr) => {
        table::table
            .filter(table::tenant_id.eq($self.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
            .filter(table::name.eq($name))
    };
}

mod attachment;
mod domain_lease;
mod due_work;
mod former_domains;
mod purchase_attempts;
mod spending;

pub use attachment::Attachment;
pub use due_work::Term;
pub use former_domains::FormerDomain;

/// The states in which an order may still come to something.
const UNSETTLED: [&str; 3] = [
    RegistrationState::Registering.as_str(),
    RegistrationState::Pending.as_str(),
    RegistrationState::Held.as_str(),
];

/// A registration that is about to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRegistration {
    /// The workspace that buys it.
    pub workspace: WorkspaceId,
    /// The domain.
    pub name: DomainName,
    /// The registrar's system, whose orders have ids of their own.
    pub registrar: String,
    /// The attempt's id, a random text.
    pub attempt: String,
    /// The term in years.
    pub years: u8,
    /// The price of the whole term.
    pub price: Money,
    /// True if WHOIS privacy is bought.
    pub is_private: bool,
}

/// A domain of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainRecord {
    /// The workspace that has it or is buying it.
    pub workspace: WorkspaceId,
    /// The domain.
    pub name: DomainName,
    /// The state of its registration.
    pub state: RegistrationState,
    /// The registrar's system.
    pub registrar: String,
    /// The id of the latest attempt to buy it.
    pub attempt: String,
    /// When that attempt began, or the registrar was last asked to process its held order, by the clock of the
    /// database.
    pub attempted_at: Timestamp,
    /// When the lease of the call that works on it expires, by the clock of the database: compare it with no
    /// other. 0 if none does.
    pub lease_until: Timestamp,
    /// The time that was left of that lease when this was read; zero if it has expired.
    pub lease_left: Duration,
    /// The term in years.
    pub years: u8,
    /// The price of the whole term.
    pub price: Money,
    /// True if WHOIS privacy is bought.
    pub is_private: bool,
    /// The registrar's id of the order, once it is known.
    pub order: Option<String>,
    /// When it was registered.
    pub registered_at: Option<Timestamp>,
    /// When its term ends.
    pub expires_at: Option<Timestamp>,
    /// When this was last changed.
    pub updated_at: Timestamp,
    /// Its zone and lock.
    pub attachment: Attachment,
}

impl DomainRecord {
    /// Returns whether its order may still come to something.
    pub fn is_unsettled(&self) -> bool {
        UNSETTLED.contains(&self.state.as_str())
    }

    /// Returns whether its term ended by this machine's clock, or its end is not known.
    pub fn has_ended(&self) -> bool {
        self.expires_at.is_none_or(|end| end < Timestamp::now())
    }

    /// Returns whether the workspace does not have it, so that anybody may buy it.
    pub fn is_over(&self) -> bool {
        matches!(self.state, RegistrationState::Failed | RegistrationState::Expired)
    }
}

impl Located for DomainRecord {
    const NOUN: &'static str = "Domain";

    fn id(&self) -> &str {
        self.name.as_str()
    }

    fn location(&self) -> Location<'_> {
        Location::Workspace(&self.workspace)
    }
}

/// The result of beginning a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationStart {
    /// It begins, with a lease.
    Now,
    /// The workspace has the domain or is buying it.
    Already(Box<DomainRecord>),
    /// Another workspace has it or is buying it.
    Elsewhere,
}

/// The outcome of an attempt to buy a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The state.
    pub state: RegistrationState,
    /// The registrar's id of the order, if it is known; a known one stays.
    pub order: Option<String>,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    name: String,
    state: String,
    registrar: String,
    attempt: String,
    attempted_at: i64,
    lease_until: i64,
    years: i64,
    amount: i64,
    currency: String,
    is_private: i64,
    order_id: Option<String>,
    registered_at: Option<i64>,
    expires_at: Option<i64>,
    updated_at: i64,
    dns_provider: Option<String>,
    zone: Option<String>,
    attached_at: Option<i64>,
    is_unlocked: i64,
}

impl Row {
    fn new(wanted: &NewRegistration, now: Now, lease: Duration) -> Self {
        let at = now.millis();
        Self {
            name: wanted.name.to_string(),
            state: RegistrationState::Registering.to_string(),
            registrar: wanted.registrar.clone(),
            attempt: wanted.attempt.clone(),
            attempted_at: at,
            lease_until: now.end_of(lease),
            years: wanted.years.into(),
            amount: wanted.price.minor,
            currency: wanted.price.currency.to_string(),
            is_private: wanted.is_private.into(),
            order_id: None,
            registered_at: None,
            expires_at: None,
            updated_at: at,
            dns_provider: None,
            zone: None,
            attached_at: None,
            is_unlocked: 0,
        }
    }

    fn into_record(self, workspace: &WorkspaceId, now: Now) -> Result<DomainRecord> {
        let (lease_until, lease_left) = now.read_lease(self.lease_until);
        let currency = word(Currency::from_word(&self.currency), "domains.currency")?;
        let known = |text: String| word(DnsProvider::from_word(&text), "domains.dns_provider");
        let attachment = Attachment {
            provider: self.dns_provider.map(known).transpose()?,
            zone: self.zone,
            attached_at: moment(self.attached_at),
            is_unlocked: self.is_unlocked != 0,
        };
        Ok(DomainRecord {
            workspace: workspace.clone(),
            name: parse(self.name, "domains.name")?,
            state: word(RegistrationState::from_word(&self.state), "domains.state")?,
            registrar: self.registrar,
            attempt: self.attempt,
            attempted_at: Timestamp::from_millis(self.attempted_at),
            lease_until,
            lease_left,
            years: u8::try_from(self.years).map_err(|_| Error::Corrupt("domains.years"))?,
            price: Money { minor: self.amount, currency },
            is_private: self.is_private != 0,
            order: self.order_id,
            registered_at: moment(self.registered_at),
            expires_at: moment(self.expires_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            attachment,
        })
    }
}

impl Tx {
    /// Returns the workspace's domain of this name.
    #[boxed]
    pub async fn domain(
        &mut self,
        workspace: &WorkspaceId,
        name: &str,
    ) -> Result<Option<DomainRecord>> {
        let row: Option<Row> = on!(self, conn => one!(self, workspace, name)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        let Some(row) = row else { return Ok(None) };
        let now = self.lease_clock().await?;
        row.into_record(workspace, now).map(Some)
    }

    /// Returns at most this many of the workspace's domains by name, after this name, of those that it has or
    /// is buying.
    #[boxed]
    pub async fn domains(
        &mut self,
        workspace: &WorkspaceId,
        after: &str,
        take: u32,
    ) -> Result<Vec<DomainRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::name.gt(after))
            .filter(table::state.ne(RegistrationState::Failed.as_str()))
            .order(table::name)
            .limit(take.into())
            .select(Row::as_select())
            .load(conn).await)?;
        let now = self.lease_clock().await?;
        rows.into_iter().map(|row| row.into_record(workspace, now)).collect()
    }

    /// Deletes the workspace's records of domains that it does not have and that have no zone: those not bought,
    /// or expired.
    ///
    /// # Errors
    ///
    /// Conflict if there are others.
    pub(super) async fn delete_lost_domains(&mut self, workspace: &WorkspaceId) -> Result<()> {
        let lost = [RegistrationState::Failed.as_str(), RegistrationState::Expired.as_str()];
        let of_workspace = table::tenant_id
            .eq(self.scope.tenant().to_owned())
            .and(table::workspace_id.eq(workspace.to_string()));
        on!(self, conn => diesel::delete(table::table.filter(of_workspace.clone()))
            .filter(table::state.eq_any(lost).and(table::zone.is_null()))
            .execute(conn).await)?;
        let left: i64 = on!(self, conn => table::table
            .filter(of_workspace).count().get_result(conn).await)?;
        if left == 0 { Ok(()) } else { Err(Error::Conflict) }
    }
}
