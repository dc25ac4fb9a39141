//! The services that are being started, or were started a moment ago.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::ServiceUuid;
use parking_lot::Mutex;

/// The time for which a start is remembered. No call takes longer between reading a service and starting it, and a
/// service that has been starting for longer may be stuck.
const REMEMBERED_FOR: Duration = Duration::from_mins(2);

/// A service, and whether its images are pulled again.
type Target = (ServiceUuid, bool);

/// The recent starts of services in one cell.
///
/// Coolify starts a service as often as it is asked to. Only starts by this process are known: two
/// processes that start a service at the same time start it twice, which is harmless.
#[derive(Debug, Default)]
pub(crate) struct ServiceStarts(Mutex<HashMap<Target, StartState>>);

#[derive(Debug)]
enum StartState {
    /// A call is requesting the start.
    Requesting,
    /// Coolify accepted the request at this time.
    Accepted(Instant),
}

/// The permit to start a service, returned when it is dropped.
#[derive(Debug)]
pub struct StartPermit<'a> {
    starts: &'a ServiceStarts,
    target: Target,
    accepted: Option<StartState>,
}

impl ServiceStarts {
    /// Returns the permit to start a service that was read at `seen`. Returns `None` if another
    /// call is starting it or started it after `seen`, unless that one did not pull images and this
    /// one does.
    pub(crate) fn begin(
        &self,
        uuid: &ServiceUuid,
        pull: bool,
        seen: Instant,
    ) -> Option<StartPermit<'_>> {
        let mut starting = self.0.lock();
        starting.retain(|_, state| state.is_recent());
        let covered = [true, pull]
            .iter()
            .filter_map(|pulls| starting.get(&(uuid.clone(), *pulls)))
            .any(|state| state.is_after(seen));
        if covered {
            return None;
        }
        let target = (uuid.clone(), pull);
        starting.insert(target.clone(), StartState::Requesting);
        Some(StartPermit { starts: self, target, accepted: None })
    }

    /// Forgets the accepted starts of a service that was changed since, because they lack the change.
    pub(crate) fn forget(&self, uuid: &ServiceUuid) {
        let is_accepted = |state: &StartState| matches!(state, StartState::Accepted(_));
        self.0.lock().retain(|(each, _), state| each != uuid || !is_accepted(state));
    }

    /// Returns whether a call is starting this service, or did in the last two minutes.
    pub(crate) fn is_recent(&self, uuid: &ServiceUuid) -> bool {
        let starting = self.0.lock();
        let mut states =
            [true, false].iter().filter_map(|pull| starting.get(&(uuid.clone(), *pull)));
        states.any(StartState::is_recent)
    }
}

impl StartState {
    fn is_after(&self, moment: Instant) -> bool {
        match self {
            Self::Requesting => true,
            Self::Accepted(at) => *at > moment,
        }
    }

    fn is_recent(&self) -> bool {
        match self {
            Self::Requesting => true,
            Self::Accepted(at) => at.elapsed() < REMEMBERED_FOR,
        }
    }
}

impl StartPermit<'_> {
    /// Records that Coolify accepted the start: states that other calls read before are stale.
    pub fn note_accepted(mut self) {
        self.accepted = Some(StartState::Accepted(Instant::now()));
    }
}

impl Drop for StartPermit<'_> {
    fn drop(&mut self) {
        let mut starting = self.starts.0.lock();
        match self.accepted.take() {
            Some(state) => drop(starting.insert(self.target.clone(), state)),
            None => drop(starting.remove(&self.target)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_one_start_unless_another_call_pulls_images() {
        let starting = ServiceStarts::default();
        let begin = |uuid, pull| starting.begin(uuid, pull, Instant::now());
        let (one, other) = ("abcdefg1".parse().unwrap(), "abcdefg2".parse().unwrap());
        let first = begin(&one, false);
        assert!(first.is_some() && begin(&one, false).is_none());
        assert!(begin(&other, false).is_some());
        let more = begin(&one, true);
        assert!(more.is_some() && begin(&one, true).is_none());
        drop((first, more));
        assert!(begin(&one, false).is_some());
    }

    #[test]
    fn a_start_is_recent_once_coolify_accepted_it() {
        let starting = ServiceStarts::default();
        let one = "abcdefg1".parse().unwrap();
        assert!(!starting.is_recent(&one));
        let begun = starting.begin(&one, true, Instant::now()).unwrap();
        assert!(starting.is_recent(&one), "another call is starting it");
        drop(begun);
        assert!(!starting.is_recent(&one), "Coolify did not accept it");
        starting.begin(&one, false, Instant::now()).unwrap().note_accepted();
        assert!(starting.is_recent(&one) && !starting.is_recent(&"abcdefg2".parse().unwrap()));
        let long_ago = Instant::now().checked_sub(REMEMBERED_FOR).unwrap();
        starting.0.lock().insert((one.clone(), false), StartState::Accepted(long_ago));
        assert!(!starting.is_recent(&one));
    }

    #[test]
    fn a_start_before_a_change_is_not_recent() {
        let starting = ServiceStarts::default();
        let one = "abcdefg1".parse().unwrap();
        starting.begin(&one, false, Instant::now()).unwrap().note_accepted();
        starting.forget(&one);
        assert!(!starting.is_recent(&one));
        let _begun = starting.begin(&one, false, Instant::now()).unwrap();
        starting.forget(&one);
        assert!(starting.is_recent(&one), "the request may still get the change");
    }

    #[test]
    fn denies_a_start_to_a_call_whose_reading_is_stale() {
        let starting = ServiceStarts::default();
        let one = "abcdefg1".parse().unwrap();
        let looked = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        starting.begin(&one, false, Instant::now()).unwrap().note_accepted();
        assert!(starting.begin(&one, false, looked).is_none(), "its reading is stale");
        assert!(starting.begin(&one, true, looked).is_some(), "the other did less");
        starting.begin(&one, true, looked).unwrap().note_accepted();
        assert!(starting.begin(&one, false, looked).is_none(), "the other did more");
        std::thread::sleep(Duration::from_millis(2));
        assert!(starting.begin(&one, false, Instant::now()).is_some(), "it looked afterwards");
    }
}
