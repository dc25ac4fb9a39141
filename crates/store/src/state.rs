//! The state of the database.

use std::sync::Arc;

use crate::error::{Error, Result};

/// The result of an examination of the database.
pub(crate) type Examined = Result<Health, Arc<Error>>;

/// Whether the tables match this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// All migrations of this release have run.
    Current,
    /// At least one has not run.
    Stale,
}

/// How the database isolates tenants, besides the filters of the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationState {
    /// Row-level security that this role cannot bypass.
    Enforced,
    /// Not at all: the database is embedded in one process.
    Embedded,
}

/// The state of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the tables are current.
    pub schema: SchemaState,
    /// How the database isolates tenants.
    pub isolation: IsolationState,
    /// Whether the disk of an embedded database is almost full.
    pub is_low: bool,
}
