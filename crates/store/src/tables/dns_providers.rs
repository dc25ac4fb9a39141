//! The providers of DNS that workspaces have.

use covibe_domain::entities::DnsProvider;
use covibe_domain::{WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::word;
use crate::schema::vibn_workspaces as table;
use crate::tx::{RunQueryDsl, Tx};

impl Tx {
    /// Returns the provider of the next domains of the tenant's workspace; `None` for the operator's usual one.
    #[boxed]
    pub async fn dns_provider(&mut self, workspace: &WorkspaceId) -> Result<Option<DnsProvider>> {
        let found: Option<Option<String>> = on!(self, conn => table::table
            .filter(table::id.eq(workspace.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .select(table::dns_provider)
            .first(conn).await.optional())?;
        let read =
            |text: String| word(DnsProvider::from_word(&text), "vibn_workspaces.dns_provider");
        found.flatten().map(read).transpose()
    }

    /// Gives the tenant's workspace a provider for its next domains. Returns whether the workspace exists.
    #[boxed]
    pub async fn set_dns_provider(
        &mut self,
        workspace: &WorkspaceId,
        provider: Option<DnsProvider>,
    ) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(workspace.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .set(table::dns_provider.eq(provider.map(DnsProvider::as_str)))
            .execute(conn).await)?;
        Ok(changed == 1)
    }
}
