//! The starts that were handed over, until they are seen to be over.
//!
//! Coolify does not list starts (4.3.11), neither while they wait for a worker nor while they run. It reports only the
//! state of the started resource, which may be older than the start.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::{Client, Error, State};
use covibe_domain::{Deployable, DeploymentUuid, Failure};
use covibe_store::{Hold, OpenDeployment, QueueState, QueuedDeployment};
use parking_lot::Mutex;
use tokio::time::Instant;

/// The time after which a start has certainly begun: there are no more of them than workers.
const PROMPT: Duration = Duration::from_secs(30);

/// The starts that this process has requested, and the observations since then.
#[derive(Debug, Default)]
pub(crate) struct RequestedStarts {
    requested: Mutex<Vec<Requested>>,
    /// The times when starts were last read.
    looks: Mutex<HashMap<DeploymentUuid, Instant>>,
}

#[derive(Debug)]
struct Requested {
    id: DeploymentUuid,
    resource: Deployable,
    hold: Hold,
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
        requested.push(Requested {
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
    pub(crate) fn due<'a>(
        &self,
        open: &'a [OpenDeployment],
        pause: Duration,
    ) -> Vec<&'a OpenDeployment> {
        let (over, mut looks) = (self.over(), self.looks.lock());
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
    pub(crate) fn saw(&self, resource: &Deployable, state: State) {
        let sign = Sign::from_state(resource, state);
        self.each(resource, |start| {
            start.is_over |= sign.ends(start.hold, start.at.elapsed(), start.has_begun);
            // Of a database that is not seen.
            start.has_begun |= sign == Sign::UnderWay && matches!(resource, Deployable::Service(_));
        });
    }

    /// Records that the start of a resource was seen to be over.
    pub(crate) fn saw_end(&self, resource: &Deployable) {
        self.each(resource, |start| start.is_over = start.hold.notice < start.hold.longest);
    }

    /// Records that the state of a resource no longer says anything about its start.
    pub(crate) fn lose_sight(&self, resource: &Deployable) {
        self.each(resource, |start| start.hold.notice = start.hold.longest);
    }

    /// Returns the starts that were seen to be over.
    pub(crate) fn over(&self) -> HashSet<DeploymentUuid> {
        let requested = self.requested.lock();
        requested.iter().filter(|each| each.is_over).map(|each| each.id.clone()).collect()
    }

    /// Returns whether a start, perhaps of another process, is over if its resource has this state.
    pub(crate) fn has_ended(&self, start: &OpenDeployment, state: State) -> bool {
        self.saw(&start.resource, state);
        let age = start.handed_for.unwrap_or_default();
        let ends = || Sign::from_state(&start.resource, state).ends(start.hold, age, false);
        let requested = self.requested.lock();
        let own = requested.iter().find(|each| each.id == start.id).map(|each| each.is_over);
        let is_handed = start.state == QueueState::Handed;
        is_handed && (age >= start.hold.longest || own.unwrap_or_else(ends))
    }

    fn each(&self, resource: &Deployable, change: impl Fn(&mut Requested)) {
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
        let mut over = self.over();
        let Ok(client) = client.map(|client| client.for_share("")) else { return over };
        for each in self.due(open, pause) {
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
async fn state_of(client: &Client, resource: &Deployable) -> Result<Option<State>, Error> {
    Ok(match resource {
        Deployable::Application(_) => None,
        Deployable::Service(uuid) => client.find_service(uuid).await?.map(|it| it.status.state),
        Deployable::Database(uuid) => client.find_database(uuid).await?.map(|it| it.status.state),
    })
}

/// The meaning of a resource's state for its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// The start is under way.
    UnderWay,
    /// There are containers, perhaps from before the start.
    Up,
    /// There are no containers: the start has not begun, or is over.
    Down,
}

impl Sign {
    /// Returns the meaning of a state. Coolify reports that a service is starting once a worker has begun; for a
    /// database it reports only that there is a container, which exists once the image was pulled.
    const fn from_state(resource: &Deployable, state: State) -> Self {
        match (resource, state) {
            (Deployable::Database(_), State::Exited | State::Unknown)
            | (Deployable::Service(_), State::Starting) => Self::UnderWay,
            (_, State::Exited | State::Unknown) => Self::Down,
            _ => Self::Up,
        }
    }

    /// Returns whether this sign shows that a start is over. `age` is that of the start, `has_begun` says whether it
    /// was seen to be under way. If the state from before the start may last as long as the start, no sign shows
    /// anything.
    fn ends(self, hold: Hold, age: Duration, has_begun: bool) -> bool {
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

    const HOLD: Hold = Hold { notice: NOTICE, longest: Duration::from_mins(10) };

    fn service() -> Deployable {
        Deployable::Service("service1".parse().unwrap())
    }

    fn database() -> Deployable {
        Deployable::Database("database1".parse().unwrap())
    }

    fn ends(resource: &Deployable, age: Duration, state: State, has_begun: bool) -> bool {
        Sign::from_state(resource, state).ends(HOLD, age, has_begun)
    }

    #[test]
    fn containers_from_before_a_start_do_not_end_it() {
        assert!(!ends(&service(), NOTICE / 2, State::Running, false));
        assert!(ends(&service(), NOTICE / 2, State::Running, true));
        assert!(ends(&service(), NOTICE, State::Running, false));
    }

    #[test]
    fn a_service_that_is_down_has_not_begun_or_has_failed() {
        assert!(!ends(&service(), NOTICE, State::Exited, false), "a worker may not have begun");
        assert!(ends(&service(), NOTICE, State::Exited, true), "it has failed");
        assert!(ends(&service(), PROMPT, State::Exited, false));
        assert!(!ends(&service(), PROMPT, State::Starting, true));
    }

    #[test]
    fn a_database_without_a_container_may_still_pull_its_image() {
        let late = Duration::from_mins(5);
        assert!(!ends(&database(), late, State::Exited, true));
        assert!(ends(&database(), late, State::Running, false));
    }

    fn requested(resource: Deployable) -> (RequestedStarts, DeploymentUuid) {
        let (starts, id): (_, DeploymentUuid) =
            (RequestedStarts::default(), "start12".parse().unwrap());
        starts.requested.lock().push(Requested {
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
    async fn a_start_that_was_seen_to_begin_and_to_fail_is_over() {
        let (starts, id) = requested(service());
        starts.saw(&service(), State::Exited);
        assert!(starts.over().is_empty());
        starts.saw(&service(), State::Starting);
        starts.saw(&service(), State::Exited);
        assert_eq!(starts.over(), HashSet::from([id]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_of_what_is_stopped_meanwhile_is_not_seen_to_end() {
        let (starts, _) = requested(service());
        starts.lose_sight(&service());
        tokio::time::advance(Duration::from_mins(5)).await;
        starts.saw(&service(), State::Running);
        starts.saw_end(&service());
        assert!(starts.over().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_is_looked_at_after_its_notice_and_not_too_often() {
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
        assert!(starts.due(std::slice::from_ref(&start), pause).is_empty());
        start.handed_for = Some(NOTICE);
        assert_eq!(starts.due(std::slice::from_ref(&start), pause).len(), 1);
        assert!(starts.due(std::slice::from_ref(&start), pause).is_empty());
        tokio::time::advance(pause).await;
        assert_eq!(starts.due(std::slice::from_ref(&start), pause).len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_verdict_ends_a_start_at_once() {
        let (starts, id) = requested(service());
        starts.saw_end(&service());
        assert_eq!(starts.over(), HashSet::from([id]));
    }
}
