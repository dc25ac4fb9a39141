//! `apps.deploy`.

mod answer;
mod compose_app_start;
mod queued_deployments;

use std::time::Instant;

use covibe_coolify::{Application, Service};
use covibe_domain::entities::{AppKind, DeploymentStatus};
use covibe_domain::{AppUuid, Failure, KeyedTurn, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Build, Coolify, Hosted, JudgedCommit, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use self::answer::Deployed;
use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::errors::{app_without_commits, app_without_file, file_without_code};
use crate::apps::repository::followed_branch::note_deployed;
use crate::apps::repository::repository_build::{judge_next, judge_older};
use crate::apps::run::deployments::view;
use crate::deployment_verdict;
use crate::image_checks::check_stored_image;
use crate::queued_deployments::until_begun;

pub(in crate::apps) use self::compose_app_start::{StartEffect, WantedStart, start};
pub use self::queued_deployments::Deployments;
pub(in crate::apps) use self::queued_deployments::{Queued, queue};

/// Deploy an app, roll it back to an older commit, or (re)start a compose app with its current settings.
/// Returns at once: poll apps.deployments, or pass wait for a verdict.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeployApp {
    uuid: AppUuid,
    /// The Git commit, such as `4f2c1d9`; an older one rolls back. The app stays on it until the next push or deploy.
    /// Default: the one set by apps.update, else the branch's newest.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9a-f]{7,64}$"))]
    #[schemars(extend("x-rule" = "the hash of a commit: 7 to 64 digits of 0-9 and a-f, like 4f2c1d9"))]
    #[schemars(example = &"4f2c1d9a7be0")]
    commit: Option<String>,
    /// Volumes whose mounts this commit's compose file may replace. They keep their data.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(max = 255)), example = vec!["data"])]
    confirm_volumes: Vec<String>,
    /// Build without cache, or pull the images again. Default: false.
    #[serde(default)]
    force: Option<bool>,
    /// Return once it runs or fails, or after 10 minutes. Default: false.
    #[serde(default)]
    wait: Option<bool>,
}

impl Operation<Workspace> for DeployApp {
    const SPEC: Spec = Spec::write("apps.deploy", Route::post("/apps/{uuid}/deploy")).waits("wait");

    type Output = Deployed;

    async fn run(self, cx: &Workspace) -> Result<Deployed, Failure> {
        let coolify = cx.coolify().await?;
        let read_at = Instant::now();
        let turn = coolify.source_turn(&self.uuid).await;
        match coolify.app(&self.uuid).await? {
            AnyApp::Application(app) => self.deploy(cx, &coolify, &app, turn).await,
            AnyApp::Service(_) if self.commit.is_some() => {
                Err(app_without_commits("a compose file"))
            }
            AnyApp::Service(_) if !self.confirm_volumes.is_empty() => Err(file_without_code()),
            AnyApp::Service(service) => {
                drop(turn);
                self.start(cx, &coolify, &service, read_at).await
            }
        }
    }
}

impl DeployApp {
    fn forces(&self) -> bool {
        self.force.unwrap_or_default()
    }

    /// Deploys an application, and gives its turn back before it waits.
    async fn deploy(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
        turn: KeyedTurn,
    ) -> Result<Deployed, Failure> {
        let confirmed = self.confirm_volumes.as_slice();
        if app.is_compose() {
            check_compose_repositories(cx)?;
        } else if !confirmed.is_empty() {
            return Err(app_without_file());
        }
        let judged = match &self.commit {
            Some(_) if app.runs_image() => return Err(app_without_commits("an image")),
            Some(hash) => Some(judge_older(cx, coolify, app, (hash, confirmed)).await?),
            None if app.runs_image() => None,
            None => Some(judge_next(cx, coolify, app, confirmed).await?),
        };
        let build = judged.as_ref().map_or(Build::Image, Build::Commit);
        check_app_image(cx, app).await?;
        let queued = queue(coolify, app, build, self.forces()).await.map_err(|failure| {
            hint_if_in_doubt(failure, "A deployment may be queued: check apps.deployments first.")
        })?;
        if let Some(judged) = &judged {
            let commit = judged.source().commit.as_str();
            let is_tip = self.commit.is_none() && judged.source().follows_branch;
            let at_tip = is_tip.then_some(&queued.deployment.uuid);
            let noted = note_deployed(cx, &app.uuid, commit, at_tip).await;
            noted.map_err(Failure::in_doubt)?;
        }
        drop(turn);
        let warning = queued.warning(&app.uuid);
        let (uuid, skipped) = (queued.deployment.uuid.clone(), queued.skipped);
        let mut deployed = Deployed::for_deployment(queued.deployment, skipped);
        if self.wait == Some(true) {
            let (last, outcome) = deployment_verdict::application(cx, coolify, app, &uuid).await;
            if let Some(last) = last {
                deployed = Deployed::for_deployment(view(last), skipped);
            }
            deployed.outcome = Some(outcome);
        } else {
            let uuid = &app.uuid;
            let poll = format!(
                r#"poll apps.deployments {{"uuid":"{uuid}"}} until the status is finished or failed"#
            );
            deployed.next = Some(poll);
        }
        deployed.suggest_force(app.uuid.as_str());
        deployed.warn(warning);
        let volumes = judged.iter().flat_map(JudgedCommit::warnings).cloned();
        volumes.for_each(|warning| deployed.warn(Some(warning)));
        Ok(deployed)
    }

    /// Starts or restarts a compose app that was read at `read_at`.
    async fn start(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
        read_at: Instant,
    ) -> Result<Deployed, Failure> {
        let mut witness = None;
        if self.wait == Some(true) {
            let resource = Hosted::App(AnyApp::Service(service.clone()));
            witness = Some(deployment_verdict::Witness::before_start(cx, coolify, resource).await);
        }
        let wanted = WantedStart { read_at, pulls: self.forces(), restarts: false, place: None };
        let started = start(cx, coolify, service, wanted).await;
        let started = started.map_err(|failure| {
            hint_if_in_doubt(failure, "The app may be starting: check apps.get first.")
        })?;
        let skipped = matches!(started, StartEffect::Skipped);
        let status = if skipped { DeploymentStatus::InProgress } else { DeploymentStatus::Queued };
        let mut deployed = Deployed::new(AppKind::Service, status, skipped);
        let mut waiting = match started {
            StartEffect::Waits(waiting) => Some(waiting),
            _ => None,
        };
        if witness.is_some()
            && let Some(waits) = waiting.take()
        {
            waiting = until_begun(cx, coolify, waits).await?;
        }
        if let Some(waiting) = waiting {
            deployed = Deployed::for_waiting_start(AppKind::Service, waiting);
        } else if let Some(mut witness) = witness {
            if skipped {
                witness.note_late_start();
            }
            let outcome = deployment_verdict::start(cx, coolify, witness).await;
            deployed.status = outcome.verdict().as_start_status();
            deployed.outcome = Some(outcome);
        } else {
            let uuid = &service.uuid;
            deployed.next =
                Some(format!(r#"poll apps.get {{"uuid":"{uuid}"}} until the status is running"#));
        }
        deployed.suggest_force(service.uuid.as_str());
        Ok(deployed)
    }
}

/// Checks that the registry has the image of an app that runs one.
///
/// # Errors
///
/// Rejected if the registry lacks it.
pub(super) async fn check_app_image(cx: &Workspace, app: &Application) -> Result<(), Failure> {
    let image = app.image().filter(|_| app.runs_image());
    check_stored_image(cx, "The image of the app", image.as_deref()).await.map(drop)
}

/// Adds a hint to a failure that leaves open whether anything was started. What was refused was not.
fn hint_if_in_doubt(failure: Failure, hint: &str) -> Failure {
    let is_open = failure.is_in_doubt() && failure.kind != Kind::Rejected;
    if is_open { failure.hint(hint) } else { failure }
}
