//! The right to act on pushes to the branch of an app, and what its holder writes down.

use std::time::Duration;

use covibe_domain::boxed;
use diesel::prelude::*;

use super::FollowedBranch;
use crate::error::Result;
use crate::schema::followed_branches as table;
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Acquires the lease, which then lasts this long, if nobody has it. Of concurrent callers, one succeeds.
    /// Returns the record as it is now, with the end of its lease, by which the other methods know the holder.
    #[boxed]
    pub async fn hold_followed_branch(
        &mut self,
        seen: &FollowedBranch,
        lease: Duration,
    ) -> Result<Option<FollowedBranch>> {
        let now = self.lease_clock().await?;
        let (until, impossible) = (now.end_of(lease), table::lease_until.gt(now.farthest()));
        let is_free = table::lease_until
            .eq(seen.lease_until.as_millis())
            .and(table::lease_until.le(now.millis()));
        let held = on!(self, conn => diesel::update(one!(self, seen.workspace, seen.app))
            .filter(is_free.or(impossible))
            .set(table::lease_until.eq(until))
            .execute(conn).await)?;
        if held == 0 {
            return Ok(None);
        }
        // A process that had it since may have changed everything.
        self.followed_branch(&seen.workspace, &seen.app).await
    }

    /// Writes down where the branch is, the last push, the claim and the commit that was deployed last. Returns
    /// whether the lease is still the holder's: nothing is written otherwise.
    #[boxed]
    pub async fn note_followed_branch(&mut self, held: &FollowedBranch) -> Result<bool> {
        let (seen, claim) = (held.seen.as_ref(), held.claim.as_ref());
        let noted = on!(self, conn => diesel::update(one!(self, held.workspace, held.app))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set((
                table::repository.eq(held.repository),
                table::branch.eq(&held.branch),
                table::seen_commit.eq(seen.map(|it| &it.commit)),
                table::seen_message.eq(seen.and_then(|it| it.message.as_ref())),
                table::seen_at.eq(seen.map(|it| it.at.as_millis())),
                table::deployment.eq(seen.and_then(|it| it.deployment.as_ref()).map(ToString::to_string)),
                table::skipped.eq(seen.and_then(|it| it.skipped.as_ref())),
                table::claimed_commit.eq(claim.map(|it| &it.commit)),
                table::claimed_after.eq(claim.and_then(|it| it.after.as_ref()).map(ToString::to_string)),
                table::deployed_commit.eq(&held.deployed),
                table::remade.eq(i64::from(held.remade)),
                table::warnings.eq(held.warnings.join("\n")),
            ))
            .execute(conn).await)?;
        Ok(noted == 1)
    }

    /// Ends the lease of its holder, so that anybody may acquire it.
    #[boxed]
    pub async fn let_go_of_followed_branch(&mut self, held: &FollowedBranch) -> Result<()> {
        on!(self, conn => diesel::update(one!(self, held.workspace, held.app))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .set(table::lease_until.eq(0))
            .execute(conn).await)?;
        Ok(())
    }
}
