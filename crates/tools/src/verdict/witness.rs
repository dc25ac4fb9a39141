//! What the docker host tells of the containers that a deployment or start made.
//!
//! It tells what Coolify does not, or only a minute later: that docker starts a container again and
//! again, with which code its program ended, and what it printed. It never stands in the way: without a host,
//! or with one that does not answer, the verdict rests on Coolify alone.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use covibe_coolify::Live;
use covibe_docker_host::{self as docker, ContainerId, Status};
use covibe_domain::{Failure, Kind};
use covibe_workspace::{Coolify, Hosted, OnHost, OwnContainer, Workspace};

use super::crashed::{Crashed, Evidence, read_logs};
use super::fault::Fault;
use super::judged::{Judged, UNJUDGED};
use super::kind::Verdict;
use super::together::{Together, checks, live, may_run, newest};
use crate::on_host::{Held, held};

/// The longest time that the host gets for an answer; a call with little time left gives it less.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long a host that did not answer is left alone at first. Each further time doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How long it is left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The maximum number of containers that are looked at.
const MAX_CONTAINERS: usize = 30;

/// What is told if the host could not be asked.
const NOT_ASKED: &str = "The docker host does not answer, so the verdict rests on what Coolify tells, and \
    restarts, exit codes and logs are missing. apps.logs returns them once it answers again.";

/// The docker host of an app, auth provider or database, and what it told.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Witness<'a> {
    pub(super) cx: &'a Workspace,
    coolify: &'a Coolify,
    pub(super) resource: Hosted,
    /// The services that are to run on, and those that end by themselves; none of what has one container.
    lasting: Vec<String>,
    jobs: Vec<String>,
    /// None if there is none.
    pub(super) host: Option<OnHost>,
    /// Whether it did not answer the last time.
    is_lost: bool,
    /// How long it is left alone then, and until when.
    pause: Duration,
    asked_again_at: Option<Instant>,
    /// Whether it answered the last look.
    has_looked: bool,
    /// Whether containers may have run before the start.
    ran_before: bool,
    /// Whether the start was under way before.
    joins_start: bool,
    /// The containers that the start replaces, if they are known.
    before: Option<HashSet<ContainerId>>,
    /// The newest container of each service, as it was seen last.
    pub(super) seen: Vec<Held>,
    /// Whether one from before the start was there, too.
    has_old: bool,
    /// What is known of their labels.
    pub(super) judged: Judged,
}

impl<'a> Witness<'a> {
    /// Creates the one of a deployment that has ended, or of a first start: the newest container is the one that it made.
    pub(crate) async fn after(cx: &'a Workspace, coolify: &'a Coolify, resource: Hosted) -> Self {
        let (lasting, jobs, before) = (resource.lasting(), resource.jobs(), Some(HashSet::new()));
        let mut new = Self {
            cx,
            coolify,
            ran_before: may_run(coolify, &resource),
            resource,
            lasting,
            jobs,
            host: None,
            is_lost: false,
            pause: Duration::ZERO,
            asked_again_at: None,
            has_looked: false,
            joins_start: false,
            before,
            seen: Vec::new(),
            has_old: false,
            judged: Judged::default(),
        };
        let found = tokio::time::timeout(new.patience(), coolify.on_host(&new.resource)).await;
        match found {
            Ok(Ok(host)) => new.host = host,
            Ok(Err(_)) | Err(_) => new.is_lost = true,
        }
        new
    }

    /// Creates the one of a start that is about to be made. It notes the containers that the start is to
    /// replace: until then, what they do says nothing of it.
    pub(crate) async fn before(cx: &'a Workspace, coolify: &'a Coolify, resource: Hosted) -> Self {
        let mut new = Self::after(cx, coolify, resource).await;
        let containers = new.ask(async |host| host.containers().await).await;
        let ids = |all: Vec<OwnContainer>| all.iter().map(|one| one.id().clone()).collect();
        new.before = containers.map(ids);
        new.ran_before = new.before.as_ref().map_or(new.ran_before, |before| !before.is_empty());
        new
    }

    /// Takes the newest container for the one that a deployment made, which has ended.
    pub(super) fn note_end(&mut self) {
        self.before = Some(HashSet::new());
    }

    /// Returns whether there is a host that answered the last question.
    pub(super) fn answers(&self) -> bool {
        self.host.is_some() && !self.is_lost
    }

    /// Returns whether the host answered the last look.
    pub(super) fn has_looked(&self) -> bool {
        self.has_looked
    }

    /// Returns whether a deployment is about to end, as far as its containers show: the new one runs, its health check
    /// has answered, and the old one is gone.
    pub(super) fn nears_end(&self) -> bool {
        let is_ready = |one: &Held| one.state.health != Some(docker::Health::Starting);
        let mut new = self.seen.iter().filter(|one| self.is_certainly_new(one));
        !self.has_old && new.any(is_ready)
    }

    /// Notes that another call made the start: which containers it replaces is not known.
    pub(crate) fn is_late(&mut self) {
        (self.before, self.joins_start) = (None, true);
    }

    /// Returns whether the start that is followed was under way before.
    pub(super) fn joins_start(&self) -> bool {
        self.joins_start
    }

    /// Looks at the newest container of each service, and at the labels that the new ones have from their
    /// images.
    pub(super) async fn look(&mut self) {
        let is_compose = self.resource.is_compose();
        let before = self.before.clone().unwrap_or_default();
        let newest = async |host: &OnHost| {
            let all = host.containers().await?;
            let has_old = all.iter().any(|one| before.contains(one.id()));
            let mut newest = newest(is_compose, all);
            newest.truncate(MAX_CONTAINERS);
            Ok((held(host, newest).await?, has_old))
        };
        // What an earlier look showed may be over.
        let seen = self.ask(newest).await;
        self.has_looked = seen.is_some();
        let has_failed = seen.is_none() && self.host.is_some();
        (self.seen, self.has_old) = seen.unwrap_or_default();
        if has_failed {
            self.judged = Judged { foreign: Vec::new(), has_failed };
        } else {
            self.judge().await;
        }
    }

    /// Judges the labels of the new containers that were seen.
    async fn judge(&mut self) {
        let Some(host) = &self.host else { return };
        let new = self.seen.iter().enumerate().filter(|(_, one)| self.may_be_new(one));
        let new = new.map(|(place, one)| (place, one.container.clone())).collect();
        let (coolify, resource, patience) = (self.coolify, &self.resource, self.patience());
        self.judged = Judged::of(coolify, host, resource, new, patience).await;
    }

    /// Returns what docker says against the new containers.
    pub(super) fn fault(&self) -> Option<Fault> {
        let new = self.seen.iter().filter(|one| self.is_certainly_new(one));
        new.filter_map(|one| Fault::of(&one.state, self.is_job(one))).max()
    }

    /// Returns whether containers may have run before the start.
    pub(super) fn ran_before(&self) -> bool {
        self.ran_before
    }

    /// Returns whether containers ran before the start, and all of them are gone.
    pub(super) fn has_removed_all(&self) -> bool {
        let before = self.before.as_ref().filter(|before| !before.is_empty());
        let is_there = |id| self.seen.iter().any(|one| one.container.id() == id);
        self.has_looked && before.is_some_and(|before| !before.iter().any(is_there))
    }

    /// Returns whether a container was seen that the start made.
    pub(super) fn has_new(&self) -> bool {
        self.seen.iter().any(|one| self.is_certainly_new(one))
    }

    /// Returns whether the new container of a service runs, if that was seen.
    pub(super) fn live(&self, service: &str) -> Option<Live> {
        let is_it = |one: &&Held| one.container.service() == service && self.is_certainly_new(one);
        self.seen.iter().find(is_it).and_then(live)
    }

    /// Returns what an application's container does, in the words of Coolify; `None` if the last look failed.
    pub(super) fn application(&self) -> Option<Live> {
        self.has_looked.then(|| self.seen.first().map_or(Some(Live::Stopped), live)).flatten()
    }

    /// Returns what the containers are together, as far as the start made them: those that are to run on, or else
    /// those that end by themselves. `None` if the last look failed, or if it is not known what there was before.
    pub(super) fn together(&self) -> Option<Together> {
        if !self.has_looked || self.before.is_none() {
            return None;
        }
        if !self.resource.is_compose() {
            return Some(Together::from_states(&[self.only()], checks(self.seen.iter())));
        }
        if self.lasting.is_empty() {
            return (!self.jobs.is_empty()).then(|| self.jobs_together());
        }
        let all: Vec<_> = self.lasting.iter().map(|name| self.live_of(name)).collect();
        let own = |one: &&Held| self.lasting.iter().any(|name| name == one.container.service());
        Some(Together::from_states(&all, checks(self.seen.iter().filter(own))))
    }

    /// Returns what the one container does; `None` if it waits to be replaced.
    fn only(&self) -> Option<Live> {
        match self.seen.first() {
            Some(one) if self.is_certainly_new(one) => live(one),
            Some(_) => None,
            None => Some(Live::Absent),
        }
    }

    /// Returns what the container of a service does; `None` if it waits to be replaced, or may be one of those that were
    /// not looked at.
    fn live_of(&self, service: &str) -> Option<Live> {
        match self.seen.iter().find(|one| one.container.service() == service) {
            Some(one) if self.is_certainly_new(one) => live(one),
            Some(_) => None,
            None => (self.seen.len() < MAX_CONTAINERS).then_some(Live::Absent),
        }
    }

    /// Returns what services are together that all end by themselves.
    fn jobs_together(&self) -> Together {
        let has_ended_well = |name: &String| {
            let mut own = self.seen.iter().filter(|one| one.container.service() == name);
            own.any(|one| {
                let state = &one.state;
                self.is_certainly_new(one) && state.status == Status::Exited && state.exit_code == 0
            })
        };
        let has_completed = self.jobs.iter().all(has_ended_well);
        Together { live: None, is_whole: true, checks: None, has_completed }
    }

    /// Returns how often docker restarted a container at most; none if the host was not asked.
    pub(super) fn restarts(&self) -> Option<i64> {
        let counts = self.seen.iter().filter(|one| self.is_certainly_new(one));
        let most = counts.map(|one| one.state.restart_count).max()?;
        Some(i64::try_from(most).unwrap_or(i64::MAX))
    }

    /// Returns what is to be told of it with this verdict: unless the app runs, the containers that crashed,
    /// with the last lines that they printed.
    pub(super) async fn tell(&self, verdict: Verdict) -> Evidence {
        if verdict == Verdict::Rejected {
            return Evidence::default();
        }
        let lost = self.is_lost.then_some(NOT_ASKED);
        let unjudged = self.judged.has_failed.then_some(UNJUDGED);
        let warnings: Vec<_> = lost.into_iter().chain(unjudged).map(str::to_owned).collect();
        let is_troubled =
            |one: &&Held| self.is_certainly_new(one) && self.is_troubled(one, verdict);
        let troubled: Vec<_> = self.seen.iter().filter(is_troubled).collect();
        let (Some(host), false) = (&self.host, verdict.is_up() || troubled.is_empty()) else {
            return Evidence { warnings, ..Evidence::default() };
        };
        let crashed: Vec<_> = troubled.iter().map(|one| Crashed::of(&self.resource, one)).collect();
        let containers = troubled.iter().map(|one| one.container.clone()).collect();
        let evidence = Evidence { crashed, warnings, note: None };
        let reading = read_logs(self.cx, self.coolify, &self.resource, host, containers);
        // Boxed because the future is large.
        let read = tokio::time::timeout(self.patience(), Box::pin(reading)).await;
        evidence.with_logs(read.ok().and_then(Result::ok))
    }

    /// Asks the host; `None` without an answer. After a failure it is left alone for a while.
    async fn ask<T>(
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

    /// Returns how long a question may take, so that there is time left for the answer of the call.
    fn patience(&self) -> Duration {
        let left = self.cx.deadline().saturating_duration_since(Instant::now());
        PATIENCE.min(left / 4)
    }

    fn is_job(&self, one: &Held) -> bool {
        self.jobs.iter().any(|job| job == one.container.service())
    }

    /// Whether the start that is followed made it.
    fn is_certainly_new(&self, one: &Held) -> bool {
        self.before.as_ref().is_some_and(|before| !before.contains(one.container.id()))
    }

    /// The same, or it is not known.
    fn may_be_new(&self, one: &Held) -> bool {
        self.before.as_ref().is_none_or(|before| !before.contains(one.container.id()))
    }

    /// Whether something is wrong with it. While there is no verdict, one that never ran may wait for
    /// another one.
    fn is_troubled(&self, one: &Held, verdict: Verdict) -> bool {
        let state = &one.state;
        let has_failed = match state.status {
            Status::Restarting | Status::Dead => true,
            Status::Exited => state.exit_code != 0 || !self.is_job(one),
            Status::Created => {
                !self.is_job(one) && matches!(verdict, Verdict::Crashing | Verdict::Failed)
            }
            _ => false,
        };
        has_failed || state.restart_count > 0 || state.out_of_memory
    }
}
