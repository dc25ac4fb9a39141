//! Creating, changing, reading and deleting apps.
//!
//! | module | contents |
//! |---|---|
//! | `create`, `update`, `delete`, `get`, `list` | the operations of these names |
//! | `envs`, `domains` | the variables and the domains of an app |
//! | `runtime_settings` | volumes and health checks, which creating, changing and reading share |

mod create;
mod delete;
pub(in crate::apps) mod domains;
pub(in crate::apps) mod envs;
mod get;
mod list;
mod runtime_settings;
mod update;

use covibe_workspace::Tool;

/// The operations of this room.
pub(super) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<create::CreateApp>(),
        Tool::from_operation::<delete::DeleteApp>(),
        Tool::from_operation::<domains::list::ListDomains>(),
        Tool::from_operation::<domains::set::SetDomains>(),
        Tool::from_operation::<envs::delete::DeleteEnv>(),
        Tool::from_operation::<envs::list::ListEnvs>(),
        Tool::from_operation::<envs::upsert::UpsertEnvs>(),
        Tool::from_operation::<get::GetApp>(),
        Tool::from_operation::<list::ListApps>(),
        Tool::from_operation::<update::UpdateApp>(),
    ]
}
