//! Copies of whole databases, and what a database contains as far as it can be compared.

mod contents;
mod drill;
mod postgres;
mod sqlite;
mod transfer;

pub use contents::{AuditHead, Contents};
pub use drill::DrillDatabase;
pub use postgres::{
    PostgresSnapshot, count_postgres, make_backup_role, postgres_environment, postgres_is_empty,
};
pub use sqlite::{copy_sqlite, count_sqlite, photos_in_sqlite};
pub use transfer::move_to_postgres;
