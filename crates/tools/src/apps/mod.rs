//! Apps: what an agent builds and runs.

mod address;
mod build_plan;
mod compose_permission;
mod compose_request;
mod control;
mod create;
mod database_network;
mod defaults;
mod delete;
mod deploy;
mod deployments;
mod domains;
mod envs;
mod errors;
mod exec;
mod file_changes;
mod followed_branch;
mod generated_file_guard;
mod generated_hosts;
mod get;
mod git_source;
mod journal_noun;
mod list;
mod logs;
mod open_deployments;
mod pushes;
mod repository_build;
mod repository_compose;
mod rewire_git;
mod runtime_settings;
mod settings;
mod start_check;
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
        Tool::from_operation::<control::ControlApp>(),
        Tool::from_operation::<create::CreateApp>(),
        Tool::from_operation::<delete::DeleteApp>(),
        Tool::from_operation::<deploy::DeployApp>(),
        Tool::from_operation::<deployments::ListDeployments>(),
        Tool::from_operation::<domains::list::ListDomains>(),
        Tool::from_operation::<domains::set::SetDomains>(),
        Tool::from_operation::<envs::delete::DeleteEnv>(),
        Tool::from_operation::<envs::list::ListEnvs>(),
        Tool::from_operation::<envs::upsert::UpsertEnvs>(),
        Tool::from_operation::<exec::ExecInApp>(),
        Tool::from_operation::<exec::CancelExec>(),
        Tool::from_operation::<exec::ListExecs>(),
        Tool::from_operation::<exec::ReadExec>(),
        Tool::from_operation::<get::GetApp>(),
        Tool::from_operation::<list::ListApps>(),
        Tool::from_operation::<logs::AppLogs>(),
        Tool::from_operation::<rewire_git::RewireGit>(),
        Tool::from_operation::<update::UpdateApp>(),
        Tool::from_operation::<volumes::list::ListVolumes>(),
        Tool::from_operation::<volumes::wipe::WipeVolume>(),
    ]
}
