//! Setting variables of an app, with what has to follow.

use covibe_domain::{AppUuid, Failure};
use covibe_workspace::{AnyApp, Workspace};

use super::check::check;
use super::input::EnvInput;
use super::write::{Written, write};
use crate::apps::{guard, network};

/// Sets variables of an app of either kind. A compose app is put on the network of the databases if a value
/// names one, and looked at as Coolify will start it.
pub(crate) async fn set(
    cx: &Workspace,
    uuid: &AppUuid,
    envs: &[EnvInput],
) -> Result<Written, Failure> {
    check(envs)?;
    let coolify = cx.coolify().await?;
    let app = coolify.app(uuid).await?;
    let written = write(&coolify, &app, envs).await?;
    if let AnyApp::Service(service) = &app {
        let values: Vec<_> = envs.iter().map(|env| env.value.as_str()).collect();
        let connected = network::connect(&coolify, service, &values).await;
        let connected = connected.map_err(Failure::in_doubt)?;
        guard::check(cx, &coolify, connected.as_ref().unwrap_or(service)).await?;
    }
    Ok(written)
}
