//! The docker host's evidence on the containers that a deployment or start created.
//!
//! It shows what Coolify does not, or only a minute later: that Docker restarts a container repeatedly, the exit code
//! of its program, and its output. It never blocks: without a host, or with one that does not answer, the verdict rests
//! on Coolify alone.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use covibe_docker_host::{ContainerId, Status};
use covibe_domain::{DeploymentUuid, Failure, Kind};
use covibe_workspace::{Coolify, ForeignLabel, Hosted, OnHost, OwnContainer, Workspace};
use tokio::time::timeout;

use super::container_facts::ContainerState;
use super::crashed_containers::{Crashed, Evidence, read_logs};
use super::started_containers::{MAX_CONTAINERS, StartedContainers, may_run, newest};
use super::verdict_kind::Verdict;
use crate::container_access::{InspectedContainer, foreign_labels, inspect_containers};

/// The longest time that the host gets for an answer; a call with little time left gives it less.
const PATIENCE: Duration = Duration::from_secs(3);

/// The time that a host that did not answer is left alone at first. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest time that it is left alone.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The warning if the host could not be asked.
const NOT_ASKED: &str = "The docker host does not answer, so the result is based on Coolify's \
                         report, without restarts, exit codes and logs. apps.logs returns them once \
                         the host answers again.";

/// The docker host of an app, auth provider or database, and its last answers.
pub(crate) struct Witness<'a> {
    pub(super) cx: &'a Workspace,
    coolify: &'a Coolify,
    pub(super) resource: Hosted,
    /// The host; `None` if there is none.
    pub(super) host: Option<OnHost>,
    /// True if it did not answer the last time.
    is_lost: bool,
    /// The time that it is left alone then, and its end.
    pause: Duration,
    asked_again_at: Option<Instant>,
    /// True if containers may have run before the start.
    ran_before: bool,
    /// True if the start was under way before.
    joins_start: bool,
    /// The containers, as docker showed them last beside those from before the start.
    pub(super) started: StartedContainers<ContainerId>,
    /// The newest container of each service, as it was seen last.
    pub(super) seen: Vec<InspectedContainer>,
    /// The judgement on their labels.
    pub(super) judged: LabelJudgement,
}

impl<'a> Witness<'a> {
    /// Creates the witness of a deployment that has ended, or of a first start: the newest container is the one that it
    /// created.
    pub(crate) async fn after_start(
        cx: &'a Workspace,
        coolify: &'a Coolify,
        resource: Hosted,
    ) -> Self {
        let mut new = Self {
            cx,
            coolify,
            ran_before: false,
            started: StartedContainers::of_resource(&resource),
            resource,
            host: None,
            is_lost: false,
            pause: Duration::ZERO,
            asked_again_at: None,
            joins_start: false,
            seen: Vec::new(),
            judged: LabelJudgement::default(),
        };
        let found = tokio::time::timeout(new.patience(), coolify.on_host(&new.resource)).await;
        match found {
            Ok(Ok(host)) => new.host = host,
            Ok(Err(_)) | Err(_) => new.is_lost = true,
        }
        new
    }

    /// Creates the witness of a start that is about to be requested. It notes the containers that the start is to
    /// replace: until then, their state says nothing about it.
    pub(crate) async fn before_start(
        cx: &'a Workspace,
        coolify: &'a Coolify,
        resource: Hosted,
    ) -> Self {
        let mut new = Self::after_start(cx, coolify, resource).await;
        let containers = new.ask_host(async |host| host.containers().await).await;
        let ran_before = containers.as_ref().map(|before| !before.is_empty());
        new.ran_before = ran_before.unwrap_or_else(|| may_run(coolify, &new.resource));
        let ids = |all: Vec<OwnContainer>| all.iter().map(|one| one.id().clone()).collect();
        new.started.note_before(containers.map(ids));
        new
    }

    /// Takes the newest container for the one of a deployment that has ended.
    pub(super) fn note_end(&mut self) {
        self.started.note_before(Some(HashSet::new()));
    }

    /// Returns whether there is a host that answered the last question.
    pub(super) fn answers(&self) -> bool {
        self.host.is_some() && !self.is_lost
    }

    /// Notes that another call requested the start: the containers that it replaces are not known.
    pub(crate) fn note_late_start(&mut self) {
        self.started.note_before(None);
        self.joins_start = true;
    }

    /// Returns whether the start that is followed was under way before.
    pub(super) fn joins_start(&self) -> bool {
        self.joins_start
    }

    /// Looks at the newest container of each service, and at the labels that the new ones have from their
    /// images.
    pub(super) async fn look_at_containers(&mut self) {
        let is_compose = self.resource.is_compose();
        let newest = async |host: &OnHost| {
            let all = host.containers().await?;
            let ids: Vec<_> = all.iter().map(|one| one.id().clone()).collect();
            let mut newest = newest(is_compose, all);
            newest.truncate(MAX_CONTAINERS);
            Ok((inspect_containers(host, newest).await?, ids))
        };
        let seen = self.ask_host(newest).await;
        let has_failed = seen.is_none() && self.host.is_some();
        let shown = |held: &[InspectedContainer]| held.iter().map(ContainerState::from).collect();
        self.started.note_look(seen.as_ref().map(|(held, ids)| (shown(held), ids.as_slice())));
        self.seen = seen.map(|(held, _)| held).unwrap_or_default();
        if has_failed {
            self.judged = LabelJudgement { foreign: Vec::new(), has_failed };
        } else {
            self.judge().await;
        }
    }

    /// Returns whether the container in which Coolify carries out a deployment runs; `None` if that is not known.
    pub(super) async fn has_helper(&mut self, deployment: &DeploymentUuid) -> Option<bool> {
        self.ask_host(async |host| host.has_helper(deployment).await).await.flatten()
    }

    /// Judges the labels of the new containers that were seen.
    async fn judge(&mut self) {
        let Some(host) = &self.host else { return };
        let may_be_new = |one: &InspectedContainer| self.started.may_be_new(one.container.id());
        let new = self.seen.iter().enumerate().filter(|(_, one)| may_be_new(one));
        let new = new.map(|(place, one)| (place, one.container.clone())).collect();
        let (coolify, resource, patience) = (self.coolify, &self.resource, self.patience());
        self.judged = LabelJudgement::judge(coolify, host, resource, new, patience).await;
    }

    /// Returns whether containers may have run before the start.
    pub(super) fn ran_before(&self) -> bool {
        self.ran_before
    }

    /// Returns the evidence for this verdict: unless the app runs, the containers that crashed, with the last lines
    /// that they printed.
    pub(super) async fn collect_evidence(&self, verdict: Verdict) -> Evidence {
        if verdict == Verdict::Rejected {
            return Evidence::default();
        }
        let lost = self.is_lost.then_some(NOT_ASKED);
        let unjudged = self.judged.has_failed.then_some(UNJUDGED);
        let warnings: Vec<_> = lost.into_iter().chain(unjudged).map(str::to_owned).collect();
        let is_new = |one: &InspectedContainer| self.started.is_certainly_new(one.container.id());
        let is_troubled = |one: &&InspectedContainer| is_new(one) && self.is_troubled(one, verdict);
        let troubled: Vec<_> = self.seen.iter().filter(is_troubled).collect();
        let (Some(host), false) = (&self.host, verdict.is_up() || troubled.is_empty()) else {
            return Evidence { warnings, ..Evidence::default() };
        };
        let crashed: Vec<_> =
            troubled.iter().map(|one| Crashed::from_container(&self.resource, one)).collect();
        let containers = troubled.iter().map(|one| one.container.clone()).collect();
        let evidence = Evidence { crashed, warnings, note: None };
        let reading = read_logs(self.cx, self.coolify, &self.resource, host, containers);
        // Boxed because the future is large.
        let read = tokio::time::timeout(self.patience(), Box::pin(reading)).await;
        evidence.with_logs(read.ok().and_then(Result::ok))
    }

    /// Asks the host; `None` without an answer. After a failure it is left alone for a while.
    async fn ask_host<T>(
        &mut self,
        question: impl AsyncFnOnce(&OnHost) -> Result<T, Failure>,
    ) -> Option<T> {
        let is_due = self.asked_again_at.is_none_or(|at| at <= Instant::now());
        let host = self.host.as_ref().filter(|_| is_due)?;
        match tokio::time::timeout(self.patience(), question(host)).await {
            Ok(Ok(told)) => {
                (self.is_lost, self.pause) = (false, Duration::ZERO);
                return Some(told);
            }
            // Others use it at the moment.
            Ok(Err(failure)) if failure.kind == Kind::Limited => {}
            Ok(Err(_)) | Err(_) => {
                self.is_lost = true;
                self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                self.asked_again_at = Some(Instant::now() + self.pause);
            }
        }
        None
    }

    /// Returns the longest time of a question, which leaves time for the answer of the call.
    fn patience(&self) -> Duration {
        let left = self.cx.deadline().saturating_duration_since(Instant::now());
        PATIENCE.min(left / 4)
    }

    /// Returns whether a container has a problem. While there is no verdict, one that never ran may wait for another
    /// one.
    fn is_troubled(&self, one: &InspectedContainer, verdict: Verdict) -> bool {
        let state = &one.state;
        let is_job = self.started.is_job(one.container.service());
        let has_failed = match state.status {
            Status::Restarting | Status::Dead => true,
            Status::Exited => state.exit_code != 0 || !is_job,
            Status::Created => !is_job && matches!(verdict, Verdict::Crashing | Verdict::Failed),
            _ => false,
        };
        has_failed || state.restart_count > 0 || state.out_of_memory
    }
}

/// The warning if the labels of containers could not be looked at.
const UNJUDGED: &str = "The labels that the containers have from their images could not be \
                        checked. If the server finds later that the proxy acts on one, it stops \
                        the container.";

/// The judgement on the labels of the new containers.
#[derive(Debug, Default)]
pub(super) struct LabelJudgement {
    /// The labels that they may not have, with their indices among the containers that were seen.
    pub(super) foreign: Vec<(usize, ForeignLabel)>,
    /// True if the last look at them failed.
    pub(super) has_failed: bool,
}

impl LabelJudgement {
    /// Judges the labels of containers, each with its index.
    pub(super) async fn judge(
        coolify: &Coolify,
        host: &OnHost,
        resource: &Hosted,
        containers: Vec<(usize, OwnContainer)>,
        patience: Duration,
    ) -> Self {
        let (places, containers): (Vec<_>, _) = containers.into_iter().unzip();
        let judging = foreign_labels(coolify, host, resource, containers);
        // Boxed because the future is large.
        let Ok(Ok(labels)) = timeout(patience, Box::pin(judging)).await else {
            return Self { foreign: Vec::new(), has_failed: true };
        };
        let foreign = places.into_iter().zip(labels);
        let foreign = foreign.filter_map(|(place, label)| Some((place, label?))).collect();
        Self { foreign, has_failed: false }
    }
}
