//! New containers of an app that has other hosts now, and the end of its containers.

use std::time::Instant;

use covibe_coolify::{LiveState, RunState};
use covibe_domain::{Deployable, Failure};
use covibe_workspace::{AnyApp, Coolify, RoutedContainer, Workspace};

use crate::apps::run::control::redeploy;
use crate::apps::run::deploy::{StartEffect, WantedStart, start};
use crate::apps::run::open_deployments::is_lost;

/// Requests new containers of an app, with its current settings. Returns false if a deployment or start is under way
/// already.
pub(super) async fn renew(
    cx: &Workspace,
    coolify: &Coolify,
    app: &AnyApp,
) -> Result<bool, Failure> {
    // Boxed because the futures are large.
    match app {
        AnyApp::Application(app) => {
            let _turn = coolify.source_turn(&app.uuid).await;
            Ok(!Box::pin(redeploy(cx, coolify, app)).await?.skipped)
        }
        AnyApp::Service(service) => {
            let read_at = Instant::now();
            let wanted = WantedStart { read_at, pulls: false, restarts: true, place: None };
            let started = Box::pin(start(cx, coolify, service, wanted)).await?;
            Ok(!matches!(started, StartEffect::Skipped))
        }
    }
}

/// Returns whether a deployment or start of an app waits or is under way.
pub(super) async fn has_open_deployment_or_start(
    coolify: &Coolify,
    app: &AnyApp,
) -> Result<bool, Failure> {
    match app {
        AnyApp::Application(app) => {
            let under_way = coolify.deployments_under_way(app).await?;
            Ok(under_way.iter().any(|each| !is_lost(each)))
        }
        AnyApp::Service(service) => {
            let resource = Deployable::Service(service.uuid.clone());
            let state = service.status.state;
            Ok(state == RunState::Starting
                || coolify.waiting_start(&resource).await?.is_some()
                || coolify.has_start_under_way(&resource, state).await?)
        }
    }
}

/// Returns whether containers of an app may run, as far as Coolify sees.
pub(super) async fn runs(coolify: &Coolify, app: &AnyApp) -> Result<bool, Failure> {
    match app {
        AnyApp::Application(app) => {
            let now = coolify.application(&app.uuid).await?;
            let live = coolify.application_by_coolify(&now).await?;
            Ok(live == Some(LiveState::Running) || !now.status.state.runs_nothing())
        }
        AnyApp::Service(service) => {
            let now = coolify.service(&service.uuid).await?;
            coolify.service_runs(&now).await
        }
    }
}

/// Stops and removes containers, whose volumes stay.
pub(super) async fn end_all(routed: &[RoutedContainer]) -> Result<(), Failure> {
    for RoutedContainer { host, container } in routed {
        if container.may_run() {
            let state = host.state(container).await?;
            host.stop(container, &state).await?;
        }
        host.remove(container, false).await?;
    }
    Ok(())
}
