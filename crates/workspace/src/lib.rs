//! The context of an operation: the caller's workspace, and nothing else.
//!
//! The raw clients, the store and the secrets are private to this crate. Operations get scoped
//! clients, whose methods take [`covibe_policy::Owned`] resources only:
//!
//! ```compile_fail,E0308
//! use covibe_domain::{AppUuid, Failure};
//! use covibe_workspace::{Build, Workspace};
//!
//! async fn deploys_any_app(cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
//!     cx.coolify().await?.enqueue(&uuid, Build::Image, false).await?;
//!     Ok(())
//! }
//! ```
//!
//! ```
//! use covibe_domain::{AppUuid, Failure};
//! use covibe_workspace::{Build, Workspace};
//!
//! async fn deploys_an_own_app(cx: &Workspace, uuid: AppUuid) -> Result<(), Failure> {
//!     let coolify = cx.coolify().await?;
//!     let app = coolify.application(&uuid).await?;
//!     coolify.enqueue(&app, Build::Image, false).await?;
//!     Ok(())
//! }
//! ```

mod activity;
mod audit;
mod cells;
mod clock;
mod clone_keys;
mod commit_source;
mod container_watch;
mod creation;
mod credentials;
mod detached_commands;
mod dns;
mod domain_attachment;
mod domain_registration;
mod followed_branches;
mod former_domains;
mod image_registries;
mod journal;
mod operator_access;
mod platform;
mod provision;
mod push_intake;
mod pushes;
mod queue;
mod reconcile;
mod registrar;
mod resumable_removal;
mod scoped;
mod settings;
mod storage;
mod storage_project;
mod tenant_checks;
mod tenant_workspaces;
mod tenants;
mod unmanaged_access;
mod waiting_client;
mod webhooks;
mod workspace;
mod workspace_failures;
mod workspace_records;

pub use activity::{Activity, ReceivedBatch, SeenSession, SeenWorktree};
pub use audit::{AuditHealth, AuditLoad, Auditor, Author, Draft, RequestId};
pub use cells::{
    Cells, DockerHosts, ExecPermit, GiteaAddress, InvalidSshAddress, QueueCondition, QueueLoad,
    SharedRateBudget, SshAddress, StartPermit, UpstreamState, Upstreams, WatchCounts,
};
pub use clone_keys::{CloneKeys, CloneWay};
pub use commit_source::{
    Build, ExaminedCommit, JudgedCommit, ReleasedFile, examine_files, judge_files,
};
pub use container_watch::ContainerWatch;
pub use covibe_gitea::{
    AttemptOutcome, BudgetLoad, CallStatistics, CommitState, HookSecret, HookVerifier, NewStatus,
    Push,
};
pub use covibe_identity::{
    Expiry, Invitation, InvitationWithToken, KeyRequest, MemberLink, NewApiKey, PASSWORD_LINK,
    RevokedKey, SessionRecord, User,
};
pub use covibe_image_registry::{Absent, ImagePresence as ImageFound};
pub use covibe_registrar::{Ca, Contact};
pub use covibe_storage::Usage;
pub use covibe_store::{
    AuditFilter, AuditRecord, Claim, DomainEvent, DomainRecord, FollowedBranch, OpenWork,
    OperationalFigures, PoolLoad, PushStatus, QueuedDeployment, SeenPush, StorageInjection,
    StorageRecord, SurfaceTools,
};
pub use creation::{
    Create, Namesake, before_creation, check_created, create_journaled, with_branch_claimed,
    with_hosts_claimed,
};
pub use credentials::{
    Resealed, command_sealing_keys, reseal_secrets, sealing_keys, storage_sealing_key, try_secrets,
};
pub use detached_commands::{
    CommandOutput, CommandResult, CommandState, DetachedRun, EndedCommand, OutputSink,
    ReportedCommand,
};
pub use dns::DnsProviders;
pub use domain_attachment::{Attaching, DelegationOutcome, Destination, LockOutcome, OwnZone};
pub use domain_registration::{DomainWatch, Domains, Reconciled, WantedDomain};
pub use followed_branches::{Following, HeldBranch};
pub use former_domains::{Detached, FormerDomainWatch, HostRemoval, HostsLeft};
pub use image_registries::{AnsweredImage, ImageRegistries};
pub use journal::Journal;
pub use platform::{DatabaseHealth, Parts, Platform};
pub use provision::webhook::hook_refusal;
pub use provision::{provision, until_begun};
pub use pushes::{Delivery, PushWatch, PushWorker, RefusedDelivery};
pub use queue::{FreedPlace, QueueWatch, QueueWorker};
pub use reconcile::{Leftover, leftovers};
pub use registrar::{DomainCounts, Quote, RegistrarAccount};
pub use resumable_removal::Removal;
pub use scoped::{
    ActorName, AnyApp, AuditPage, BranchTip, ClaimedDeployment, Colleague, CommitAt,
    CommitPosition, Coolify, DatabaseProxy, DeploymentBar, EnqueueOutcome, ForeignLabel, Gitea,
    Hosted, Inspections, Inventory, Keys, LandedCommit, ListedResources, Marked, Network,
    NewProject, NotedFile, OnHost, OwnContainer, OwnVolume, People, Projects, RepoPage, RepoTree,
    RoutedContainer, RunningContainer, RunningContainers, StartPlace, StartTurn, VolumeHolder,
    WaitingDeployment, WantedCommit, WorkspaceAudit, any_public_port, branch_name, unopened_env,
    waits_for_person,
};
pub use settings::{
    BotRole, CallRate, CallRates, CloneProtocol, DetachedTimes, InvalidBotRole,
    InvalidCloneProtocol, InvalidPushHooks, InvalidRepositoryBuilds, PushHooks, ReleaseTimes,
    RepositoryBuilds, Retention, Settings, StartLimits, TreeLimits,
};
pub use storage::{
    PremadeStorage, Storage, StorageKey, StorageView, StorageWork, give_storage, remove_storage,
};
pub use storage_project::StorageAccounts;
pub use tenant_workspaces::{OpenWorkspace, Sibling, Tenancy};
pub use tenants::{
    TenantDeletion, TenantOverview, TenantRecords, WorkspaceOverview, tenant_overview,
};
pub use waiting_client::{AnswerReader, Progress, ProgressUpdate, WaitingClient};
pub use webhooks::{HOOK_KEY, HOOK_PATH, HookTrial, NamedHook};
pub use workspace::{Circumstances, EndedContainers, LongWait, Workspace};
pub use workspace_records::create_tenant;

/// An operation that runs in a workspace, with its types erased.
pub type Tool = covibe_operation::Tool<Workspace>;

/// The operations of a server whose calls act on workspaces.
pub type Registry = covibe_operation::Registry<Workspace>;
