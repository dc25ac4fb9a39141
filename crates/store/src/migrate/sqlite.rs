//! The migrations of SQLite.

use diesel::prelude::*;
use diesel_migrations::MigrationHarness as _;

use super::{Cause, SQLITE, migration_error};
use crate::error::Result;

/// Brings an SQLite file up to date. Acquires the write lock first, so that of two processes that
/// open a new file at the same time one waits for the other.
pub(crate) fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let migrated = conn.immediate_transaction(|conn| conn.run_pending_migrations(SQLITE).map(drop));
    migrated.map_err(|error: Cause| migration_error(error))
}
