//! Background work on domains: asking the registrar about orders without an outcome and about terms that ended,
//! setting locks that are off, and removing zones of domains that were lost.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;

use super::{DomainRecord, Row, UNSETTLED};
use crate::error::Result;
use crate::row::parse;
use crate::schema::domains as table;
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// The time between two checks of a term that ended, or whose end is not known.
const TERM_PAUSE: Duration = Duration::from_hours(6);

/// The time between two checks of an order that waits for a registry or a person, who take hours.
const ORDER_PAUSE: Duration = Duration::from_mins(5);

/// The time between two attempts to set a lock again.
const LOCK_PAUSE: Duration = Duration::from_mins(5);

/// The time for which a domain that was lost keeps its zone: an owner who transferred it to another registrar
/// moves its records meanwhile. A registry does not register it anew before (RFC 3915 and its customary periods:
/// 30 days of redemption and 5 until it is deleted).
const ZONE_STAYS: Duration = Duration::from_hours(30 * 24);

/// The end of a domain's term, as the registrar reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// It lasts until then.
    Until(Timestamp),
    /// The account has the domain, but the registrar does not report the end of its term.
    Unknown,
    /// The account no longer has it.
    Over,
}

impl Store {
    /// Returns the tenants that have a domain which [`Tx::due_domains`] may return, sorted.
    #[boxed]
    pub async fn tenants_with_due_domains(&self) -> Result<Vec<TenantId>> {
        let query = "SELECT DISTINCT tenant_id FROM domains \
                     WHERE state IN ('registering', 'pending', 'held') OR (state = 'registered' \
                     AND (is_unlocked = 1 OR expires_at IS NULL OR expires_at < unixepoch() * 1000)) \
                     OR (state = 'expired' AND zone IS NOT NULL)";
        self.tenants_by("tenants_with_due_domains", query).await
    }
}

impl Tx {
    /// Returns at most this many of the tenant's domains that no call works on, the ones looked at longest ago
    /// first: those whose order may still come to something, those whose term ended or whose end is not known,
    /// those whose lock has to be set again, and those that were lost 30 days ago and have a zone.
    #[boxed]
    pub async fn due_domains(&mut self, take: u32) -> Result<Vec<DomainRecord>> {
        let now = self.lease_clock().await?;
        let registering = table::state.eq(RegistrationState::Registering.as_str());
        let waits =
            table::state.eq_any(UNSETTLED).and(table::updated_at.le(now.before(ORDER_PAUSE)));
        let ended = table::state
            .eq(RegistrationState::Registered.as_str())
            .and(table::expires_at.is_null().or(table::expires_at.lt(now.millis())))
            .and(table::updated_at.le(now.before(TERM_PAUSE)));
        // A process that was killed while the lock was off did not end the lease.
        let is_left = table::lease_until.gt(0).or(table::updated_at.le(now.before(LOCK_PAUSE)));
        let unlocked = table::state
            .eq(RegistrationState::Registered.as_str())
            .and(table::is_unlocked.eq(1))
            .and(is_left);
        let lost = table::state
            .eq(RegistrationState::Expired.as_str())
            .and(table::zone.is_not_null())
            .and(table::lost_at.le(now.before(ZONE_STAYS)))
            .and(table::updated_at.le(now.before(TERM_PAUSE)));
        let rows: Vec<(String, Row)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(registering.or(waits).or(ended.assume_not_null()).or(unlocked).or(lost.assume_not_null()))
            .filter(table::lease_until.le(now.millis()).or(table::lease_until.gt(now.farthest())))
            .order((table::updated_at, table::name))
            .limit(take.into())
            .select((table::workspace_id, Row::as_select()))
            .load(conn).await)?;
        let read = |(workspace, row): (String, Row)| {
            row.into_record(&parse(workspace, "domains.workspace_id")?, now)
        };
        rows.into_iter().map(read).collect()
    }

    /// Records the end of a registered domain's term as the registrar reports it. Returns whether it changed.
    #[boxed]
    pub async fn note_term(
        &mut self,
        seen: &DomainRecord,
        term: Term,
        at: Timestamp,
    ) -> Result<bool> {
        let (state, expires_at) = match term {
            Term::Until(end) => (RegistrationState::Registered, Some(end)),
            Term::Unknown => (RegistrationState::Registered, seen.expires_at),
            Term::Over => (RegistrationState::Expired, seen.expires_at),
        };
        let lost_at = (term == Term::Over).then(|| at.as_millis());
        let noted = on!(self, conn => diesel::update(
                one!(self, seen.workspace, seen.name.as_str()))
            .filter(table::attempt.eq(&seen.attempt))
            .filter(table::state.eq(RegistrationState::Registered.as_str()))
            .set((
                table::state.eq(state.as_str()),
                table::expires_at.eq(expires_at.map(Timestamp::as_millis)),
                table::lost_at.eq(lost_at),
                table::released_at.eq(None::<i64>),
                table::updated_at.eq(at.as_millis()),
            ))
            .execute(conn).await)?;
        let is_news = state != RegistrationState::Registered || expires_at != seen.expires_at;
        Ok(noted == 1 && is_news)
    }
}
