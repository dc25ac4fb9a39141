//! A hundred agents that poll, under a clock that moves only when everybody waits.

mod coolify;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{Deployment, Error, Priority};
use covibe_domain::{AppUuid, ProjectUuid};
use covibe_policy::Boundary;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use self::coolify::{Coolify, Reader, Requested, SimulatedState};
use super::*;
use crate::cells::Territory;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The interval at which an agent polls.
const INTERVAL: Duration = Duration::from_secs(5);

/// The projects, and the applications of each.
const PROJECTS: usize = 20;
const APPS: usize = 5;

/// The time until all agents poll.
const JOINING: Duration = Duration::from_secs(90);

pub(super) fn deployment(uuid: &str, app: &str, status: &str) -> Deployment {
    let url = format!("/project/project1/environment/e1/application/{app}/deployment/{uuid}");
    let value: Value = json!({ "deployment_uuid": uuid, "status": status, "deployment_url": url });
    serde_json::from_value(value).unwrap()
}

pub(super) fn territory() -> Arc<Territory> {
    let (project, environments) = ("project1".parse().unwrap(), [].into());
    Arc::new(Territory::new(Boundary::Project { project, environments }, Vec::new()))
}

/// The observations of the agents.
#[derive(Debug, Default)]
struct Observations {
    polls: u32,
    failed: u32,
    /// The longest time that an answer was wrong.
    oldest: Duration,
    slowest: Duration,
    /// The longest time that an application was still answered after its deletion by hand.
    gone: Duration,
}

/// A cell with its Coolify.
#[derive(Clone)]
struct Cell {
    coolify: Arc<Coolify>,
    deployments: Arc<PolledDeployments>,
    /// The times when applications were deleted by hand.
    deleted: Arc<Mutex<HashMap<AppUuid, Instant>>>,
}

impl Cell {
    /// Answers an agent, as an operation does; `None` if the application does not exist.
    async fn answer(
        &self,
        project: &ProjectUuid,
        app: &AppUuid,
    ) -> Result<Option<Arc<[Deployment]>>, Error> {
        let reader = Reader { coolify: &self.coolify, project };
        if let Some(polled) = self.deployments.poll(&reader, (app, project)).await? {
            return Ok(Some(polled));
        }
        let asked_at = Instant::now();
        self.coolify.enter(project).await?;
        match reader.deployments(app, Priority::Urgent).await {
            Ok(listed) => {
                let kept = KeptDeployments::new((project, &territory()), asked_at, &listed);
                self.deployments.keep(app, kept);
                Ok(Some(listed.into()))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Polls as an agent.
    async fn poll(self, project: ProjectUuid, app: AppUuid, end: Instant) -> Observations {
        let mut seen = Observations::default();
        while Instant::now() < end {
            let asked = Instant::now();
            let answer = self.answer(&project, &app).await;
            seen.polls += 1;
            seen.slowest = seen.slowest.max(asked.elapsed());
            match answer {
                Ok(Some(listed)) => self.check(&app, &listed, &mut seen),
                Ok(None) if self.coolify.exists(&project, &app) => seen.failed += 1,
                Ok(None) => break,
                Err(_) => seen.failed += 1,
            }
            sleep(INTERVAL.saturating_sub(asked.elapsed())).await;
        }
        seen
    }

    fn check(&self, app: &AppUuid, listed: &[Deployment], seen: &mut Observations) {
        let state = self.coolify.state.lock();
        for requested in state.deployments.iter().filter(|each| each.app == *app) {
            let told = listed.iter().find(|each| each.uuid.as_str() == requested.uuid);
            let wrong_for = requested.wrong_for(told.map(|each| each.status.as_str()));
            seen.oldest = seen.oldest.max(wrong_for);
        }
        let gone = self.deleted.lock().get(app).map(Instant::elapsed);
        seen.gone = seen.gone.max(gone.unwrap_or_default());
    }

    /// Deploys an application: in every second case with a tool, otherwise by hand.
    async fn deploy(&self, number: usize, project: &ProjectUuid, app: &AppUuid) {
        if number.is_multiple_of(2) {
            for _ in 0..3 {
                self.coolify.call(project.as_str(), Priority::Urgent).await.expect("a call");
            }
        }
        let uuid = format!("deployment{number}");
        let requested = Requested { uuid, app: app.clone(), at: Instant::now() };
        self.coolify.state.lock().deployments.push(requested);
        if number.is_multiple_of(2) {
            self.deployments.note_change(app);
        }
    }

    fn delete_by_hand(&self, project: &ProjectUuid, app: &AppUuid) {
        let mut state = self.coolify.state.lock();
        state.apps.get_mut(project).expect("the project").remove(app);
        self.deleted.lock().insert(app.clone(), Instant::now());
    }
}

/// Lets an agent for each application join, one after the other, and poll for ten minutes, while
/// applications are deployed and deleted by hand.
async fn run() -> (Observations, SimulatedState) {
    let cell = Cell {
        coolify: Arc::new(Coolify::new()),
        deployments: Arc::default(),
        deleted: Arc::default(),
    };
    let mut apps: Vec<(ProjectUuid, AppUuid)> = Vec::new();
    for number in 0..PROJECTS * APPS {
        let project: ProjectUuid = format!("project{:03}", number / APPS).parse().unwrap();
        let app: AppUuid = format!("app{number:05}").parse().unwrap();
        cell.coolify.state.lock().apps.entry(project.clone()).or_default().insert(app.clone());
        apps.push((project, app));
    }
    let end = Instant::now() + MINUTE * 10;
    let mut agents = JoinSet::new();
    for (number, (project, app)) in apps.iter().cloned().enumerate() {
        let cell = cell.clone();
        agents.spawn(async move {
            let joined = u32::try_from(number).expect("a small number");
            sleep(JOINING * joined / 100).await;
            cell.poll(project, app, end).await
        });
    }
    for number in 0..50 {
        sleep(SECOND * 10).await;
        let (project, app) = &apps[number * 7 % 90];
        cell.deploy(number, project, app).await;
        if number % 10 == 9 {
            let (project, app) = &apps[90 + number / 10];
            cell.delete_by_hand(project, app);
        }
    }
    let seen = agents.join_all().await.into_iter().fold(Observations::default(), |all, one| {
        Observations {
            polls: all.polls + one.polls,
            failed: all.failed + one.failed,
            oldest: all.oldest.max(one.oldest),
            slowest: all.slowest.max(one.slowest),
            gone: all.gone.max(one.gone),
        }
    });
    (seen, std::mem::take(&mut *cell.coolify.state.lock()))
}

#[tokio::test(start_paused = true)]
async fn a_hundred_agents_see_answers_at_most_ten_seconds_old_and_no_failure() {
    let (seen, state) = run().await;
    assert!(seen.polls > 10_000, "{seen:?}");
    assert_eq!((seen.failed, state.refused), (0, 0), "{seen:?} after {} calls", state.calls);
    assert!(seen.oldest <= SECOND * 10 && seen.slowest <= SECOND * 2, "{seen:?}");
    // What is deleted by hand is noticed as soon as the rate budget allows.
    assert!(seen.gone <= SECOND * 20, "{seen:?}");
}
