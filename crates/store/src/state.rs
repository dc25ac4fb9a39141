//! The state of the database.

/// Whether the tables match this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// All migrations of this program have run.
    Current,
    /// At least one has not run.
    Stale,
}

/// What keeps tenants apart below the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationState {
    /// Row-level security that this role cannot bypass.
    Enforced,
    /// Nothing more: the database is embedded in one program.
    Embedded,
}

/// The state of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the tables are current.
    pub schema: SchemaState,
    /// What keeps tenants apart.
    pub isolation: IsolationState,
}
