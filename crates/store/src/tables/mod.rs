//! The queries, one file for each table.

mod activity;
mod attempts;
mod budgets;
mod clone_keys;
mod created_resources;
mod creations;
mod deleted_resources;
mod deployment_queue;
mod description;
mod device_grants;
mod dns_providers;
mod domain_events;
mod domains;
mod figures;
mod installation;
mod keys;
mod leases;
mod ledger;
mod organisations;
mod people;
mod projects;
mod public_variables;
mod pushes;
mod rejections;
mod reserved_slugs;
mod runs;
mod sealed_tokens;
mod secrets_keys;
mod steps;
mod storage;
mod tenant_rows;
mod tenant_status;
mod tenants;
mod unlisted_databases;
mod workspaces;

pub use activity::{ActivityKind, ActivityState};
pub use attempts::AttemptRate;
pub use budgets::Drawn;
pub use clone_keys::CloneKey;
pub use created_resources::CreatedResource;
pub use creations::{Creation, NewCreation};
pub use deleted_resources::DeletedResource;
pub use deployment_queue::{HandOver, Hold, OpenDeployment, QueueState, QueuedDeployment};
pub use description::DatabaseDescription;
pub use device_grants::{Decider, DeviceGrant, DeviceState, NewDeviceGrant, Polled};
pub use domain_events::DomainEvent;
pub use domains::{Attachment, Begun, DomainRecord, NewRegistration, Settlement, Term};
pub use figures::{OpenWork, OperationalFigures};
pub use keys::{KeyRecord, NewKey};
pub use ledger::Debit;
pub use people::{
    Invitation, LinkMaker, LinkPurpose, Member, Membership, NewInvitation, NewSession, OneTimeLink,
    PendingLink, SessionRecord, User, UserCredentials, WorkspaceMember,
};
pub use projects::{ProjectPage, ProjectRecord};
pub use pushes::{Claim, FollowedBranch, PushStatus, SeenPush};
pub use rejections::Rejection;
pub use runs::{NewRun, ProvisionRun};
pub use sealed_tokens::SealedTokens;
pub use secrets_keys::SecretsKey;
pub use storage::{NewStorage, StorageInjection, StorageRecord};
pub use tenant_rows::exported_tables;
pub use tenant_status::{TenantRecord, TenantStatus};
pub use tenants::Tenant;
pub use unlisted_databases::UnlistedDatabase;
pub use workspaces::WorkspaceRecord;
