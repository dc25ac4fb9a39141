//! Attempts to buy a domain: of concurrent ones, of any workspaces, one succeeds.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{
    Attachment, DomainRecord, NewRegistration, RegistrationStart, Row, Settlement, UNSETTLED,
};
use crate::error::{Error, Result};
use crate::schema::domains as table;
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Begins a registration, with a lease that lasts this long, unless a workspace has the domain or is buying
    /// it. Of concurrent calls, of any workspaces, one begins. The zone of a domain that the workspace has lost stays
    /// on record: another workspace can't have one before it is removed.
    ///
    /// # Errors
    ///
    /// Conflict if another workspace began at the same time.
    #[boxed]
    pub async fn begin_registration(
        &mut self,
        registration: &NewRegistration,
        lease: Duration,
    ) -> Result<RegistrationStart> {
        let NewRegistration { workspace, name, .. } = registration;
        let now = self.lease_clock().await?;
        let place = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.to_string()),
        );
        let inserted = on!(self, conn => diesel::insert_into(table::table)
            .values((Row::new(registration, now, lease), place))
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        if inserted == 1 {
            return Ok(RegistrationStart::Now);
        }
        let Some(present) = self.domain(workspace, name.as_str()).await? else {
            return Ok(RegistrationStart::Elsewhere);
        };
        if !present.is_over() {
            return Ok(RegistrationStart::Already(Box::new(present)));
        }
        let Attachment { provider, zone, .. } = present.attachment;
        let dns_provider = provider.map(|known| known.as_str().to_owned());
        let again = Row { dns_provider, zone, ..Row::new(registration, now, lease) };
        let begun = on!(self, conn => diesel::update(one!(self, workspace, name.as_str()))
            .filter(table::attempt.eq(&present.attempt))
            .set(again)
            .execute(conn).await)?;
        if begun == 1 { Ok(RegistrationStart::Now) } else { Err(Error::Conflict) }
    }

    /// Deletes the workspace's records of domains whose orders the registrar refused that long ago, without an order, a
    /// zone or a loss that others still depend on: the tenant can add any number of them at no cost. Their events stay.
    /// Locks the tenant.
    #[boxed]
    pub async fn delete_old_refusals(
        &mut self,
        workspace: &WorkspaceId,
        age: Duration,
    ) -> Result<()> {
        // Two calls that deleted the same records in different orders would wait for each other.
        self.lock_tenant().await?;
        let now = self.lease_clock().await?;
        let is_unused =
            table::order_id.is_null().and(table::zone.is_null()).and(table::lost_at.is_null());
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::state.eq(RegistrationState::Failed.as_str()))
            .filter(table::attempted_at.lt(now.before(age)))
            .filter(is_unused)
            .execute(conn).await)?;
        Ok(())
    }

    /// Acquires the lease of a domain whose order is unsettled, which then lasts this long, if it has not
    /// changed since it was read. Of concurrent calls, one succeeds; returns whether this one did.
    #[boxed]
    pub async fn claim_domain(&mut self, seen: &DomainRecord, lease: Duration) -> Result<bool> {
        let now = self.lease_clock().await?;
        let impossible = table::lease_until.gt(now.farthest());
        let claimed = on!(self, conn => diesel::update(
                one!(self, seen.workspace, seen.name.as_str()))
            .filter(table::attempt.eq(&seen.attempt))
            .filter(table::state.eq_any(UNSETTLED))
            .filter(table::lease_until.eq(seen.lease_until.as_millis()).or(impossible))
            .set(table::lease_until.eq(now.end_of(lease)))
            .execute(conn).await)?;
        Ok(claimed == 1)
    }

    /// Ends the lease of an attempt, so that any call may acquire it.
    #[boxed]
    pub async fn release_domain(
        &mut self,
        workspace: &WorkspaceId,
        name: &DomainName,
        attempt: &str,
        at: Timestamp,
    ) -> Result<()> {
        on!(self, conn => diesel::update(one!(self, workspace, name.as_str()))
            .filter(table::attempt.eq(attempt))
            .set((table::lease_until.eq(0), table::updated_at.eq(at.as_millis())))
            .execute(conn).await)?;
        Ok(())
    }

    /// Writes down what an attempt came to, and ends its lease. Returns whether that was not known: a domain
    /// that is registered stays so, and one that was given up may turn out to be bought. When the term of a
    /// registered one ends is [noted](Tx::note_term) afterwards. A domain that was lost with a zone is expired again if
    /// it was not bought, so that its zone is removed.
    ///
    /// # Errors
    ///
    /// Conflict if the order is another domain's, or another workspace has the domain.
    #[boxed]
    pub async fn settle_registration(
        &mut self,
        attempted: &DomainRecord,
        settlement: &Settlement,
        at: Timestamp,
    ) -> Result<bool> {
        let Settlement { state, order } = settlement;
        let registered_at = (*state == RegistrationState::Registered).then(|| at.as_millis());
        let order = order.as_ref().or(attempted.order.as_ref());
        let is_lost = *state == RegistrationState::Failed && attempted.attachment.zone.is_some();
        let reached = if is_lost { RegistrationState::Expired } else { *state };
        let mut from = vec![
            RegistrationState::Registering.as_str(),
            RegistrationState::Pending.as_str(),
            RegistrationState::Held.as_str(),
            RegistrationState::Failed.as_str(),
            RegistrationState::Expired.as_str(),
        ];
        from.retain(|earlier| ![state.as_str(), reached.as_str()].contains(earlier));
        // The end of a registered domain's term is no outcome of an attempt.
        let is_attempt =
            table::state.ne(RegistrationState::Expired.as_str()).or(table::registered_at.is_null());
        let settled = on!(self, conn => diesel::update(
                one!(self, attempted.workspace, attempted.name.as_str()))
            .filter(table::attempt.eq(&attempted.attempt))
            .filter(table::state.eq_any(&from))
            .filter(is_attempt)
            .set((
                table::state.eq(reached.as_str()),
                table::order_id.eq(order),
                table::registered_at.eq(registered_at),
                table::lease_until.eq(0),
                table::updated_at.eq(at.as_millis()),
            ))
            .execute(conn).await)?;
        Ok(settled == 1)
    }
}
