//! `apps.get`.

use std::iter;

use covibe_compose::sent_form;
use covibe_coolify::{Application, RunState, Service};
use covibe_domain::entities::{App, AppKind, KeyAccess};
use covibe_domain::{AppUuid, Deployable, Failure, Kind, Revealed, Secret};
use covibe_operation::cookbook::reference;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Hosted, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apps::app_entity::{self, RoutedContainer};
use crate::apps::errors::{file_for_readers, invisible_file};
use crate::apps::manage::runtime_settings::{self, ShownCheck, VolumeInput};
use crate::apps::repository::followed_branch::{LastPush, ShownBranch};
use crate::apps::settings::Settings;
use crate::container_limits::ShownLimits;
use crate::own_repository::released_repositories;
use crate::queued_deployments::place;
use crate::resource_state::sight;

/// Get one app: status, health, URL, domains, and every setting of apps.create and apps.update (unset ones are left
/// out); a compose app's services. For envs: apps.envs.list; for files: repos.read.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetApp {
    uuid: AppUuid,
    /// `compose` also returns the compose file, ready for composeRaw of apps.update.
    #[serde(default)]
    #[schemars(length(max = 1))]
    include: Option<Vec<Include>>,
}

/// The optional parts of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AppInclude")]
enum Include {
    Compose,
}

/// An app and its containers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AppDetails")]
pub(crate) struct Details {
    #[serde(flatten)]
    app: App,
    #[serde(flatten)]
    settings: Settings,
    /// The number of restarts by Docker since the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    restarts: Option<u64>,
    /// The exit code of its container's last run, if that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    exit_code: Option<i64>,
    /// The services of its compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<RoutedContainer>,
    /// The compose file as apps.update takes it; may contain secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"services:\n  web:\n    image: nginx:1.27\n")]
    compose_raw: Option<Revealed>,
    /// The folders that outlast deployments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<VolumeInput>,
    /// The health check that Coolify performs, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    health_check: Option<ShownCheck>,
    /// The limits of its container.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<ShownLimits>,
    /// True if a push to its branch deploys it.
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_deploy: Option<bool>,
    /// The watched files and folders: a push deploys only if it changes one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["apps/web"])]
    watch_paths: Vec<String>,
    /// The last push to its branch, or the branch's tip when the app began to follow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_push: Option<LastPush>,
    /// True if the last pushed commit is not the one that was deployed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<bool>,
    /// Notes on the app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["The app has no health check."])]
    hints: Vec<String>,
}

/// Returns the number of times that Docker restarted the container, as Coolify reports it.
fn reported_restarts(app: &Application) -> Option<u64> {
    app.restart_count.and_then(|count| u64::try_from(count).ok())
}

/// Returns a hint if Coolify has stopped the app for crashing.
fn gave_up_hint(app: &Application) -> Option<String> {
    let count = app.restart_count.filter(|_| app.is_given_up())?;
    Some(format!(
        "Coolify stopped the app after {count} crashes and removed its container together with the \
         log. Correct the cause, then call apps.deploy; {} explains how to find it.",
        reference("keeps-restarting")
    ))
}

impl Operation<Workspace> for GetApp {
    const SPEC: Spec = Spec::read("apps.get", Route::get("/apps/{uuid}"));

    type Output = Details;

    async fn run(self, cx: &Workspace) -> Result<Details, Failure> {
        let coolify = cx.coolify().await?;
        let found = coolify.app(&self.uuid).await?;
        let asks_file = self.include.is_some_and(|asked| asked.contains(&Include::Compose));
        if asks_file && cx.access() == KeyAccess::Read {
            return Err(file_for_readers());
        }
        let sight = sight(&coolify, &Hosted::App(found.clone())).await;
        let mut app = app_entity::as_seen(&found, &sight);
        let is_hand_made = coolify.is_app_hand_made(&found).await?;
        if is_hand_made {
            app.kind = AppKind::Other;
        }
        let mut details = Details::from_app(app);
        match &found {
            AnyApp::Application(app) => {
                let no_file = if app.is_compose() { FILE_IN_REPOSITORY } else { NO_FILE };
                details.hints.extend(asks_file.then(|| no_file.to_owned()));
                details.exit_code = sight.exit_code;
                let restarts = sight.restarts.or_else(|| reported_restarts(app));
                details.restarts = restarts.filter(|count| *count > 0);
                let is_up = matches!(sight.status.state, RunState::Running | RunState::Starting);
                details.hints.extend(gave_up_hint(app).filter(|_| !is_up));
                details.volumes = volumes(&coolify, app).await?;
                let mut released = released_repositories(cx, iter::once(&**app)).await?;
                details.app.repo = details.app.repo.or_else(|| released.remove(&app.uuid));
                details.health_check = ShownCheck::from_application(app);
                details.limits = ShownLimits::read(app);
                // The settings of an operator's app may contain the operator's secrets.
                if !is_hand_made {
                    details.settings = Settings::read(app, cx.access());
                }
                details.show_pushes(cx, app).await?;
            }
            AnyApp::Service(service) => {
                details.services = app_entity::routed_containers(service, &sight);
                let resource = Deployable::Service(service.uuid.clone());
                let waiting = coolify.waiting_start(&resource).await?;
                details.hints.extend(waiting.as_ref().map(place));
                if !is_hand_made {
                    let description = service.description.text.as_deref();
                    details.settings = Settings::from_description(description, cx.access());
                }
                if asks_file && is_hand_made {
                    details.hints.push(FOREIGN_FILE.to_owned());
                } else if asks_file {
                    details.compose_raw = Some(file(cx, service).await?);
                }
            }
        }
        Ok(details)
    }
}

/// The hint for an app without a compose file.
const NO_FILE: &str = "The app was not created from a compose file, so it does not have one.";

/// The hint for an app whose compose file is in its repository.
const FILE_IN_REPOSITORY: &str =
    "The app's compose file is in its repository: repos.read returns it.";

/// The hint for an app that an operator created: its compose file is not returned, because its passwords may be the
/// operator's.
const FOREIGN_FILE: &str =
    "An operator created the app by hand, so its compose file is not returned.";

/// Returns the compose file of a service as apps.update takes it.
async fn file(cx: &Workspace, service: &Service) -> Result<Revealed, Failure> {
    let stored = service.compose().ok_or_else(invisible_file)?.to_owned();
    let rules = cx.settings().compose.clone();
    let sent = cx.run_judgement(move || sent_form(&stored, &rules).unwrap_or(stored)).await?;
    Ok(Revealed::new(Secret::new(sent)))
}

impl Details {
    fn from_app(app: App) -> Self {
        Self {
            app,
            settings: Settings::default(),
            restarts: None,
            exit_code: None,
            services: Vec::new(),
            compose_raw: None,
            volumes: Vec::new(),
            health_check: None,
            limits: None,
            auto_deploy: None,
            watch_paths: Vec::new(),
            last_push: None,
            behind: None,
            hints: Vec::new(),
        }
    }
}

impl Details {
    /// Adds the state of pushes. An app that an operator created follows no branch until apps.update says so.
    async fn show_pushes(&mut self, cx: &Workspace, app: &Application) -> Result<(), Failure> {
        if app.runs_image() {
            return Ok(());
        }
        let Some(branch) = cx.following().for_app(&app.uuid).await? else {
            self.auto_deploy = Some(false);
            return Ok(());
        };
        let shown = ShownBranch::new(branch, cx.client().reader);
        let ShownBranch { auto_deploy, watch_paths, last_push, behind } = shown;
        self.auto_deploy = Some(auto_deploy);
        self.watch_paths = watch_paths;
        self.last_push = last_push;
        self.behind = behind;
        Ok(())
    }
}

/// Returns the volumes of an application; empty if its compose file declares them, or Coolify is too old for them.
async fn volumes(coolify: &Coolify, app: &Owned<Application>) -> Result<Vec<VolumeInput>, Failure> {
    if app.is_compose() {
        return Ok(Vec::new());
    }
    match coolify.recent_volumes(app).await {
        Ok(present) => Ok(runtime_settings::volume_inputs(present)),
        Err(failure) if failure.kind == Kind::Unready => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}
