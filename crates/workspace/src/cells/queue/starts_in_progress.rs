//! The starts that were handed over, until they are seen to be over.
//!
//! Coolify does not list starts (4.3.11), neither while they wait for a worker nor while they run. It reports only the
//! state of the started resource, which may be older than the start.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::{Client, Error, RunState};
use covibe_domain::{Deployable, DeploymentUuid, Failure};
use covibe_store::{HoldTimes, OpenDeployment, QueueState, QueuedDeployment};
use parking_lot::Mutex;
use tokio::time::Instant;

/// The time after which a start has certainly begun: there are no more of them than workers.
const PROMPT: Duration = Duration::from_secs(30);

/// The starts that this process has requested, and the observations since then.
#[derive(Debug, Default)]
pub(crate) struct RequestedStarts {
    requested: Mutex<Vec<RequestedStart>>,
    /// The times when starts were last read.
    looks: Mutex<HashMap<DeploymentUuid, Instant>>,
}

#[derive(Debug)]
struct RequestedStart {
    id: DeploymentUuid,
    resource: Deployable,
    hold: HoldTimes,
    at: Instant,
    /// True if it was seen to be under way.
    has_begun: bool,
    is_over: bool,
}

impl RequestedStarts {
    /// Notes that a start is requested.
    pub(crate) fn request(&self, start: &QueuedDeployment) {
        let mut requested = self.requested.lock();
        // One whose request was refused may be requested again.
        requested.retain(|each| each.at.elapsed() < each.hold.longest && each.id != start.id);
        requested.push(RequestedStart {
            id: start.id.clone(),
            resource: start.resource.clone(),
            hold: start.hold,
            at: Instant::now(),
            has_begun: false,
            is_over: false,
        });
    }

    /// Returns the starts in progress whose state is worth reading, and notes that they are read. The state says
    /// nothing about a start before its notice, and nothing new about one that is over, and each reading counts against
    /// Coolify's rate limit.
    pub(crate) fn take_due<'a>(
        &self,
        open: &'a [OpenDeployment],
        pause: Duration,
    ) -> Vec<&'a OpenDeployment> {
        let (over, mut looks) = (self.ended_starts(), self.looks.lock());
        looks.retain(|_, at| at.elapsed() < pause);
        let is_due = |each: &&OpenDeployment| {
            let age = each.handed_for.unwrap_or_default();
            let is_start = each.state == QueueState::Handed && !each.resource.takes_build_place();
            let is_known = over.contains(&each.id) || looks.contains_key(&each.id);
            is_start && age >= each.hold.notice && !is_known
        };
        let due: Vec<_> = open.iter().filter(is_due).collect();
        looks.extend(due.iter().map(|each| (each.id.clone(), Instant::now())));
        due
    }

    /// Notes the state of a resource, which may end its start.
    pub(crate) fn note_state(&self, resource: &Deployable, state: RunState) {
        let sign = StartSign::from_state(resource, state);
        self.change_starts_of(resource, |start| {
            start.is_over |= sign.proves_end(start.hold, start.at.elapsed(), start.has_begun);
            // Of a database that is not seen.
            start.has_begun |=
                sign == StartSign::UnderWay && matches!(resource, Deployable::Service(_));
        });
    }

    /// Records that the start of a resource was seen to be over.
    pub(crate) fn note_end(&self, resource: &Deployable) {
        self.change_starts_of(resource, |start| {
            start.is_over = start.hold.notice < start.hold.longest;
        });
    }

    /// Records that the state of a resource no longer says anything about its start.
    pub(crate) fn lose_sight(&self, resource: &Deployable) {
        self.change_starts_of(resource, |start| start.hold.notice = start.hold.longest);
    }

    /// Returns the starts that were seen to be over.
    pub(crate) fn ended_starts(&self) -> HashSet<DeploymentUuid> {
        let requested = self.requested.lock();
        requested.iter().filter(|each| each.is_over).map(|each| each.id.clone()).collect()
    }

    /// Returns whether a start, perhaps of another process, is over if its resource has this state.
    pub(crate) fn has_ended(&self, start: &OpenDeployment, state: RunState) -> bool {
        self.note_state(&start.resource, state);
        let age = start.handed_for.unwrap_or_default();
        let ends =
            || StartSign::from_state(&start.resource, state).proves_end(start.hold, age, false);
        let requested = self.requested.lock();
        let own = requested.iter().find(|each| each.id == start.id).map(|each| each.is_over);
        let is_handed = start.state == QueueState::Handed;
        is_handed && (age >= start.hold.longest || own.unwrap_or_else(ends))
    }

    fn change_starts_of(&self, resource: &Deployable, change: impl Fn(&mut RequestedStart)) {
        let mut requested = self.requested.lock();
        requested.iter_mut().filter(|each| each.resource == *resource).for_each(change);
    }

    /// Reads the state of due starts by this client, at most once in this time, and returns the starts that are over.
    /// One whose state cannot be read counts as going on.
    pub(crate) async fn read_over(
        &self,
        client: Result<&Client, Failure>,
        open: &[OpenDeployment],
        pause: Duration,
    ) -> HashSet<DeploymentUuid> {
        let mut over = self.ended_starts();
        let Ok(client) = client.map(|client| client.for_share("")) else { return over };
        for each in self.take_due(open, pause) {
            let state = state_of(&client, &each.resource).await;
            if state.is_ok_and(|it| it.is_some_and(|it| self.has_ended(each, it))) {
                over.insert(each.id.clone());
            }
        }
        over
    }
}

/// Returns the state of a started resource; `None` for an application, whose deployments Coolify lists, and for a
/// deleted resource.
async fn state_of(client: &Client, resource: &Deployable) -> Result<Option<RunState>, Error> {
    Ok(match resource {
        Deployable::Application(_) => None,
        Deployable::Service(uuid) => client.find_service(uuid).await?.map(|it| it.status.state),
        Deployable::Database(uuid) => client.find_database(uuid).await?.map(|it| it.status.state),
    })
}

/// The meaning of a resource's state for its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StartSign {
    /// The start is under way.
    UnderWay,
    /// There are containers, perhaps from before the start.
    Up,
    /// There are no containers: the start has not begun, or is over.
    Down,
}

impl StartSign {
    /// Returns the meaning of a state. Coolify reports that a service is starting once a worker has begun; for a
    /// database it reports only that there is a container, which exists once the image was pulled.
    const fn from_state(resource: &Deployable, state: RunState) -> Self {
        match (resource, state) {
            (Deployable::Database(_), RunState::Exited | RunState::Unknown)
            | (Deployable::Service(_), RunState::Starting) => Self::UnderWay,
            (_, RunState::Exited | RunState::Unknown) => Self::Down,
            _ => Self::Up,
        }
    }

    /// Returns whether this sign shows that a start is over. `age` is that of the start, `has_begun` says whether it
    /// was seen to be under way. If the state from before the start may last as long as the start, no sign shows
    /// anything.
    fn proves_end(self, hold: HoldTimes, age: Duration, has_begun: bool) -> bool {
        if hold.notice >= hold.longest {
            return false;
        }
        match self {
            Self::UnderWay => false,
            Self::Up => has_begun || age >= hold.notice,
            Self::Down => has_begun || age >= hold.notice.max(PROMPT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: Duration = Duration::from_secs(10);

    const HOLD: HoldTimes = HoldTimes { notice: NOTICE, longest: Duration::from_mins(10) };

    fn service() -> Deployable {
        Deployable::Service("service1".parse().unwrap())
    }

    fn database() -> Deployable {
        Deployable::Database("database1".parse().unwrap())
    }

    fn state_proves_end(
        resource: &Deployable,
        age: Duration,
        state: RunState,
        has_begun: bool,
    ) -> bool {
        StartSign::from_state(resource, state).proves_end(HOLD, age, has_begun)
    }

    #[test]
    fn containers_from_before_a_start_do_not_end_it() {
        assert!(!state_proves_end(&service(), NOTICE / 2, RunState::Running, false));
        assert!(state_proves_end(&service(), NOTICE / 2, RunState::Running, true));
        assert!(state_proves_end(&service(), NOTICE, RunState::Running, false));
    }

    #[test]
    fn a_stopped_service_ends_a_start_only_after_it_began_or_its_time_passed() {
        assert!(
            !state_proves_end(&service(), NOTICE, RunState::Exited, false),
            "a worker may not have begun"
        );
        assert!(state_proves_end(&service(), NOTICE, RunState::Exited, true), "it has failed");
        assert!(state_proves_end(&service(), PROMPT, RunState::Exited, false));
        assert!(!state_proves_end(&service(), PROMPT, RunState::Starting, true));
    }

    #[test]
    fn a_database_without_a_container_may_still_pull_its_image() {
        let late = Duration::from_mins(5);
        assert!(!state_proves_end(&database(), late, RunState::Exited, true));
        assert!(state_proves_end(&database(), late, RunState::Running, false));
    }

    fn requested(resource: Deployable) -> (RequestedStarts, DeploymentUuid) {
        let (starts, id): (_, DeploymentUuid) =
            (RequestedStarts::default(), "start12".parse().unwrap());
        starts.requested.lock().push(RequestedStart {
            id: id.clone(),
            resource,
            hold: HOLD,
            at: Instant::now(),
            has_begun: false,
            is_over: false,
        });
        (starts, id)
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_that_began_and_failed_has_ended() {
        let (starts, id) = requested(service());
        starts.note_state(&service(), RunState::Exited);
        assert!(starts.ended_starts().is_empty());
        starts.note_state(&service(), RunState::Starting);
        starts.note_state(&service(), RunState::Exited);
        assert_eq!(starts.ended_starts(), HashSet::from([id]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_of_a_resource_that_was_stopped_is_not_reported_as_ended() {
        let (starts, _) = requested(service());
        starts.lose_sight(&service());
        tokio::time::advance(Duration::from_mins(5)).await;
        starts.note_state(&service(), RunState::Running);
        starts.note_end(&service());
        assert!(starts.ended_starts().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_is_due_for_a_read_after_its_notice_time_and_once_per_pause() {
        let (starts, pause) = (RequestedStarts::default(), Duration::from_secs(6));
        let mut start = OpenDeployment {
            tenant: "ten_acme".parse().unwrap(),
            workspace: "ws_acme".parse().unwrap(),
            id: "start12".parse().unwrap(),
            resource: service(),
            state: QueueState::Handed,
            hold: HOLD,
            deployment: None,
            asked_at: covibe_domain::Timestamp::from_millis(0),
            waits_for: Duration::ZERO,
            is_due: true,
            is_left: false,
            handed_for: Some(NOTICE / 2),
            tenant_turn: None,
            workspace_turn: None,
        };
        assert!(starts.take_due(std::slice::from_ref(&start), pause).is_empty());
        start.handed_for = Some(NOTICE);
        assert_eq!(starts.take_due(std::slice::from_ref(&start), pause).len(), 1);
        assert!(starts.take_due(std::slice::from_ref(&start), pause).is_empty());
        tokio::time::advance(pause).await;
        assert_eq!(starts.take_due(std::slice::from_ref(&start), pause).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_verdict_ends_a_start_at_once() {
        let (starts, id) = requested(service());
        starts.note_end(&service());
        assert_eq!(starts.ended_starts(), HashSet::from([id]));
    }
}
