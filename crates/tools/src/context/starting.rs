//! The services that are being started at this moment, or were a moment ago.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::ServiceUuid;

/// No call takes longer than this from its look at a service to its wish to start it, and what is
/// starting for longer than this may wait for something that never comes.
const REMEMBERED_FOR: Duration = Duration::from_mins(2);

/// A service, and whether its images are pulled anew.
type What = (ServiceUuid, bool);

/// The services that Coolify is being told to start.
///
/// Coolify starts a service as often as it is told to. What is known here is of this process alone:
/// two processes that start one at the same moment start it twice, which does no harm.
#[derive(Debug, Default)]
pub(crate) struct Starting(Mutex<HashMap<What, Told>>);

#[derive(Debug)]
enum Told {
    /// A call is telling Coolify.
    Now,
    /// Coolify took it at this moment.
    At(Instant),
}

/// The right to start a service; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    starting: &'a Starting,
    what: What,
    end: Option<Told>,
}

impl Starting {
    /// The right to start this service, for a call that looked at it at `seen`; none if another
    /// call starts it, or did after `seen`, unless that one does less.
    pub(crate) fn begin(&self, uuid: &ServiceUuid, pull: bool, seen: Instant) -> Option<Start<'_>> {
        let mut starting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        starting.retain(|_, told| told.matters());
        let covered = [true, pull]
            .iter()
            .filter_map(|pulls| starting.get(&(uuid.clone(), *pulls)))
            .any(|told| told.is_after(seen));
        if covered {
            return None;
        }
        let what = (uuid.clone(), pull);
        starting.insert(what.clone(), Told::Now);
        Some(Start { starting: self, what, end: None })
    }

    /// Whether Coolify is being told to start this service, or was in the last two minutes.
    pub(crate) fn is_recent(&self, uuid: &ServiceUuid) -> bool {
        let starting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = [true, false].iter().filter_map(|pull| starting.get(&(uuid.clone(), *pull)));
        told.any(Told::matters)
    }
}

impl Told {
    fn is_after(&self, moment: Instant) -> bool {
        match self {
            Self::Now => true,
            Self::At(at) => *at > moment,
        }
    }

    fn matters(&self) -> bool {
        match self {
            Self::Now => true,
            Self::At(at) => at.elapsed() < REMEMBERED_FOR,
        }
    }
}

impl Start<'_> {
    /// Coolify was told to start it. A call that looked at the service before has seen a state that
    /// is none any more.
    pub(crate) fn told(mut self) {
        self.end = Some(Told::At(Instant::now()));
    }
}

impl Drop for Start<'_> {
    fn drop(&mut self) {
        let mut starting = self.starting.0.lock().unwrap_or_else(PoisonError::into_inner);
        match self.end.take() {
            Some(told) => drop(starting.insert(self.what.clone(), told)),
            None => drop(starting.remove(&self.what)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_starts_a_service_unless_the_other_does_more() {
        let starting = Starting::default();
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
    fn a_start_is_recent_once_coolify_was_told() {
        let starting = Starting::default();
        let one = "abcdefg1".parse().unwrap();
        assert!(!starting.is_recent(&one));
        let begun = starting.begin(&one, true, Instant::now()).unwrap();
        assert!(starting.is_recent(&one), "another call is at it");
        drop(begun);
        assert!(!starting.is_recent(&one), "it was not told");
        starting.begin(&one, false, Instant::now()).unwrap().told();
        assert!(starting.is_recent(&one) && !starting.is_recent(&"abcdefg2".parse().unwrap()));
        let long_ago = Instant::now().checked_sub(REMEMBERED_FOR).unwrap();
        starting.0.lock().unwrap().insert((one.clone(), false), Told::At(long_ago));
        assert!(!starting.is_recent(&one));
    }

    #[test]
    fn who_looked_before_another_call_started_it_starts_nothing() {
        let starting = Starting::default();
        let one = "abcdefg1".parse().unwrap();
        let looked = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        starting.begin(&one, false, Instant::now()).unwrap().told();
        assert!(starting.begin(&one, false, looked).is_none(), "that state is none any more");
        assert!(starting.begin(&one, true, looked).is_some(), "the other did less");
        starting.begin(&one, true, looked).unwrap().told();
        assert!(starting.begin(&one, false, looked).is_none(), "the other did more");
        std::thread::sleep(Duration::from_millis(2));
        assert!(starting.begin(&one, false, Instant::now()).is_some(), "it looked afterwards");
    }
}
