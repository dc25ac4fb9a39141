//! Removals in the journal: what is about to be removed, so that a repeated call finishes it and knows that
//! it was begun.

use std::time::Instant;

use covibe_domain::Failure;

use super::{ForeignEntry, Journal, OwnEntry, RESUMED_FOR, take_over};
use crate::clock::time_before_now;

impl Journal<'_> {
    /// Records what is about to be removed, or takes over what an earlier call left. The entry of a removal
    /// that has ended stays for a day: until then, a repeated call knows that there was one.
    ///
    /// # Errors
    ///
    /// Conflict if another call owns the entry.
    pub(crate) async fn begin_removal(
        &self,
        kind: &str,
        name: &str,
        deadline: Instant,
    ) -> Result<OwnEntry, Failure> {
        let (workspace, lease) = (&self.principal.workspace, self.lease(deadline));
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.delete_creations_before(workspace, kind, time_before_now(RESUMED_FOR)).await?;
        let begun = match tx.creation_by_name(workspace, kind, name).await? {
            Some(entry) => take_over(&mut tx, entry, lease, "").await?,
            None => self.insert(&mut tx, kind, name, "", lease).await?,
        };
        tx.commit().await?;
        begun.map_err(removal_in_progress)
    }
}

fn removal_in_progress(ForeignEntry { kind, left, .. }: ForeignEntry) -> Failure {
    Failure::conflict(format!("Another call is removing this {kind}."))
        .hint(
            "Wait for it to finish, then repeat the call: it reports whether the removal is done.",
        )
        .retry_after(left)
}
