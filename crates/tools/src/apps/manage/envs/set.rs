//! Setting variables of an app, with what has to follow.

use covibe_domain::{AppUuid, Failure};
use covibe_workspace::{AnyApp, Coolify, Workspace};

use super::public_variables::{hidden_warning, publish, withdraw};
use super::variable_checks::check;
use super::variable_input::EnvInput;
use super::write_and_verify::{WrittenEnvs, write};
use crate::apps::compose::generated_file_check;
use crate::apps::database_network;

/// Sets variables of an app of either kind. A compose app is put on the network of the databases if a value
/// names one, and looked at as Coolify will start it.
pub(crate) async fn set(
    cx: &Workspace,
    uuid: &AppUuid,
    envs: &[EnvInput],
) -> Result<WrittenEnvs, Failure> {
    check(envs)?;
    let coolify = cx.coolify().await?;
    let app = coolify.app(uuid).await?;
    let written = write_marked(cx, &coolify, &app, envs).await?;
    if let AnyApp::Service(service) = &app {
        let values: Vec<_> = envs.iter().map(|env| env.value.as_str()).collect();
        let connected = database_network::connect(&coolify, service, &values).await;
        let connected = connected.map_err(Failure::in_doubt)?;
        generated_file_check::check(cx, &coolify, connected.as_ref().unwrap_or(service)).await?;
    }
    Ok(written)
}

/// Sets variables of an app that [`check`] has accepted, and marks those that are public. A mark ends before the
/// variable gets another value, and begins after it: a call that breaks off shows nobody what is secret.
pub(in crate::apps) async fn write_marked(
    cx: &Workspace,
    coolify: &Coolify,
    app: &AnyApp,
    envs: &[EnvInput],
) -> Result<WrittenEnvs, Failure> {
    let uuid = app.uuid();
    let _turn = coolify.variable_turn(&uuid).await;
    withdraw(cx, &uuid, envs).await?;
    let mut written = write(coolify, app, envs).await?;
    publish(cx, &uuid, envs).await.map_err(Failure::in_doubt)?;
    let warnings = written.warning.take().into_iter().chain(hidden_warning(envs));
    let warning = warnings.collect::<Vec<_>>().join(" ");
    written.warning = (!warning.is_empty()).then_some(warning);
    Ok(written)
}
