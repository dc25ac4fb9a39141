//! A simulated Coolify that takes its time and counts calls, without HTTP.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::{Cause, Deployment, Error, Priority, Rate};
use covibe_domain::{AppUuid, ProjectUuid};
use covibe_upstream::{Effect, Limiter, RateLimitState, SingleFlights};
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::{MINUTE, PROJECTS, SECOND, deployment};
use crate::cells::Territory;
use crate::cells::deployments::polled::PollSource;

/// The time that a call waits for its turn at most, and the time that Coolify takes for one.
const TURN: Duration = Duration::from_secs(8);
const LATENCY: Duration = Duration::from_millis(150);

/// The time that a deployment is queued, and then in progress.
const PACE: Duration = Duration::from_secs(6);

/// The rate limit.
const PER_MINUTE: u32 = 200;

/// A deployment that was requested.
pub(super) struct Requested {
    pub(super) uuid: String,
    pub(super) app: AppUuid,
    pub(super) at: Instant,
}

impl Requested {
    pub(super) fn status(&self) -> &'static str {
        match self.at.elapsed() {
            age if age < PACE => "queued",
            age if age < PACE * 2 => "in_progress",
            _ => "finished",
        }
    }

    /// Returns the time for which a reported status has been wrong; `None` is a missing status.
    pub(super) fn wrong_for(&self, told: Option<&str>) -> Duration {
        let until = match told {
            None => Duration::ZERO,
            Some("queued") => PACE,
            Some("in_progress") => PACE * 2,
            Some(_) => Duration::MAX,
        };
        self.at.elapsed().saturating_sub(until)
    }

    pub(super) fn to_deployment(&self) -> Deployment {
        deployment(&self.uuid, self.app.as_str(), self.status())
    }
}

#[derive(Default)]
pub(super) struct SimulatedState {
    /// Laravel's window: its beginning, and the number of its calls.
    window: Option<(Instant, u32)>,
    pub(super) calls: u32,
    pub(super) refused: u32,
    pub(super) apps: HashMap<ProjectUuid, HashSet<AppUuid>>,
    pub(super) deployments: Vec<Requested>,
}

/// A Coolify behind a rate budget, with the caches that operations keep of it.
pub(super) struct Coolify {
    limiter: Limiter,
    environments: SingleFlights<ProjectUuid, (), Error>,
    contents: SingleFlights<ProjectUuid, HashSet<AppUuid>, Error>,
    pub(super) state: Mutex<SimulatedState>,
}

impl Coolify {
    pub(super) fn new() -> Self {
        Self {
            limiter: Limiter::new(Rate::within_limit(PER_MINUTE), None),
            environments: SingleFlights::new(SECOND * 10, PROJECTS),
            contents: SingleFlights::new(SECOND * 2, PROJECTS),
            state: Mutex::default(),
        }
    }

    pub(super) async fn call(&self, share: &str, priority: Priority) -> Result<(), Error> {
        let pass = self.limiter.acquire(share, priority, TURN).await;
        let pass = pass.map_err(|spent| {
            upstream_error(Cause::Limited { retry_after: spent.retry_after, ours: true })
        })?;
        sleep(LATENCY).await;
        let told = self.count();
        pass.record_answer(told);
        match told.refused_for {
            Some(retry_after) => Err(upstream_error(Cause::Limited { retry_after, ours: false })),
            None => Ok(()),
        }
    }

    pub(super) fn count(&self) -> RateLimitState {
        let mut state = self.state.lock();
        let live = state.window.filter(|(begun, _)| begun.elapsed() < MINUTE);
        let (begun, used) = live.unwrap_or_else(|| (Instant::now(), 0));
        let limit = Some(PER_MINUTE);
        if used >= PER_MINUTE {
            state.refused += 1;
            return RateLimitState {
                limit,
                remaining: Some(0),
                refused_for: Some(MINUTE.saturating_sub(begun.elapsed())),
            };
        }
        state.window = Some((begun, used + 1));
        state.calls += 1;
        RateLimitState { limit, remaining: Some(PER_MINUTE - used - 1), refused_for: None }
    }

    /// Returns the applications of a project, at most two seconds old.
    pub(super) async fn contents(
        &self,
        project: &ProjectUuid,
        priority: Priority,
    ) -> Result<HashSet<AppUuid>, Error> {
        let fetch = async {
            self.call(project.as_str(), priority).await?;
            Ok(self.state.lock().apps.get(project).cloned().unwrap_or_default())
        };
        self.contents.get(project, fetch).await
    }

    /// Finds an application in its project, as an operation does.
    pub(super) async fn enter(&self, project: &ProjectUuid) -> Result<(), Error> {
        let environments = self.call(project.as_str(), Priority::Urgent);
        self.environments.get(project, environments).await?;
        self.contents(project, Priority::Urgent).await.map(drop)
    }

    pub(super) fn exists(&self, project: &ProjectUuid, app: &AppUuid) -> bool {
        self.state.lock().apps.get(project).is_some_and(|apps| apps.contains(app))
    }
}

fn upstream_error(cause: Cause) -> Error {
    Error { upstream: "Coolify", method: "GET", path: "/", cause, effect: Effect::None }
}

/// Reads for the polls of one workspace.
pub(super) struct Reader<'a> {
    pub(super) coolify: &'a Coolify,
    pub(super) project: &'a ProjectUuid,
}

impl PollSource for Reader<'_> {
    fn spare_calls(&self) -> u32 {
        self.coolify.limiter.spare()
    }

    async fn under_way(&self) -> Result<Vec<Deployment>, Error> {
        self.coolify.call("", Priority::Urgent).await?;
        let state = self.coolify.state.lock();
        let open = state.deployments.iter().filter(|each| each.status() != "finished");
        Ok(open.map(Requested::to_deployment).collect())
    }

    async fn deployments(
        &self,
        app: &AppUuid,
        priority: Priority,
    ) -> Result<Vec<Deployment>, Error> {
        self.coolify.call(self.project.as_str(), priority).await?;
        if !self.coolify.exists(self.project, app) {
            return Err(upstream_error(Cause::NotFound));
        }
        let state = self.coolify.state.lock();
        let own = state.deployments.iter().rev().filter(|each| each.app == *app);
        Ok(own.map(Requested::to_deployment).collect())
    }

    async fn applications(&self, _: &Territory) -> Result<HashSet<AppUuid>, Error> {
        self.coolify.contents(self.project, Priority::Poll).await
    }
}
