//! The audit: append-only, one chain for each tenant, written in batches, read by workspace.

mod append;
mod chain;
mod cut;
mod entry;
mod verify;

use covibe_domain::WorkspaceId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use self::entry::Row;
use crate::error::Result;
use crate::schema::audit_log as table;
use crate::tx::Tx;

pub use entry::{AuditEntry, AuditRecord, Repeats};
pub use verify::{Verified, VerifyOptions};

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
}
