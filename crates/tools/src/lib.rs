//! The operations of all families, their registry, and the cookbook.
//!
//! An operation can only use its caller's [`Workspace`](covibe_workspace::Workspace): no store, no
//! raw client, no secret.

mod app_and_auth_hosts;
mod apps;
mod audit;
mod auth;
mod container_access;
mod container_limits;
mod cookbook;
mod coolify_poller;
mod databases;
mod deletion;
mod deployment_verdict;
mod deployments;
mod domains;
mod free_name;
mod gitea;
mod image_checks;
mod invitations;
mod keys;
mod operator_allowances;
mod own_repository;
mod patch_outcome;
mod people;
mod profile;
mod projects;
mod queued_deployments;
mod repos;
mod resource_names;
mod resource_rename;
mod resource_state;
mod sessions;
mod start_and_stop;
mod storage;
mod workspace;

use covibe_workspace::Registry;

pub use apps::{Deployments, FormerHosts, Pushes};
pub use cookbook::{cookbook, skill};
pub use gitea::git_helper;
pub use operator_allowances::Allowed;

/// The families, each with what its operations are about.
const FAMILIES: &[(&str, &str)] = &[
    ("apps", "Apps: their deployments, domains, environment variables and logs."),
    ("audit", "The audit of the workspace's calls."),
    ("auth", "Auth providers."),
    ("databases", "Databases."),
    ("deployments", "Single deployments and their logs."),
    ("domains", "Domains of the workspace: finding, buying, attaching and viewing them."),
    ("gitea", "Access to the workspace's code on Gitea."),
    ("invitations", "Invitations to the company; for its admins who are signed in."),
    ("keys", "API keys of the workspace."),
    ("people", "The people of the company; for people who are signed in."),
    ("profile", "The person who is signed in."),
    ("projects", "Projects: what the workspace plans, imports or builds."),
    ("repos", "Repositories of the workspace on Gitea, and their files."),
    ("sessions", "The sessions of the person who is signed in."),
    ("storage", "Object storage: the workspace's bucket, which apps reach over S3."),
    ("workspace", "The key's workspace."),
    ("workspaces", "The workspaces of the key's tenant."),
];

/// Returns the operations of all families, for an operator who allows nothing beyond the defaults.
pub fn registry() -> Registry {
    registry_for(Allowed::default())
}

/// Returns the operations of all families, published as an operator's agents may use them.
pub fn registry_for(allowed: Allowed) -> Registry {
    let families = [
        apps::operations(),
        audit::operations(),
        auth::operations(),
        databases::operations(),
        deployments::operations(),
        domains::operations(),
        gitea::operations(),
        invitations::operations(),
        keys::operations(),
        people::operations(),
        profile::operations(),
        projects::operations(),
        repos::operations(),
        sessions::operations(),
        storage::operations(),
        workspace::operations(),
    ];
    families
        .into_iter()
        .flatten()
        .map(|tool| allowed.publish(tool))
        .collect::<Registry>()
        .with_families(FAMILIES)
}
