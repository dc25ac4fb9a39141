//! The migrations of SQLite.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::MigrationHarness as _;

use super::{Cause, SQLITE, failed};
use crate::error::Result;

/// What the migrations make of an empty file.
const AT_ONCE: &str = include_str!("../../../../migrations/sqlite.sql");

/// Brings an SQLite file up to date. Acquires the write lock first, so that of two processes that
/// open a new file at the same time one waits for the other.
pub(crate) fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let migrated = conn.immediate_transaction(|conn| {
        if is_empty(conn)? {
            // The migrations make SQLite parse all tables anew with each change of one.
            conn.batch_execute(AT_ONCE)?;
        }
        conn.run_pending_migrations(SQLITE).map(drop)
    });
    migrated.map_err(|error: Cause| failed(error))
}

fn is_empty(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let count = diesel::dsl::sql::<BigInt>("SELECT count(*) FROM sqlite_schema");
    count.get_result::<i64>(conn).map(|count| count == 0)
}
