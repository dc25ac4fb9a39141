//! The names that creations hold, for those who rename.

use covibe_domain::Failure;

use super::{Journal, is_stale};

impl Journal<'_> {
    /// Whether something of this kind and name is being created, or was left unfinished: the call
    /// that made it may be repeated, and would go on with whatever bears the name by then.
    pub(crate) async fn holds(&self, kind: &str, name: &str) -> Result<bool, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let entry = tx.creation_by_name(&self.principal.workspace, kind, name).await?;
        tx.commit().await?;
        Ok(entry.is_some_and(|entry| !is_stale(&entry)))
    }
}
