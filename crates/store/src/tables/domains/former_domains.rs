//! Domains that a workspace has lost and another one has. The apps of the former may have hosts of them.

use covibe_domain::entities::RegistrationState;
use covibe_domain::{DomainName, TenantId, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::DomainRecord;
use crate::error::Result;
use crate::row::{ExistsRow, parse};
use crate::schema::domains as table;
use crate::store::{Pools, Store};
use crate::tx::{RunQueryDsl, Scope, Tx};

/// A domain that a workspace has lost and another one has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerDomain {
    /// The tenant of the workspace that has lost it.
    pub tenant: TenantId,
    /// The workspace that has lost it.
    pub workspace: WorkspaceId,
    /// The domain.
    pub name: DomainName,
}

#[derive(QueryableByName)]
struct FormerRow {
    #[diesel(sql_type = Text)]
    tenant_id: String,
    #[diesel(sql_type = Text)]
    workspace_id: String,
    #[diesel(sql_type = Text)]
    name: String,
}

impl Store {
    /// Returns at most 1,000 domains of all tenants that a workspace has lost, another one has registered, and the
    /// former has not released, the ones that were lost longest ago first.
    #[boxed]
    pub async fn former_domains(&self) -> Result<Vec<FormerDomain>> {
        let query = match self.pools {
            // The server's role sees one tenant at a time; the function returns nothing of who has a domain now.
            Pools::Postgres(_) => "SELECT * FROM former_domains()",
            Pools::Sqlite { .. } => {
                "SELECT former.tenant_id, former.workspace_id, former.name FROM domains former \
                 JOIN domains present ON present.name = former.name AND present.state = 'registered' \
                 WHERE former.state IN ('expired', 'failed') AND former.lost_at IS NOT NULL \
                 AND former.released_at IS NULL \
                 ORDER BY former.lost_at, former.name LIMIT 1000"
            }
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let rows: Vec<FormerRow> = on!(tx, conn => diesel::sql_query(query).load(conn).await)?;
        tx.commit().await?;
        rows.into_iter().map(FormerRow::into_domain).collect()
    }

    /// Returns whether a workspace other than this one has lost a domain and has not released it: its apps may have
    /// hosts of the domain.
    #[boxed]
    pub async fn has_former_holder(&self, name: &DomainName, holder: &WorkspaceId) -> Result<bool> {
        let query = match self.pools {
            // The function reveals nothing else of other tenants.
            Pools::Postgres(_) => "SELECT has_former_holder($1, $2) AS found",
            Pools::Sqlite { .. } => {
                "SELECT EXISTS (SELECT 1 FROM domains WHERE name = ? AND workspace_id <> ? \
                 AND state IN ('expired', 'failed') AND lost_at IS NOT NULL \
                 AND released_at IS NULL) AS found"
            }
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let query = diesel::sql_query(query)
            .bind::<Text, _>(name.as_str())
            .bind::<Text, _>(holder.as_str());
        let former: ExistsRow = on!(tx, conn => query.get_result(conn).await)?;
        tx.commit().await?;
        Ok(former.found)
    }
}

impl FormerRow {
    fn into_domain(self) -> Result<FormerDomain> {
        Ok(FormerDomain {
            tenant: parse(self.tenant_id, "domains.tenant_id")?,
            workspace: parse(self.workspace_id, "domains.workspace_id")?,
            name: parse(self.name, "domains.name")?,
        })
    }
}

impl Tx {
    /// Records that no app of the workspace still has a host of a domain that it has lost. Returns whether the lease
    /// is still the holder's: nothing is recorded otherwise.
    #[boxed]
    pub async fn note_released_domain(
        &mut self,
        held: &DomainRecord,
        at: Timestamp,
    ) -> Result<bool> {
        let over = [RegistrationState::Expired.as_str(), RegistrationState::Failed.as_str()];
        let noted = on!(self, conn => diesel::update(
                one!(self, held.workspace, held.name.as_str()))
            .filter(table::attempt.eq(&held.attempt))
            .filter(table::lease_until.eq(held.lease_until.as_millis()))
            .filter(table::state.eq_any(over))
            .set(table::released_at.eq(Some(at.as_millis())))
            .execute(conn).await)?;
        Ok(noted == 1)
    }
}
