//! The sessions of a person, as they see them.

use covibe_domain::{Failure, TenantId, UserId, WorkspaceId, boxed};
use covibe_store::SessionRecord;

use super::SignedIn;
use crate::identity::Identity;

impl Identity {
    /// Returns a person's sessions, the last used first.
    #[boxed]
    pub async fn sessions(&self, user: &UserId) -> Result<Vec<SessionRecord>, Failure> {
        let mut tx = self.store.person_read(user).await?;
        let sessions = tx.sessions().await?;
        tx.commit().await?;
        Ok(sessions)
    }

    /// Records where a person works in their session. That they may is looked up whenever they act.
    #[boxed]
    pub async fn place_session(
        &self,
        of: &SignedIn,
        tenant: &TenantId,
        workspace: Option<&WorkspaceId>,
    ) -> Result<(), Failure> {
        let mut tx = self.store.person(&of.user.id).await?;
        tx.place_session(&of.session, Some(tenant), workspace).await?;
        tx.commit().await?;
        Ok(())
    }
}
