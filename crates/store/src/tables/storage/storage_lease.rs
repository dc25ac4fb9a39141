//! The right to work on the object storage of a workspace, and what its holder writes down.

use std::time::Duration;

use covibe_domain::boxed;
use diesel::prelude::*;

use super::StorageRecord;
use crate::error::Result;
use crate::schema::{storage_injections as injections, workspace_storage as table};
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Acquires the lease, which then lasts this long, if nobody has it. Of concurrent calls, one succeeds.
    /// Returns the record as it is now, with the end of its lease, by which the other methods know the holder.
    #[boxed]
    pub async fn hold_storage(
        &mut self,
        seen: &StorageRecord,
        lease: Duration,
    ) -> Result<Option<StorageRecord>> {
        let now = self.lease_clock().await?;
        let (until, impossible) = (now.end_of(lease), table::lease_until.gt(now.farthest()));
        let is_free = table::lease_until
            .eq(seen.lease_until.as_millis())
            .and(table::lease_until.le(now.millis()));
        let held = on!(self, conn => diesel::update(one!(self, seen.workspace))
            .filter(is_free.or(impossible))
            .set(table::lease_until.eq(until))
            .execute(conn).await)?;
        if held == 0 {
            return Ok(None);
        }
        // A process that had it since may have changed everything.
        self.storage(&seen.workspace).await
    }

    /// Writes down everything of a record but the workspace and the lease. Returns whether the lease is still
    /// the holder's: nothing is written otherwise.
    ///
    /// # Errors
    ///
    /// Conflict if another workspace has the bucket.
    #[boxed]
    pub async fn note_storage(&mut self, held: &StorageRecord) -> Result<bool> {
        self.note_secrets_keys([&held.secret]).await?;
        let place = &held.place;
        let noted = on!(self, conn => diesel::update(one!(self, held.workspace))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set((
                table::provider.eq(place.provider.as_str()),
                table::state.eq(held.state.as_str()),
                (table::bucket.eq(&place.bucket), table::location.eq(&place.location)),
                (table::endpoint.eq(&place.endpoint), table::region.eq(&place.region)),
                table::account.eq(&held.account),
                table::access_key_id.eq(&held.access_key_id),
                table::secret.eq(&held.secret),
                table::previous_key_id.eq(&held.previous_key_id),
            ))
            .execute(conn).await)?;
        Ok(noted == 1)
    }

    /// Ends the lease of its holder, so that any call may acquire it.
    #[boxed]
    pub async fn let_go_of_storage(&mut self, held: &StorageRecord) -> Result<()> {
        let now = self.lease_clock().await?;
        on!(self, conn => diesel::update(one!(self, held.workspace))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set((table::lease_until.eq(0), table::updated_at.eq(now.millis())))
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets the object storage of a workspace, and who got its key. Returns whether the lease was still the
    /// holder's: nothing is deleted otherwise.
    #[boxed]
    pub async fn delete_storage(&mut self, held: &StorageRecord) -> Result<bool> {
        let is_held =
            one!(self, held.workspace).filter(table::lease_until.eq(held.lease_until.as_millis()));
        let found: i64 = on!(self, conn => is_held.count().get_result(conn).await)?;
        if found == 0 {
            return Ok(false);
        }
        on!(self, conn => diesel::delete(injections::table
            .filter(injections::tenant_id.eq(self.scope.tenant()))
            .filter(injections::workspace_id.eq(held.workspace.as_str())))
            .execute(conn).await)?;
        let deleted = on!(self, conn => diesel::delete(one!(self, held.workspace))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }
}
