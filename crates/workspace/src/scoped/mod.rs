//! Access to upstreams and records, restricted to one workspace.

mod api_keys;
mod clone_key_rotation;
mod coolify;
mod docker;
mod git_program;
mod gitea;
mod people;
mod projects;
mod release_repositories;
mod resource_access_errors;
mod workspace_audit;

pub use api_keys::Keys;
pub(crate) use clone_key_rotation::{KeyRotation, LATE, clone_keypair, note_public_half};
pub use coolify::{
    AnyApp, ClaimedDeployment, Coolify, DeploymentBar, EnqueueOutcome, Inspections, Marked,
    NotedFile, StartPlace, StartTurn, WaitingDeployment, any_public_port, unopened_env,
    waits_for_person,
};
pub(crate) use coolify::{Version, polled_deployments};
pub use docker::{
    DatabaseProxy, ForeignLabel, Hosted, Inventory, ListedResources, Network, OnHost, OwnContainer,
    OwnVolume, RoutedContainer, RunningContainer, RunningContainers, VolumeHolder,
};
pub(crate) use docker::{docker_change_failure, docker_failure};
pub(crate) use gitea::VerdictContext;
pub use gitea::{
    BranchTip, CommitAt, CommitPosition, Gitea, LandedCommit, RepoPage, RepoTree, WantedCommit,
    branch_name,
};
pub use people::{Colleague, People};
pub use projects::{NewProject, Projects};
pub(crate) use release_repositories::release_of;
pub use workspace_audit::{ActorName, AuditPage, WorkspaceAudit};
