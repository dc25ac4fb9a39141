//! The right to work on a domain, and what its holder writes down.

use std::time::Duration;

use covibe_domain::entities::{DnsProvider, RegistrationState};
use covibe_domain::{DomainName, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{Attachment, DomainRecord};
use crate::error::Result;
use crate::row::parse;
use crate::schema::domains as table;
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Acquires the lease of a domain, which then lasts this long, if nobody has it and neither it nor the
    /// domain's state changed since the domain was read. Of concurrent calls, one succeeds. Returns the domain with the end of
    /// its lease, by which the other methods know the holder.
    #[boxed]
    pub async fn hold_domain(
        &mut self,
        seen: &DomainRecord,
        lease: Duration,
    ) -> Result<Option<DomainRecord>> {
        let now = self.lease_clock().await?;
        let (until, impossible) = (now.end_of(lease), table::lease_until.gt(now.farthest()));
        let is_free = table::lease_until
            .eq(seen.lease_until.as_millis())
            .and(table::lease_until.le(now.millis()));
        let held = on!(self, conn => diesel::update(
                one!(self, seen.workspace, seen.name.as_str()))
            .filter(table::attempt.eq(&seen.attempt))
            .filter(table::state.eq(seen.state.as_str()))
            .filter(is_free.or(impossible))
            .set(table::lease_until.eq(until))
            .execute(conn).await)?;
        let lease_until = Timestamp::from_millis(until);
        let holder = || DomainRecord { lease_until, lease_left: lease, ..seen.clone() };
        Ok((held == 1).then(holder))
    }

    /// Writes down how a domain is served. Returns whether the lease is still the holder's: nothing is written
    /// otherwise.
    #[boxed]
    pub async fn note_attachment(&mut self, held: &DomainRecord) -> Result<bool> {
        let Attachment { provider, zone, attached_at, is_unlocked } = &held.attachment;
        let noted = on!(self, conn => diesel::update(
                one!(self, held.workspace, held.name.as_str()))
            .filter(table::attempt.eq(&held.attempt))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set((
                table::dns_provider.eq(provider.map(DnsProvider::as_str)),
                table::zone.eq(zone.as_ref()),
                table::attached_at.eq(attached_at.map(Timestamp::as_millis)),
                table::is_unlocked.eq(i64::from(*is_unlocked)),
            ))
            .execute(conn).await)?;
        Ok(noted == 1)
    }

    /// Ends the lease of its holder, so that any call may acquire it.
    #[boxed]
    pub async fn let_go_of_domain(&mut self, held: &DomainRecord, at: Timestamp) -> Result<()> {
        on!(self, conn => diesel::update(one!(self, held.workspace, held.name.as_str()))
            .filter(table::attempt.eq(&held.attempt))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set((table::lease_until.eq(0), table::updated_at.eq(at.as_millis())))
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns those of these domains that the workspace has and has attached.
    #[boxed]
    pub async fn attached_domains(
        &mut self,
        workspace: &WorkspaceId,
        among: &[DomainName],
    ) -> Result<Vec<DomainName>> {
        let names: Vec<_> = among.iter().map(DomainName::as_str).collect();
        let rows: Vec<String> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::name.eq_any(&names))
            .filter(table::state.eq(RegistrationState::Registered.as_str()))
            .filter(table::attached_at.is_not_null())
            .order(table::name)
            .select(table::name)
            .load(conn).await)?;
        rows.into_iter().map(|name| parse(name, "domains.name")).collect()
    }
}
