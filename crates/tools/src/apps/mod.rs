//! Applications: what an agent builds and runs.

mod address;
mod create;
mod delete;
mod deploy;
mod deployments;
mod domains;
mod envs;
mod get;
mod list;
mod rewire_git;
mod update;
mod verdict;
mod view;

pub(crate) use create::hosts::Taken;

use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateApp>(),
        Tool::of::<delete::DeleteApp>(),
        Tool::of::<deploy::DeployApp>(),
        Tool::of::<deployments::ListDeployments>(),
        Tool::of::<domains::list::ListDomains>(),
        Tool::of::<domains::set::SetDomains>(),
        Tool::of::<envs::delete::DeleteEnv>(),
        Tool::of::<envs::list::ListEnvs>(),
        Tool::of::<envs::upsert::UpsertEnvs>(),
        Tool::of::<get::GetApp>(),
        Tool::of::<list::ListApps>(),
        Tool::of::<rewire_git::RewireGit>(),
        Tool::of::<update::UpdateApp>(),
    ]
}
