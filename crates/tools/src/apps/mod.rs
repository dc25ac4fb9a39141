//! Apps: what an agent builds and runs.
//!
//! | module | contents |
//! |---|---|
//! | `manage` | creating, changing, reading and deleting apps, with their variables and domains |
//! | `run` | deployments, also those of pushes; commands, logs and volumes |
//! | `compose` | compose files: as they are judged, changed and stored |
//! | `repository` | the repositories that apps are built from and follow |
//! | `address`, `constants`, `database_network`, `errors`, `settings`, `view` | what these share |
//!
//! `manage` uses `run`, because creating an app deploys it; both use the others, and `repository` uses `compose`.

mod address;
mod compose;
mod constants;
mod database_network;
mod errors;
mod manage;
mod repository;
mod run;
mod settings;
mod view;

use covibe_workspace::Tool;

pub(crate) use manage::domains::{Appended, append_hosts};
pub(crate) use manage::envs::{EnvInput, set_variables};
pub use run::deploy::Deployments;
pub use run::pushes::Pushes;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<run::control::ControlApp>(),
        Tool::from_operation::<manage::create::CreateApp>(),
        Tool::from_operation::<manage::delete::DeleteApp>(),
        Tool::from_operation::<run::deploy::DeployApp>(),
        Tool::from_operation::<run::deployments::ListDeployments>(),
        Tool::from_operation::<manage::domains::list::ListDomains>(),
        Tool::from_operation::<manage::domains::set::SetDomains>(),
        Tool::from_operation::<manage::envs::delete::DeleteEnv>(),
        Tool::from_operation::<manage::envs::list::ListEnvs>(),
        Tool::from_operation::<manage::envs::upsert::UpsertEnvs>(),
        Tool::from_operation::<run::exec::ExecInApp>(),
        Tool::from_operation::<run::exec::CancelExec>(),
        Tool::from_operation::<run::exec::ListExecs>(),
        Tool::from_operation::<run::exec::ReadExec>(),
        Tool::from_operation::<manage::get::GetApp>(),
        Tool::from_operation::<manage::list::ListApps>(),
        Tool::from_operation::<run::logs::AppLogs>(),
        Tool::from_operation::<repository::rewire_git::RewireGit>(),
        Tool::from_operation::<manage::update::UpdateApp>(),
        Tool::from_operation::<run::volumes::list::ListVolumes>(),
        Tool::from_operation::<run::volumes::wipe::WipeVolume>(),
    ]
}
