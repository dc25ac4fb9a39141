//! The state of the database.

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
}
