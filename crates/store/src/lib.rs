//! Every SQL statement of Co-Vibe, on SQLite and on PostgreSQL.
//!
//! A query is a method of [`Tx`], an open transaction in the scope of one tenant or of one
//! credential. Its body is written once and runs on either database through the macro `on!`. Every
//! query filters by tenant; on PostgreSQL, row-level security enforces the same a second time.
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
mod backup;
mod connect;
mod error;
mod heads;
mod health;
mod isolation;
mod migrate;
mod row;
mod state;
mod statement;
mod store;
mod tables;

pub use audit::{
    AuditEntry, AuditFilter, AuditRecord, ExportFolder, Repeats, Verified, VerifiedExport,
    VerifyOptions,
};
pub use backup::{
    AuditHead, Contents, DrillDatabase, PostgresSnapshot, copy_sqlite, count_postgres,
    count_sqlite, make_backup_role, move_to_postgres, photos_in_sqlite, postgres_environment,
    postgres_is_empty,
};
pub use connect::open::OpenTransactions;
pub use connect::postgres::postgres_name;
pub use error::{Error, Result};
pub use migrate::{migrate_postgres, migrate_postgres_of, postgres_tenants};
pub use state::{Health, IsolationState, PoolLoad, SchemaState};
pub use store::{Backend, Store};
pub use tables::{
    ActivityKind, ActivityState, Attachment, AttemptRate, Begun, Claim, CloneKey, CreatedResource,
    Creation, Debit, Decider, DeletedResource, DeviceGrant, DeviceState, DomainEvent, DomainRecord,
    Drawn, FollowedBranch, HandOver, Hold, Invitation, KeyRecord, LinkMaker, LinkPurpose, Member,
    Membership, NewCreation, NewDeviceGrant, NewInvitation, NewKey, NewRegistration, NewRun,
    NewSession, NewStorage, OneTimeLink, OpenDeployment, OpenWork, OperationalFigures, PendingLink,
    Polled, ProjectPage, ProjectRecord, ProvisionRun, PushStatus, QueueState, QueuedDeployment,
    Rejection, SealedTokens, SecretsKey, SeenPush, SessionRecord, Settlement, StorageInjection,
    StorageRecord, Tenant, TenantRecord, TenantStatus, Term, UnlistedDatabase, User,
    UserCredentials, WorkspaceMember, WorkspaceRecord, exported_tables,
};
pub use tx::Tx;
