//! Deployments: they move by the time that has passed when somebody looks.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use serde_json::{Map, Value, json};

use super::outcomes::{Condition, Outcome};
use super::probe::{Probe, Target};
use super::resource::{Family, Resource};
use super::state::State;
use super::{Version, compose, errors, git, logs, servers};
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// How many deployments the server keeps queued: `deployment_queue_limit`.
const QUEUE_LIMIT: usize = 25;

/// What it is about, as it was when it was queued.
pub(super) struct Deployment {
    pub(super) id: i64,
    pub(super) uuid: String,
    pub(super) app: String,
    pub(super) app_id: i64,
    pub(super) app_name: String,
    /// The repository or image, with what secrets it holds.
    pub(super) source: String,
    pub(super) branch: String,
    /// What makes it fail, if something does.
    pub(super) failure: Option<String>,
    /// The look at its repository, until it has shown whether something does.
    pub(super) probe: Option<Probe>,
    /// What a test has arranged to come of it.
    pub(super) outcome: Outcome,
    wanted_commit: String,
    pub(super) commit: String,
    force: bool,
    restart_only: bool,
    path: String,
    pub(super) created: Timestamp,
    queued: Instant,
    begins: Instant,
    ends: Instant,
    cancelled: bool,
}

/// What became of a wish to deploy.
pub(super) enum Queued {
    /// It will run.
    Queued { uuid: String, message: String },
    /// One is under way already; the uuid is one that was never stored.
    Skipped { uuid: String, message: &'static str },
}

/// What Coolify says when one of the same commit is under way.
const SKIPPED: &str = "Deployment already queued for this commit.";

impl Deployment {
    pub(super) fn status(&self, now: Instant) -> &'static str {
        match (self.cancelled, self.comes_to_be()) {
            (true, _) => "cancelled-by-user",
            _ if now < self.begins => "queued",
            _ if now < self.ends || self.probe.is_some() => "in_progress",
            (_, None) => "failed",
            (_, Some(_)) => "finished",
        }
    }

    /// How its container will be; none when it fails.
    fn comes_to_be(&self) -> Option<Condition> {
        match &self.outcome {
            Outcome::Finishes(condition) if self.failure.is_none() => Some(*condition),
            _ => None,
        }
    }

    fn is_under_way(&self, now: Instant) -> bool {
        matches!(self.status(now), "queued" | "in_progress")
    }

    /// How much of the work is done, in thousandths; none while it is queued.
    pub(super) fn progress(&self, now: Instant) -> Option<u128> {
        let done = now.checked_duration_since(self.begins)?;
        let whole = self.ends.saturating_duration_since(self.begins).as_micros().max(1);
        Some((done.as_micros() * 1_000 / whole).min(1_000))
    }

    /// The wall clock at a moment of its life.
    pub(super) fn clock(&self, at: Instant) -> Timestamp {
        let since = at.saturating_duration_since(self.queued).as_millis();
        Timestamp::from_millis(self.created.as_millis() + i64::try_from(since).unwrap_or(0))
    }

    /// The wall clock when so much of the work is done.
    pub(super) fn clock_of(&self, thousandths: u128) -> Timestamp {
        let whole = self.ends.saturating_duration_since(self.begins).as_micros();
        let micros = u64::try_from(whole * thousandths / 1_000).unwrap_or(0);
        self.clock(self.begins + Duration::from_micros(micros))
    }

    fn json(&self, now: Instant) -> Value {
        let status = self.status(now);
        let is_over = !self.is_under_way(now);
        let commit = if status == "queued" { &self.wanted_commit } else { &self.commit };
        json!({
            "id": self.id, "deployment_uuid": self.uuid, "application_id": self.app_id.to_string(),
            "application_name": self.app_name, "pull_request_id": 0, "force_rebuild": self.force,
            "commit": commit, "commit_message": null, "status": status, "is_webhook": false,
            "is_api": true, "restart_only": self.restart_only, "rollback": false, "git_type": null,
            "server_id": servers::ID, "server_name": servers::NAME, "destination_id": "0",
            "only_this_server": false, "deployment_url": self.path, "current_process_id": null,
            "logs": logs::of(self, now), "created_at": self.created,
            "updated_at": self.clock(now.min(self.ends)),
            "finished_at": is_over.then(|| self.clock(self.ends)),
        })
    }
}

/// The repository or image of an application, and why deploying it fails.
fn source(one: &Resource) -> (String, Option<String>) {
    if one.text("build_pack") == "dockerimage" {
        let (name, tag) =
            (one.text("docker_registry_image_name"), one.text("docker_registry_image_tag"));
        let failure =
            name.is_empty().then(|| "invalid reference format: the image is empty".to_owned());
        return (format!("{name}:{tag}"), failure);
    }
    let repository = one.text("git_repository");
    (repository.to_owned(), git::clone_failure(repository))
}

/// Where the repository has the compose file; none for other build packs.
fn compose_path(one: &Resource) -> Option<String> {
    let folder = one.text("base_directory").trim_end_matches('/');
    let file = one.text("docker_compose_location");
    (one.text("build_pack") == "dockercompose").then(|| format!("{folder}{file}"))
}

impl State {
    /// Queues a deployment of an application.
    pub(super) fn queue(
        &mut self,
        uuid: &str,
        force: bool,
        restart_only: bool,
    ) -> Result<Queued, Reply> {
        let now = self.now();
        let one = self.find(Family::Application, uuid)?;
        let wanted_commit = one.text("git_commit_sha").to_owned();
        let under_way = |other: &&Deployment| other.app == uuid && other.is_under_way(now);
        let same = self
            .deployments
            .iter()
            .filter(under_way)
            .any(|other| other.wanted_commit == wanted_commit);
        if same && !force {
            return Ok(Queued::Skipped { uuid: random::uuid(), message: SKIPPED });
        }
        if self.deployments.iter().filter(|other| other.status(now) == "queued").count()
            >= QUEUE_LIMIT
        {
            let text =
                "Deployment queue is full. Please wait for existing deployments to complete.";
            return Err(errors::message(429, text).header("Retry-After", &60));
        }
        // One at a time for an application.
        let free = self.deployments.iter().filter(under_way).map(|other| other.ends).max();
        let begins = (now + self.pace).max(free.unwrap_or(now));
        let (source, failure) = source(one);
        let target = Target {
            repository: source.clone(),
            branch: one.text("git_branch").to_owned(),
            commit: wanted_commit.clone(),
            compose: compose_path(one),
        };
        let is_image = one.text("build_pack") == "dockerimage";
        let probe = if failure.is_none() && !is_image {
            Probe::start(target, self.clock.clone(), begins.saturating_duration_since(now))
        } else {
            None
        };
        let outcome = self.outcomes.take(one.name(), uuid);
        let (app_name, app_id, branch) =
            (one.name().to_owned(), one.id, one.text("git_branch").to_owned());
        let deployment = Deployment {
            id: self.id(),
            uuid: random::uuid(),
            app: uuid.to_owned(),
            app_id,
            app_name,
            source,
            branch,
            failure,
            probe,
            outcome,
            commit: if wanted_commit == "HEAD" { random::hex(40) } else { wanted_commit.clone() },
            wanted_commit,
            force,
            restart_only,
            path: String::new(),
            created: random::now(),
            queued: now,
            begins,
            ends: begins + self.pace,
            cancelled: false,
        };
        Ok(self.enqueue(deployment))
    }

    fn enqueue(&mut self, mut deployment: Deployment) -> Queued {
        deployment.path = self.deployment_path(&deployment);
        let message = format!("Application {} deployment queued.", deployment.app_name);
        let queued = Queued::Queued { uuid: deployment.uuid.clone(), message };
        if let (None, Some(condition)) = (&deployment.probe, deployment.comes_to_be()) {
            self.put_up(&deployment.app, deployment.ends, condition, None);
        }
        self.deployments.push(deployment);
        queued
    }

    /// What a deployment of an application that succeeds leaves behind.
    fn put_up(&mut self, app: &str, at: Instant, condition: Condition, file: Option<String>) {
        let Ok(one) = self.find_mut(Family::Application, app) else { return };
        one.put_up(at, condition);
        if one.text("build_pack") != "dockercompose" {
            return;
        }
        if let Some(file) = file {
            one.set("docker_compose_raw", file);
        } else if one.text("docker_compose_raw").is_empty() {
            one.set("docker_compose_raw", compose::FILE);
        }
        if let Ok(file) = compose::File::read(one.text("docker_compose_raw")) {
            self.add_file_volumes(app, &file);
        }
    }

    /// Takes in what looks at repositories have shown.
    pub(super) fn settle_probes(&mut self, now: Instant) {
        let mut up = Vec::new();
        for one in &mut self.deployments {
            let Some(found) = one.probe.as_ref().and_then(Probe::found).cloned() else { continue };
            one.probe = None;
            if one.cancelled {
                continue;
            }
            one.ends = one.ends.max(now);
            match found {
                Ok(found) => {
                    one.commit = found.commit;
                    let up_as = one.comes_to_be().map(|how| (one.app.clone(), how));
                    up.extend(up_as.map(|(app, how)| (app, one.ends, how, found.compose)));
                }
                Err(why) => one.failure = Some(why),
            }
        }
        for (app, at, condition, file) in up {
            self.put_up(&app, at, condition, file);
        }
    }

    /// The path of the deployment's page in Coolify's own interface.
    fn deployment_path(&self, deployment: &Deployment) -> String {
        let app = &deployment.app;
        let id =
            self.find(Family::Application, app).map(|one| one.environment_id).unwrap_or_default();
        let place = self.projects.iter().find_map(|project| {
            let environment = project.environments.iter().find(|one| one.id == id)?;
            Some((project.uuid.as_str(), environment.uuid.as_str()))
        });
        let (project, environment) = place.unwrap_or_default();
        let uuid = &deployment.uuid;
        format!("/project/{project}/environment/{environment}/application/{app}/deployment/{uuid}")
    }
}

/// `GET /deployments`: of the whole team, under way only.
///
/// A filtered PHP collection: in 4.1.2 it kept its keys, so that JSON has an object.
pub(super) fn list(state: &State) -> Reply {
    let now = state.now();
    let under_way = state.deployments.iter().enumerate().filter(|(_, one)| one.is_under_way(now));
    let keyed: Vec<_> = under_way.map(|(at, one)| ((at + 1).to_string(), one.json(now))).collect();
    if state.version == Version::V4_1 && !keyed.is_empty() {
        return Reply::json(200, Value::Object(keyed.into_iter().collect::<Map<_, _>>()));
    }
    Reply::json(200, keyed.into_iter().map(|(_, one)| one).collect())
}

/// `GET /deployments/{uuid}`.
pub(super) fn show(state: &State, uuid: &str) -> Answer {
    let found = state.deployments.iter().find(|one| one.uuid == uuid);
    let found = found.ok_or_else(|| errors::not_found("Deployment"))?;
    Ok(Reply::json(200, found.json(state.now())))
}

/// `GET /deployments/applications/{uuid}`: `{count,deployments}`, newest first; the count is of all.
pub(super) fn of_application(state: &State, request: &Request, uuid: &str) -> Answer {
    state
        .find(Family::Application, uuid)
        .map_err(|_| errors::message(404, "Application not found"))?;
    let (skip, take) = (request.number("skip").unwrap_or(0), request.number("take").unwrap_or(10));
    if take == 0 {
        return Err(errors::invalid(json!({ "take": ["The take field must be at least 1."] })));
    }
    let now = state.now();
    let all = || state.deployments.iter().filter(|one| one.app == uuid);
    let page: Vec<_> = all().rev().skip(skip).take(take).map(|one| one.json(now)).collect();
    Ok(Reply::json(200, json!({ "count": all().count(), "deployments": page })))
}

/// `POST /deployments/{uuid}/cancel`: takes effect, though 4.1.2 then answers 500.
pub(super) fn cancel(state: &mut State, uuid: &str) -> Answer {
    let now = state.now();
    let version = state.version;
    let found = state.deployments.iter_mut().find(|one| one.uuid == uuid);
    let one = found.ok_or_else(|| errors::not_found("Deployment"))?;
    if !one.is_under_way(now) {
        let status = one.status(now);
        let text = format!("Deployment cannot be cancelled. Current status: {status}");
        return Err(errors::message(400, &text));
    }
    one.cancelled = true;
    let (app, ends) = (one.app.clone(), one.ends);
    one.ends = now;
    if let Ok(app) = state.find_mut(Family::Application, &app) {
        app.put_down(ends);
    }
    if version == Version::V4_1 {
        return Err(errors::server_error());
    }
    let text = "Deployment cancelled successfully.";
    Ok(Reply::json(
        200,
        json!({ "message": text, "deployment_uuid": uuid, "status": "cancelled-by-user" }),
    ))
}
