//! Every SQL statement of Co-Vibe, on SQLite and on PostgreSQL.
//!
//! A query is a method of [`Tx`], an open transaction in the scope of one tenant or of one
//! credential. Its body is written once and runs on either database through the macro `on!`. Every
//! query filters by tenant; on PostgreSQL, row-level security enforces the same a second time.
//!
//! The store has one `enum` over two connection pools. On PostgreSQL the policies are forced, the runtime role owns
//! nothing, and each transaction sets its tenant. While the tenant of a presented key is unknown, a policy permits
//! reading only the row with that digest. The begin of a transaction and its tenant are sent together with the
//! first statement, which the policies refuse without it (`connect/late_begin.rs`). Appends to the audit keep to
//! one session while one is enough (`connect/audit_connections.rs`), because each session has to load the same things.
//! An SQLite transaction checks that its file is still the one that was opened, and waits for the disk unless its
//! writes are dispensable (`Access::WriteUnsynced`).
//!
//! Leases are measured by the clock of the database (`tables/leases.rs`): callers say how long one lasts, and read
//! how long it still does.
//!
//! # Invariants
//!
//! - No connection leaves this crate: the only queries are the methods here.
//! - A [`Tx`] that is dropped changes nothing and holds no lock, even if its future was cancelled.
//! - On PostgreSQL, the store does not open with a role that could bypass the policies.

mod schema;
#[macro_use]
mod tx;
mod audit;
mod audit_chain_heads;
mod backup;
mod connect;
mod database_state;
mod error;
mod health;
mod migrate;
mod prepare_once;
mod row;
mod row_security_check;
mod store;
mod tables;

pub use audit::{
    AuditEntry, AuditFilter, AuditRecord, ExportFolder, Repeats, SurfaceTools, Verified,
    VerifiedExport, VerifyOptions,
};
pub use backup::{
    AuditHead, Contents, DrillDatabase, PostgresSnapshot, copy_sqlite, count_postgres,
    count_sqlite, end_access_in_postgres, end_access_in_sqlite, make_backup_role, move_to_postgres,
    photos_in_sqlite, postgres_environment, postgres_is_empty,
};
pub use connect::open_transactions::OpenTransactions;
pub use connect::postgres::postgres_name;
pub use connect::shares::ShareOf;
pub use database_state::{Health, IsolationState, PoolLoad, SchemaState};
pub use error::{Error, Result};
pub use migrate::{migrate_postgres, migrate_postgres_of, postgres_tenants};
pub use store::{Backend, Store};
pub use tables::{
    ActivityKind, ActivityState, Attachment, AttemptRate, Claim, CloneKey, CreatedResource,
    Creation, DatabaseDescription, Debit, Decider, DeletedResource, DetachedCommand,
    DetachedLimits, DetachedReport, DeviceGrant, DeviceState, DomainEvent, DomainRecord,
    DrawnCalls, FollowedBranch, FormerDomain, HandOver, HoldTimes, Invitation, KeyRecord,
    LinkMaker, LinkPurpose, MAX_UNDECIDED_DEVICES, Member, Membership, MintedKeys, NewCreation,
    NewDetachedCommand, NewDeviceGrant, NewInvitation, NewKey, NewRegistration, NewRun, NewSession,
    NewStorage, OneTimeLink, OpenDeployment, OpenWork, OperationalFigures, PendingLink,
    PolledGrant, ProjectPage, ProjectRecord, ProvisionRun, PushStatus, QueueState,
    QueuedDeployment, RegistrationStart, Rejection, RevokedKey, SealedTokens, SecretsKey, SeenPush,
    SessionRecord, Settlement, StorageInjection, StorageRecord, Tenant, TenantRecord, TenantStatus,
    Term, UnlistedDatabase, User, UserCredentials, WorkspaceMember, WorkspaceRecord,
    exported_tables,
};
pub use tx::Tx;
