//! Copies of whole databases, and what a database contains as far as it can be compared.
//!
//! The commands are in `bins/covibe-server/src/commands/backup/`. The table `secrets_keys` has each key that sealed
//! a stored secret, with a canary. It is noted in the transaction that stores the secret, so that a key which
//! `secrets rotate` forgets and which is used once more appears again.

mod database_contents;
mod postgres;
mod restore_drill;
mod restored_access;
mod sqlite;
mod sqlite_to_postgres;

pub use database_contents::{AuditHead, Contents};
pub use postgres::{
    PostgresSnapshot, count_postgres, make_backup_role, postgres_environment, postgres_is_empty,
};
pub use restore_drill::DrillDatabase;
pub use restored_access::{end_access_in_postgres, end_access_in_sqlite};
pub use sqlite::{copy_sqlite, count_sqlite, photos_in_sqlite};
pub use sqlite_to_postgres::move_to_postgres;
