//! The database itself: its release, size, migrations and clock, and the ends of the chains of the audit.

use covibe_domain::{Timestamp, boxed};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::backup::AuditHead;
use crate::error::Result;
use crate::migrate;
use crate::schema::{audit_heads, migrations_run};
use crate::store::{Pools, Store};
use crate::tx::{RunQueryDsl, Scope, Tx};

/// A database as it describes itself. Nothing in it is of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseDescription {
    /// The database and its release, such as `PostgreSQL 15.9`.
    pub engine: String,
    /// Its size in bytes.
    pub bytes: i64,
    /// The migrations that have run.
    pub schema: Vec<String>,
    /// Those of them that this release does not know: a later one made them.
    pub unknown_migrations: Vec<String>,
    /// By how much its clock is ahead of this machine's, in milliseconds; negative if it is behind. SQLite has none of its
    /// own, so that it is 0.
    pub ahead: i64,
    /// True if entries of this month have a table; SQLite has one for all months.
    pub has_audit_month: bool,
}

#[derive(QueryableByName)]
struct DescriptionRow {
    #[diesel(sql_type = Text)]
    engine: String,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
    #[diesel(sql_type = BigInt)]
    clock: i64,
    #[diesel(sql_type = Bool)]
    month: bool,
}

const POSTGRES: &str = "SELECT 'PostgreSQL ' || current_setting('server_version') AS engine, \
     pg_database_size(current_database())::bigint AS bytes, \
     (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock, \
     to_regclass('audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')) IS NOT NULL AS month";

const SQLITE: &str = "SELECT 'SQLite ' || sqlite_version() AS engine, page_count * page_size AS bytes, \
     CAST(unixepoch('subsec') * 1000 AS INTEGER) AS clock, 1 AS month \
     FROM pragma_page_count, pragma_page_size";

impl Store {
    /// Returns what the database says of itself.
    #[boxed]
    pub async fn describe(&self) -> Result<DatabaseDescription> {
        let query = match self.pools {
            Pools::Postgres(_) => POSTGRES,
            Pools::Sqlite { .. } => SQLITE,
        };
        let mut tx = self.begin_read(Scope::Shared).await?;
        let before = Timestamp::now().as_millis();
        let described: DescriptionRow =
            on!(tx, conn => diesel::sql_query(query).get_result(conn).await)?;
        let after = Timestamp::now().as_millis();
        let schema: Vec<String> = on!(tx, conn => migrations_run::table
            .select(migrations_run::version)
            .order(migrations_run::version)
            .load(conn).await)?;
        tx.commit().await?;
        let known = migrate::known_migrations()?;
        let unknown = schema.iter().filter(|version| !known.contains(version)).cloned();
        Ok(DatabaseDescription {
            engine: described.engine,
            bytes: described.bytes,
            unknown_migrations: unknown.collect(),
            schema,
            ahead: distance(described.clock, before, after),
            has_audit_month: described.month,
        })
    }
}

/// Returns how far a time is outside of a span.
fn distance(time: i64, from: i64, to: i64) -> i64 {
    if time > to { time.saturating_sub(to) } else { time.saturating_sub(from).min(0) }
}

impl Tx {
    /// Returns the end of the chain of audit entries of the transaction's tenant, if it has one.
    #[boxed]
    pub async fn audit_head(&mut self) -> Result<Option<AuditHead>> {
        let head: Option<(String, i64, String)> = on!(self, conn => audit_heads::table
            .filter(audit_heads::tenant_id.eq(self.scope.tenant()))
            .select((audit_heads::tenant_id, audit_heads::seq, audit_heads::digest))
            .first(conn).await.optional())?;
        Ok(head.map(|(tenant, seq, digest)| AuditHead { tenant, seq, digest }))
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn clock_distance_is_zero_within_the_time_of_the_query() {
        assert_eq!(distance(5, 4, 6), 0);
        assert_eq!(distance(9, 4, 6), 3);
        assert_eq!(distance(1, 4, 6), -3);
    }
}
