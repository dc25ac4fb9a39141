//! Apps: what an agent builds and runs.
//!
//! | module | contents |
//! |---|---|
//! | `manage` | creating, changing, reading and deleting apps, with their variables and domains |
//! | `run` | deployments, also those of pushes; commands, logs and volumes |
//! | `compose` | compose files: as they are judged, changed and stored |
//! | `repository` | the repositories that apps are built from and follow |
//! | `former_domains` | the removal of hosts of domains that the workspace has lost |
//! | `app_urls`, `constants`, `database_network`, `errors`, `settings`, `app_entity` | what these share |
//!
//! `manage` uses `run`, because creating an app deploys it; both use the others, and `repository` uses `compose`. No other
//! module uses `former_domains`.

mod app_entity;
mod app_urls;
mod compose;
mod constants;
mod database_network;
mod errors;
mod former_domains;
mod manage;
mod repository;
mod run;
mod settings;

use covibe_workspace::Tool;

pub use former_domains::FormerHosts;
pub(crate) use manage::domains::{Appended, append_hosts};
pub(crate) use manage::envs::{EnvInput, set_variables};
pub use run::deploy::Deployments;
pub use run::pushes::Pushes;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    [manage::operations(), repository::operations(), run::operations()]
        .into_iter()
        .flatten()
        .collect()
}
