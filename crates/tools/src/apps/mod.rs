//! Applications: what an agent builds and runs.

mod address;
mod clone_url;
mod compose_repositories;
mod create;
mod delete;
mod deploy;
mod deployments;
mod domains;
mod envs;
mod generated;
mod get;
mod list;
mod rewire_git;
mod update;
mod verdict;
mod view;

pub(crate) use create::hosts::Taken;
pub(crate) use view::{Part, parts};

use covibe_workspace::Tool;

/// The service of a compose file that gets the domain where the call names none (C section 3.3).
const USUAL_SERVICE: &str = "server";

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
