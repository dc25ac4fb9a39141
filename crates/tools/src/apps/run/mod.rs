//! Apps that run: deployments, commands, logs and volumes.
//!
//! | module | contents |
//! |---|---|
//! | `deploy`, `deployments`, `control` | the operations of these names |
//! | `pushes` | the deployments that pushes cause |
//! | `exec`, `logs`, `volumes` | commands in containers, their output, and files that outlast them |
//! | `open_deployments` | the deployments of an app that is to be stopped or deleted |

pub(in crate::apps) mod control;
pub(in crate::apps) mod deploy;
pub(in crate::apps) mod deployments;
mod exec;
mod logs;
pub(in crate::apps) mod open_deployments;
pub(in crate::apps) mod pushes;
mod volumes;

use covibe_workspace::Tool;

/// The operations of this room.
pub(super) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<control::ControlApp>(),
        Tool::from_operation::<deploy::DeployApp>(),
        Tool::from_operation::<deployments::ListDeployments>(),
        Tool::from_operation::<exec::ExecInApp>(),
        Tool::from_operation::<exec::CancelExec>(),
        Tool::from_operation::<exec::ListExecs>(),
        Tool::from_operation::<exec::ReadExec>(),
        Tool::from_operation::<logs::AppLogs>(),
        Tool::from_operation::<volumes::list::ListVolumes>(),
        Tool::from_operation::<volumes::wipe::WipeVolume>(),
    ]
}
