//! Access to upstreams and records, restricted to one workspace.

mod audit;
mod clone_keys;
mod coolify;
mod docker;
mod errors;
mod git;
mod gitea;
mod keys;
mod people;
mod projects;
mod releases;

pub use audit::{ActorName, AuditPage, WorkspaceAudit};
pub(crate) use clone_keys::{KeyRotation, LATE, clone_keypair, note_public_half};
pub use coolify::{
    AnyApp, ClaimedDeployment, Coolify, DeploymentBar, EnqueueOutcome, Inspections, Marked,
    NotedFile, StartPlace, StartTurn, WaitingDeployment, any_public_port, unopened_env,
    waits_for_person,
};
pub(crate) use coolify::{Version, polled_deployments};
pub use docker::{
    DatabaseProxy, ForeignLabel, Hosted, Inventory, ListedResources, Network, OnHost, OwnContainer,
    OwnVolume, RunningContainer, RunningContainers, VolumeHolder,
};
pub(crate) use docker::{docker_change_failure, docker_failure};
pub(crate) use gitea::VerdictContext;
pub use gitea::{
    BranchTip, CommitAt, CommitPosition, Gitea, LandedCommit, RepoPage, RepoTree, WantedCommit,
    branch_name,
};
pub use keys::Keys;
pub(crate) use keys::record_revocations;
pub use people::{Colleague, People};
pub use projects::{NewProject, Projects};
pub(crate) use releases::release_of;
