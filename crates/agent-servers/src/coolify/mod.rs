//! The coolify server: projects, applications, deployments and logs of a Coolify, by an operator's token.

mod app_name;
mod context;
mod deploy;
mod deploy_app;
mod explain;
mod get_app_status;
mod get_logs;
mod list_all_apps;
mod list_applications;
mod list_projects;
mod protection;
mod request;
mod view;

use covibe_operation::{Part, Tool};

use self::deploy::Deploy;
use self::deploy_app::DeployApp;
use self::get_app_status::GetAppStatus;
use self::get_logs::GetLogs;
use self::list_all_apps::ListAllApps;
use self::list_applications::ListApplications;
use self::list_projects::ListProjects;

pub use self::context::CoolifyContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<CoolifyContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::of_part::<CoolifyContext, ListProjects>(),
        Tool::of_part::<CoolifyContext, ListApplications>(),
        Tool::of_part::<CoolifyContext, Deploy>(),
        Tool::of_part::<CoolifyContext, GetLogs>(),
        Tool::of_part::<CoolifyContext, ListAllApps>(),
        Tool::of_part::<CoolifyContext, GetAppStatus>(),
        Tool::of_part::<CoolifyContext, DeployApp>(),
    ]
}
