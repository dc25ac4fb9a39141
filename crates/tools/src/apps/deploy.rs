//! `apps.deploy`.

use std::time::Instant;

use covibe_coolify::{Application, Deploy, Service, Start, State};
use covibe_domain::entities::{AppKind, Deployment, DeploymentStatus};
use covibe_domain::{AppUuid, DeploymentUuid, Failure, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compose_repositories::allow_compose_repository;
use super::deployments::{RECENT, view};
use super::generated;
use super::verdict::{self, Outcome};

/// Deploy an app, or (re)start a compose app as it is written down now. Returns at once: poll
/// apps.deployments, or pass wait for a verdict.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeployApp {
    uuid: AppUuid,
    /// Rebuild without cache, or pull images anew.
    #[serde(default)]
    force: Option<bool>,
    /// Up to 10 min.
    #[serde(default)]
    wait: Option<bool>,
}

/// The deployment that was queued, or the one that runs already; or the start of a service.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployed {
    #[schemars(with = "String")]
    kind: AppKind,
    /// The deployment; a service has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<DeploymentUuid>,
    #[schemars(with = "String")]
    status: DeploymentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// Whether nothing was queued, because the same was under way.
    skipped: bool,
    /// What it came to, for a call that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// The next call to make, for a call that does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A deployment of an application that was queued, or that runs already.
pub(super) struct Queued {
    deployment: Deployment,
    skipped: bool,
}

impl Queued {
    /// The deployment alone.
    pub(super) fn into_deployment(self) -> Deployment {
        self.deployment
    }
}

impl Operation<Workspace> for DeployApp {
    const SPEC: Spec = Spec::write("apps.deploy", Route::post("/apps/{uuid}/deploy")).waits("wait");

    type Output = Deployed;

    async fn run(self, cx: &Workspace) -> Result<Deployed, Failure> {
        let coolify = cx.coolify().await?;
        let seen = Instant::now();
        match coolify.app(&self.uuid).await? {
            AnyApp::Application(app) => self.application(cx, &coolify, &app).await,
            AnyApp::Service(service) => self.service(cx, &coolify, &service, seen).await,
        }
    }
}

impl DeployApp {
    fn forces(&self) -> bool {
        self.force.unwrap_or_default()
    }

    async fn application(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
    ) -> Result<Deployed, Failure> {
        if app.is_compose() {
            allow_compose_repository(cx)?;
        }
        let queued = deploy(coolify, app, self.forces()).await.map_err(|failure| {
            doubted(failure, "A deployment may be queued: look at apps.deployments first.")
        })?;
        let mut deployed = Deployed::of(AppKind::Application, queued.deployment, queued.skipped);
        if let (Some(true), Some(uuid)) = (self.wait, &deployed.uuid) {
            let (seen, outcome) = verdict::application(cx, coolify, app, uuid).await;
            let skipped = deployed.skipped;
            if let Some(seen) = seen {
                deployed = Deployed::of(AppKind::Application, view(seen), skipped);
            }
            deployed.outcome = Some(outcome);
        } else {
            let uuid = &app.uuid;
            let poll = format!(r#"apps.deployments {{"uuid":"{uuid}"}}, until finished or failed"#);
            deployed.next = Some(poll);
        }
        deployed.name_force(app.uuid.as_str());
        Ok(deployed)
    }

    async fn service(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
        seen: Instant,
    ) -> Result<Deployed, Failure> {
        let started = start(cx, coolify, service, seen, self.forces())
            .await
            .map_err(|failure| doubted(failure, "It may be starting: look at apps.get first."))?;
        let skipped = started == Started::Already;
        let status = if skipped { DeploymentStatus::InProgress } else { DeploymentStatus::Queued };
        let mut deployed = Deployed::start(status, skipped);
        if self.wait == Some(true) {
            let outcome =
                verdict::service(cx, coolify, &service.uuid, started.may_have_run()).await;
            deployed.status = outcome.verdict().of_a_start();
            deployed.outcome = Some(outcome);
        } else {
            let uuid = &service.uuid;
            deployed.next = Some(format!(r#"apps.get {{"uuid":"{uuid}"}}, until running"#));
        }
        deployed.name_force(service.uuid.as_str());
        Ok(deployed)
    }
}

impl Deployed {
    fn of(kind: AppKind, deployment: Deployment, skipped: bool) -> Self {
        let Deployment { uuid, status, commit, created_at, finished_at } = deployment;
        let (uuid, outcome, next) = (Some(uuid), None, None);
        Self { kind, uuid, status, commit, created_at, finished_at, skipped, outcome, next }
    }

    fn start(status: DeploymentStatus, skipped: bool) -> Self {
        Self {
            kind: AppKind::Service,
            uuid: None,
            status,
            commit: None,
            created_at: None,
            finished_at: None,
            skipped,
            outcome: None,
            next: None,
        }
    }

    /// Where nothing was begun, and it is not known to have gone well: how to begin it all the same.
    fn name_force(&mut self, uuid: &str) {
        let next = self.next.as_mut().or(self.outcome.as_mut().and_then(Outcome::open_next));
        if let Some(next) = next.filter(|_| self.skipped) {
            let again = format!(r#"apps.deploy {{"uuid":"{uuid}","force":true}}"#);
            *next = format!("{next}; to start it anew: {again}");
        }
    }
}

/// A failure that leaves it open whether something was begun, with the call that tells.
fn doubted(failure: Failure, hint: &str) -> Failure {
    if failure.is_in_doubt() { failure.hint(hint) } else { failure }
}

/// Queues a deployment, and tells a queued one from one that Coolify skipped.
pub(super) async fn deploy(
    coolify: &Coolify,
    app: &Owned<Application>,
    force: bool,
) -> Result<Queued, Failure> {
    if let Deploy::Queued(uuid) = coolify.deploy(app, force).await? {
        let status = DeploymentStatus::Queued;
        let deployment =
            Deployment { uuid, status, commit: None, created_at: None, finished_at: None };
        return Ok(Queued { deployment, skipped: false });
    }
    // The uuid in a skipped answer was never stored: the one that is meant is under way, or was a
    // moment ago.
    let recent: Vec<_> = coolify.deployments(app, RECENT).await?.into_iter().map(view).collect();
    let under_way = recent.iter().find(|each| each.status.is_open());
    let deployment = under_way.or(recent.first()).cloned().ok_or_else(|| {
        Failure::conflict("Coolify skipped the deployment, and none is under way.")
            .hint("Retry with force: true.")
    })?;
    Ok(Queued { deployment, skipped: true })
}

/// What a call to start a service did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Started {
    /// It did not run.
    Anew,
    /// It ran, and was stopped before.
    Again,
    /// Nothing: it was starting, or another call has started it.
    Already,
}

impl Started {
    /// Whether Coolify may still show what ran before.
    fn may_have_run(self) -> bool {
        self != Self::Anew
    }
}

/// Starts a service that was looked at at `seen`, or starts it again as it is written down now.
async fn start(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    seen: Instant,
    pull: bool,
) -> Result<Started, Failure> {
    let state = service.status.state;
    // What nobody has told to start lately, and is starting still, hangs.
    if state == State::Starting && !pull && coolify.is_start_recent(service) {
        return Ok(Started::Already);
    }
    let Some(start) = coolify.permit_start(service, pull, seen) else {
        return Ok(Started::Already);
    };
    generated::before_start(cx, coolify, service).await?;
    let started = tell(coolify, service, state, pull).await?;
    start.accepted();
    Ok(started)
}

async fn tell(
    coolify: &Coolify,
    service: &Owned<Service>,
    state: State,
    pull: bool,
) -> Result<Started, Failure> {
    let is_down = matches!(state, State::Exited | State::Unknown);
    if is_down && !pull {
        let start = coolify.start_service(service).await?;
        return Ok(if start == Start::Queued { Started::Anew } else { Started::Already });
    }
    coolify.restart_service(service, pull).await?;
    Ok(if is_down { Started::Anew } else { Started::Again })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_down_is_new_for_certain() {
        // Another call has just stopped it, perhaps, and Coolify shows it running all the same.
        assert!(Started::Already.may_have_run() && Started::Again.may_have_run());
        assert!(!Started::Anew.may_have_run());
    }
}
