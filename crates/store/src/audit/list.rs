//! Reading entries, newest first.

use covibe_domain::{Actor, Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use super::entry::{AuditRecord, Row};
use crate::error::Result;
use crate::schema::audit_log as table;
use crate::tx::Tx;

/// Which of a tenant's entries are read; all by default.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those of this time and later.
    pub since: Option<Timestamp>,
    /// Those of this actor.
    pub actor: Option<Actor>,
    /// Those of this operation.
    pub tool: Option<String>,
}

impl Tx {
    /// Returns the workspace's audit entries, newest first, at most `limit`.
    pub async fn audit(&mut self, workspace: &WorkspaceId, limit: i64) -> Result<Vec<AuditRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .order((table::at.desc(), table::id.desc()))
            .limit(limit)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Returns entries of the tenant, newest first, at most `limit`.
    pub async fn audit_entries(
        &mut self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<AuditRecord>> {
        let since = filter.since.map_or(i64::MIN, Timestamp::as_millis);
        let actor = filter.actor.as_ref().map(Actor::as_str);
        let tool = filter.tool.as_deref();
        let (any_actor, any_tool) = (actor.is_none(), tool.is_none());
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::at.ge(since))
            .filter(table::actor_id.eq(actor).or(any_actor.into_sql::<Bool>()))
            .filter(table::tool.eq(tool.unwrap_or_default()).or(any_tool.into_sql::<Bool>()))
            .order((table::at.desc(), table::seq.desc(), table::id.desc()))
            .limit(limit)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
