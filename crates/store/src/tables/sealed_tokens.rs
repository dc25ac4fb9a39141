//! Replacing the sealed tokens of a workspace.

use covibe_domain::{WorkspaceId, boxed};
use diesel::prelude::*;

use super::WorkspaceRecord;
use crate::error::Result;
use crate::schema::vibn_workspaces as workspaces;
use crate::tx::{RunQueryDsl, Tx};

/// The sealed tokens of a workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTokens {
    /// The token for people.
    pub pat: Option<String>,
    /// The token for cloning.
    pub clone: Option<String>,
}

impl SealedTokens {
    /// Returns the sealed tokens of a record.
    pub fn from_record(record: &WorkspaceRecord) -> Self {
        Self { pat: record.gitea_bot_token.clone(), clone: record.gitea_clone_token.clone() }
    }
}

impl Tx {
    /// Writes the sealed tokens of a workspace and nothing else of it. Lock the workspace before they are
    /// read, so that none is overwritten that was stored meanwhile.
    #[boxed]
    pub async fn put_sealed(
        &mut self,
        workspace: &WorkspaceId,
        tokens: &SealedTokens,
    ) -> Result<()> {
        self.note_secrets_keys([&tokens.pat, &tokens.clone]).await?;
        on!(self, conn => diesel::update(workspaces::table)
            .filter(workspaces::id.eq(workspace.as_str()))
            .filter(workspaces::tenant_id.eq(self.scope.tenant()))
            .set((
                workspaces::gitea_bot_token.eq(&tokens.pat),
                workspaces::gitea_clone_token.eq(&tokens.clone),
            ))
            .execute(conn).await)?;
        Ok(())
    }
}
