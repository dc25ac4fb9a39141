//! Applications: what an agent builds and runs.

mod create;
mod deploy;
mod deployments;
mod envs;
mod get;
mod list;
mod view;

use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<create::CreateApp>(),
        Tool::of::<deploy::DeployApp>(),
        Tool::of::<deployments::ListDeployments>(),
        Tool::of::<envs::list::ListEnvs>(),
        Tool::of::<envs::upsert::UpsertEnvs>(),
        Tool::of::<get::GetApp>(),
        Tool::of::<list::ListApps>(),
    ]
}
