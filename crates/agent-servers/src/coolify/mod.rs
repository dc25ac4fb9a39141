//! The coolify server: projects, applications, deployments and logs of a Coolify, by an operator's token.
//!
//! | module | content |
//! |---|---|
//! | `context` | the only way to Coolify, and its failures in words for the person who set the token |
//! | `app_name` | applications by their names, and those names that protect them |
//! | `deployment_request` | the request to deploy, which two tools make |
//! | `answer_types` | applications and deployments as the answers show them |

mod answer_types;
mod app_name;
mod context;
mod deploy;
mod deployment_request;
mod get_app_status;
mod get_logs;
mod list_all_apps;
mod list_projects;

use covibe_operation::{Part, Tool};

use self::deploy::{Deploy, DeployApp};
use self::get_app_status::GetAppStatus;
use self::get_logs::GetLogs;
use self::list_all_apps::{ListAllApps, ListApplications};
use self::list_projects::ListProjects;

pub use self::context::CoolifyContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<CoolifyContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::running_in_part::<CoolifyContext, ListProjects>(),
        Tool::running_in_part::<CoolifyContext, ListApplications>(),
        Tool::running_in_part::<CoolifyContext, Deploy>(),
        Tool::running_in_part::<CoolifyContext, GetLogs>(),
        Tool::running_in_part::<CoolifyContext, ListAllApps>(),
        Tool::running_in_part::<CoolifyContext, GetAppStatus>(),
        Tool::running_in_part::<CoolifyContext, DeployApp>(),
    ]
}
