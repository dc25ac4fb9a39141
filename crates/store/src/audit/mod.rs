//! The audit: appended in batches, read by workspace, changed by nobody.

use covibe_domain::{KeyId, TenantId, Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel::result::Error as Diesel;
use diesel_async::RunQueryDsl;

use crate::row::parse_some;
use crate::schema::audit_log as table;
use crate::tx::{Access, Conn, Scope};
use crate::{Error, Result, Store, Tx};

/// One call, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Random text of the caller.
    pub id: String,
    /// Whose call it was.
    pub tenant: TenantId,
    /// The workspace that it acted on.
    pub workspace: Option<WorkspaceId>,
    /// The key that it came with.
    pub key: Option<KeyId>,
    /// The call's id, which answers and logs carry too.
    pub call: String,
    /// The operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: &'static str,
    /// How it ended.
    pub outcome: String,
    /// What it acted on.
    pub resource: Option<String>,
    /// The digest of its arguments, which may hold secrets themselves.
    pub params_digest: String,
    /// When it came.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
}

/// One call, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The entry's id.
    pub id: String,
    /// The workspace that it acted on.
    pub workspace: Option<WorkspaceId>,
    /// The key that it came with.
    pub key: Option<KeyId>,
    /// The call's id.
    pub call: String,
    /// The operation.
    pub tool: String,
    /// The surface that it came through.
    pub surface: String,
    /// How it ended.
    pub outcome: String,
    /// What it acted on.
    pub resource: Option<String>,
    /// The digest of its arguments.
    pub params_digest: String,
    /// When it came.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    tenant_id: String,
    workspace_id: Option<String>,
    key_id: Option<String>,
    call: String,
    tool: String,
    surface: String,
    outcome: String,
    resource: Option<String>,
    params_digest: String,
    at: i64,
    duration_ms: i64,
}

impl From<&AuditEntry> for Row {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id.clone(),
            tenant_id: entry.tenant.to_string(),
            workspace_id: entry.workspace.as_ref().map(ToString::to_string),
            key_id: entry.key.as_ref().map(ToString::to_string),
            call: entry.call.clone(),
            tool: entry.tool.clone(),
            surface: entry.surface.to_owned(),
            outcome: entry.outcome.clone(),
            resource: entry.resource.clone(),
            params_digest: entry.params_digest.clone(),
            at: entry.at.as_millis(),
            duration_ms: entry.duration_ms,
        }
    }
}

impl TryFrom<Row> for AuditRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            workspace: parse_some(row.workspace_id, "audit_log.workspace_id")?,
            key: parse_some(row.key_id, "audit_log.key_id")?,
            call: row.call,
            tool: row.tool,
            surface: row.surface,
            outcome: row.outcome,
            resource: row.resource,
            params_digest: row.params_digest,
            at: Timestamp::from_millis(row.at),
            duration_ms: row.duration_ms,
        })
    }
}

/// Rows of one INSERT: PostgreSQL takes 65,535 parameters in a statement, a row has 12.
const ROWS_PER_INSERT: usize = 1000;

impl Store {
    /// Appends entries of any tenants, all or none.
    ///
    /// An entry that is there already stays as it is: a write whose acknowledgement was lost may be
    /// repeated.
    pub async fn append_audit(&self, entries: &[AuditEntry]) -> Result<()> {
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        let [first, ..] = entries.as_slice() else { return Ok(()) };
        let mut tx = self.begin(Scope::Tenant(first.tenant.clone()), Access::Write).await?;
        tx.append(&entries).await?;
        tx.commit().await
    }
}

impl Tx {
    /// Inserts entries that are sorted by tenant.
    async fn append(&mut self, entries: &[&AuditEntry]) -> Result<()> {
        if let Some(Conn::Sqlite(conn)) = self.conn.as_mut() {
            let rows: Vec<Row> = entries.iter().copied().map(Row::from).collect();
            let result = conn.spawn_blocking(move |c| insert_each(c, &rows)).await;
            return self.noted(result);
        }
        for group in entries.chunk_by(|a, b| a.tenant == b.tenant) {
            let [first, ..] = group else { continue };
            self.enter(&first.tenant).await?;
            for chunk in group.chunks(ROWS_PER_INSERT) {
                self.append_at_once(chunk).await?;
            }
        }
        Ok(())
    }

    /// Inserts entries of the tenant in scope with one statement, on PostgreSQL.
    async fn append_at_once(&mut self, entries: &[&AuditEntry]) -> Result<()> {
        let rows: Vec<Row> = entries.iter().copied().map(Row::from).collect();
        let result = match self.conn.as_mut() {
            Some(Conn::Postgres(conn)) => {
                let insert = diesel::insert_into(table::table).values(rows);
                insert.on_conflict(table::id).do_nothing().execute(&mut **conn).await
            }
            _ => Err(Diesel::NotInTransaction),
        };
        self.noted(result).map(drop)
    }

    /// The workspace's calls, newest first, at most `limit` of them.
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

/// One prepared statement, run for each row: on SQLite the fastest, and all on one thread.
fn insert_each(conn: &mut SqliteConnection, rows: &[Row]) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let insert = diesel::insert_into(table::table).values(row);
        let insert = insert.on_conflict(table::id).do_nothing();
        diesel::RunQueryDsl::execute(insert, conn).map(drop)
    })
}
