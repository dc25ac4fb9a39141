//! The state of the database.

use std::sync::Arc;

use deadpool::Status;

use crate::error::{Error, Result};

/// The result of an examination of the database.
pub(crate) type Examined = Result<Health, Arc<Error>>;

/// The state of the tables, compared with this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// All migrations of this release have run.
    Current,
    /// At least one has not run.
    Stale,
}

/// The isolation of tenants by the database, besides the filters of the queries.
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
    /// The state of the tables.
    pub schema: SchemaState,
    /// The isolation of tenants.
    pub isolation: IsolationState,
    /// True if the disk of an embedded database is almost full.
    pub is_low: bool,
}

/// The load of the connections of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLoad {
    /// The name of the pool: `postgres`, or on SQLite `readers` and `writer`.
    pub name: &'static str,
    /// The connections that are in use.
    pub in_use: usize,
    /// The open connections that are not in use.
    pub idle: usize,
    /// The maximum number of connections.
    pub max: usize,
    /// The number of transactions that wait for a connection.
    pub waiting: usize,
}

impl PoolLoad {
    /// Returns the load of a pool. The connections that are `kept` for later are idle.
    pub(crate) fn new(name: &'static str, status: &Status, kept: usize) -> Self {
        let Status { max_size: max, size, available, waiting } = *status;
        let idle = available + kept;
        Self { name, in_use: size.saturating_sub(idle), idle, max, waiting }
    }
}
