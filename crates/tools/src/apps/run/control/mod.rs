//! `apps.control`.

mod restart;

use std::time::Instant;

use covibe_coolify::RunState;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{Failure, HostedUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Coolify, Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use self::restart::Apps;
pub(in crate::apps) use self::restart::redeploy;
use crate::apps::run::open_deployments::is_lost;
use crate::start_and_stop::{
    Action, Control, Controlled, being_deleted, deployment_under_way, start_under_way,
};

/// Stop, start or restart an app, auth provider or database, keeping version, logs and files. Returns the observed
/// state.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ControlApp {
    uuid: HostedUuid,
    /// `stop` ends its containers, `start` runs them again, `restart` does both. New code and changed settings need
    /// apps.deploy.
    action: Action,
    /// For a compose app: only this service, such as `web`. Default: all.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"web")]
    service: Option<String>,
}

impl Operation<Workspace> for ControlApp {
    const SPEC: Spec = Spec::write("apps.control", Route::post("/apps/{uuid}/control"));

    type Output = Controlled;

    async fn run(self, cx: &Workspace) -> Result<Controlled, Failure> {
        let coolify = cx.coolify().await?;
        let read_at = Instant::now();
        let turn = coolify.source_turn(self.uuid.clone()).await;
        let resource = coolify.hosted(&self.uuid).await?;
        if self.action == Action::Stop && self.service.is_none() {
            coolify.cancel_waiting_deployments(&resource.deployable()).await?;
        }
        check_quiet(&coolify, &resource).await?;
        let service = self.service.as_deref();
        let control =
            Control { cx, coolify: &coolify, resource: &resource, action: self.action, service };
        control.run(&Apps { read_at }, turn).await
    }
}

/// Checks that Coolify is not replacing or removing the containers: it and Docker would undo each other's
/// work.
///
/// # Errors
///
/// Conflict while it does.
async fn check_quiet(coolify: &Coolify, resource: &Hosted) -> Result<(), Failure> {
    if coolify.is_being_deleted(resource.uuid()) {
        return Err(being_deleted());
    }
    match resource {
        Hosted::App(AnyApp::Application(app)) => {
            let under_way = coolify.deployments_under_way(app).await?;
            let mut open = under_way.iter().filter(|each| !is_lost(each)).peekable();
            let Some(first) = open.peek().map(|each| &each.uuid) else { return Ok(()) };
            let all_wait = open.all(|each| each.status == DeploymentStatus::Queued);
            Err(deployment_under_way(resource.uuid(), all_wait.then_some(first)))
        }
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
            let is_starting = service.status.state == RunState::Starting;
            if is_starting { Err(start_under_way()) } else { Ok(()) }
        }
        Hosted::Database(_) => Ok(()),
    }
}
