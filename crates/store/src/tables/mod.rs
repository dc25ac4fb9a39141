//! The queries, one file for each table.

mod activity;
mod api_keys;
mod attempt_limits;
mod charge_ledger;
mod clone_keys;
mod created_resources;
mod creation_journal;
mod database_description;
mod deleted_resources;
mod deployment_queue;
mod detached_commands;
mod device_grants;
mod dns_providers;
mod domain_events;
mod domains;
mod installation;
mod key_revocation;
mod leases;
mod operational_figures;
mod organisation_names;
mod people;
mod projects;
mod provisioning_runs;
mod provisioning_steps;
mod public_variables;
mod pushes;
mod rate_budgets;
mod rejected_resources;
mod reserved_slugs;
mod sealed_tokens;
mod secrets_keys;
mod storage;
mod tenant_rows;
mod tenant_status;
mod tenants;
mod unlisted_databases;
mod workspace_move;
mod workspaces;

pub use activity::{ActivityKind, ActivityState};
pub use api_keys::{KeyRecord, MintedKeys, NewKey};
pub use attempt_limits::AttemptRate;
pub use charge_ledger::Debit;
pub use clone_keys::CloneKey;
pub use created_resources::CreatedResource;
pub use creation_journal::{Creation, NewCreation};
pub use database_description::DatabaseDescription;
pub use deleted_resources::DeletedResource;
pub use deployment_queue::{HandOver, HoldTimes, OpenDeployment, QueueState, QueuedDeployment};
pub use detached_commands::{DetachedCommand, DetachedLimits, DetachedReport, NewDetachedCommand};
pub use device_grants::{
    Decider, DeviceGrant, DeviceState, MAX_UNDECIDED_DEVICES, NewDeviceGrant, PolledGrant,
};
pub use domain_events::DomainEvent;
pub use domains::{
    Attachment, DomainRecord, FormerDomain, NewRegistration, RegistrationStart, Settlement, Term,
};
pub use key_revocation::RevokedKey;
pub use operational_figures::{OpenWork, OperationalFigures};
pub use people::{
    Invitation, LinkMaker, LinkPurpose, Member, Membership, NewInvitation, NewSession, OneTimeLink,
    PendingLink, SessionRecord, User, UserCredentials, WorkspaceMember,
};
pub use projects::{ProjectPage, ProjectRecord};
pub use provisioning_runs::{NewRun, ProvisionRun};
pub use pushes::{Claim, FollowedBranch, PushStatus, SeenPush};
pub use rate_budgets::DrawnCalls;
pub use rejected_resources::Rejection;
pub use sealed_tokens::SealedTokens;
pub use secrets_keys::SecretsKey;
pub use storage::{NewStorage, StorageInjection, StorageRecord};
pub use tenant_rows::exported_tables;
pub use tenant_status::{TenantRecord, TenantStatus};
pub use tenants::Tenant;
pub use unlisted_databases::UnlistedDatabase;
pub use workspaces::WorkspaceRecord;
