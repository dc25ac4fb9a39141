//! Apps: what an agent builds and runs.

mod address;
mod build_plan;
mod compose_repositories;
mod compose_request;
mod control;
mod create;
mod defaults;
mod delete;
mod deploy;
mod deployments;
mod domains;
mod ending;
mod envs;
mod errors;
mod exec;
mod file_changes;
mod followed;
mod generated_hosts;
mod get;
mod git;
mod guard;
mod kind;
mod lasting;
mod list;
mod logs;
mod network;
mod pushes;
mod released;
mod repository_build;
mod rewire_git;
mod settings;
mod startable;
mod stored_files;
mod update;
mod view;
mod volumes;

use covibe_workspace::Tool;

pub use deploy::Deployments;
pub(crate) use domains::{Appended, append_hosts};
pub(crate) use envs::{EnvInput, set_variables};
pub use pushes::Pushes;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<control::ControlApp>(),
        Tool::of::<create::CreateApp>(),
        Tool::of::<delete::DeleteApp>(),
        Tool::of::<deploy::DeployApp>(),
        Tool::of::<deployments::ListDeployments>(),
        Tool::of::<domains::list::ListDomains>(),
        Tool::of::<domains::set::SetDomains>(),
        Tool::of::<envs::delete::DeleteEnv>(),
        Tool::of::<envs::list::ListEnvs>(),
        Tool::of::<envs::upsert::UpsertEnvs>(),
        Tool::of::<exec::ExecInApp>(),
        Tool::of::<get::GetApp>(),
        Tool::of::<list::ListApps>(),
        Tool::of::<logs::AppLogs>(),
        Tool::of::<rewire_git::RewireGit>(),
        Tool::of::<update::UpdateApp>(),
        Tool::of::<volumes::list::ListVolumes>(),
        Tool::of::<volumes::wipe::WipeVolume>(),
    ]
}
