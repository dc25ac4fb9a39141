//! Checks that the file that Coolify generates for a compose app stays within the workspace.
//!
//! Coolify generates the proxy's labels from more than the app's URLs: from the values of variables for some images,
//! and from what its parser finds in the file. So the generated file is read back after each write and before each
//! start. An app whose containers would get a foreign route, name or mount is stopped.

use covibe_compose::{OwnNames, Stray, strays};
use covibe_coolify::{Service, StopOutcome};
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};
use serde_json::json;
use tokio::time::timeout;

use crate::apps::app_urls::Address;
use crate::apps::compose::generated_hosts::{reparse, reparse_on};
use crate::apps::database_network;
use crate::deletion::{follow, max_wait};

/// Makes Coolify parse the app's file as its next start will, checks what it generates, and returns
/// the service as it is then.
///
/// # Errors
///
/// Rejected if it reaches beyond the workspace; the app has been stopped then. Unavailable if it
/// can't be read, which says nothing about the app: it goes on running.
pub(in crate::apps) async fn check(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<Owned<Service>, Failure> {
    let needs_network = database_network::is_needed(coolify, service, &[]).await;
    check_on(cx, coolify, service, needs_network.map_err(Failure::in_doubt)?).await
}

/// Does the same for an app; `needs_network` is whether it has to be on the network of the databases.
pub(in crate::apps) async fn check_on(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    needs_network: bool,
) -> Result<Owned<Service>, Failure> {
    reparse_on(coolify, service, needs_network).await.map_err(Failure::in_doubt)?;
    let now = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    check_parsed(cx, coolify, &now).await?;
    Ok(now)
}

/// Checks a service that was read after Coolify last parsed its file.
pub(in crate::apps) async fn check_parsed(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<(), Failure> {
    let Some(generated) = service.generated() else {
        // Only a token that may read sensitive fields gets it; covibe-server check reports that to the operator.
        tracing::warn!(service = %service.uuid, "the Coolify token is not allowed to read the generated file of an app");
        return Ok(());
    };
    if strays_in(service, generated).is_some_and(|found| found.is_empty()) {
        return Ok(());
    }
    // Another call may just be changing the app: Coolify writes URLs before it generates the file from them.
    tokio::time::sleep(cx.settings().poll_interval * 4).await;
    reparse(coolify, service).await.map_err(Failure::in_doubt)?;
    let again = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    let Some(generated) = again.generated() else { return Ok(()) };
    match strays_in(&again, generated) {
        Some(found) if found.is_empty() => Ok(()),
        Some(found) => Err(stop(cx, coolify, service, &found).await),
        None => Err(unreadable_generated_file(cx, service)),
    }
}

/// Returns the generated parts that reach beyond the workspace; `None` if the file can't be read.
fn strays_in(service: &Service, generated: &str) -> Option<Vec<Stray>> {
    let hosts = hosts(service);
    let own = OwnNames { uuid: service.uuid.as_str(), hosts: &hosts, sent: service.compose() };
    strays(generated, &own)
}

/// Returns the hosts in the URLs of each container.
fn hosts(service: &Service) -> Vec<(String, Vec<String>)> {
    let of = |url: &String| Address::parse(url).map(|address| address.host);
    let containers = service.applications.iter();
    containers.map(|one| (one.name.clone(), one.urls().iter().filter_map(of).collect())).collect()
}

/// Stops an app, and logs the reason for the operator. Returns the failure of the call.
async fn stop(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    found: &[Stray],
) -> Failure {
    let stopping = timeout(max_wait(cx.deadline()), stop_and_confirm(cx, coolify, service));
    let is_stopped = stopping.await.unwrap_or(false);
    let outcome = if is_stopped { "stopped" } else { "not stopped" };
    for Stray { path, problem } in found {
        let workspace = cx.slug();
        tracing::error!(%workspace, service = %service.uuid, path, problem, outcome, "the generated file of an app reaches beyond its workspace");
    }
    if let Err(failure) = cx.record_guard(service.uuid.as_str(), outcome).await {
        return failure;
    }
    generated_file_beyond_workspace(found, is_stopped)
}

/// Stops an app, and returns whether none of its containers is still running. A release of Coolify that cannot look at
/// containers is believed, unless it refuses to stop an app that was started recently.
async fn stop_and_confirm(cx: &Workspace, coolify: &Coolify, service: &Owned<Service>) -> bool {
    let Ok(answer) = coolify.stop_service(service).await else { return false };
    let may_run =
        answer == StopOutcome::Refused && coolify.is_recently_started(service.uuid.as_str());
    follow(cx, || async {
        let running = coolify.running_containers(service).await?;
        Ok(running.map_or(may_run, |names| !names.is_empty()))
    })
    .await
}

/// Logs for the operator that a generated file can't be read. Returns the failure of the call.
fn unreadable_generated_file(cx: &Workspace, service: &Service) -> Failure {
    let workspace = cx.slug();
    tracing::error!(%workspace, service = %service.uuid, "the generated file of an app can't be read");
    let message =
        "The app can't be checked now: the file that Coolify generated for it can't be read.";
    Failure::new(Kind::Unready, message)
        .hint("It was neither started nor stopped. Retry; if that fails too, tell the operator.")
        .in_doubt()
}

/// The generated file reaches beyond the workspace.
fn generated_file_beyond_workspace(found: &[Stray], is_stopped: bool) -> Failure {
    let fix = "Remove the cause from the compose file or the variables; assign domains with \
               apps.domains.set only.";
    let listed: Vec<_> = found
        .iter()
        .map(|Stray { path, problem }| json!({ "path": path, "problem": problem, "fix": fix }))
        .collect();
    let ending = if is_stopped { "was stopped" } else { "could not be stopped" };
    let message = format!(
        "The app {ending}: the file that Coolify generated for it reaches beyond the workspace."
    );
    let hint = if is_stopped {
        fix.to_owned()
    } else {
        format!("Tell the operator of this server. {fix}")
    };
    Failure::rejected(message).hint(hint).detail("problems", listed).in_doubt()
}
