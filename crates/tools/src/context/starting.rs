//! The services that are being started at this moment.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use covibe_domain::ServiceUuid;

/// The services that Coolify is being told to start, and whether with their images pulled anew.
///
/// Coolify starts a service as often as it is told to. What is known here is of this process alone:
/// two processes that start one at the same moment start it twice, which does no harm.
#[derive(Debug, Default)]
pub(crate) struct Starting(Mutex<HashSet<(ServiceUuid, bool)>>);

/// The right to start a service; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    starting: &'a Starting,
    what: (ServiceUuid, bool),
}

impl Starting {
    /// The right to start this service; none while another call starts it, unless that one does
    /// less.
    pub(crate) fn begin(&self, uuid: &ServiceUuid, pull: bool) -> Option<Start<'_>> {
        let mut starting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let what = (uuid.clone(), pull);
        if starting.contains(&(uuid.clone(), true)) || !starting.insert(what.clone()) {
            return None;
        }
        Some(Start { starting: self, what })
    }
}

impl Drop for Start<'_> {
    fn drop(&mut self) {
        let mut starting = self.starting.0.lock().unwrap_or_else(PoisonError::into_inner);
        starting.remove(&self.what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_starts_a_service_unless_the_other_does_more() {
        let starting = Starting::default();
        let (one, other) = ("abcdefg1".parse().unwrap(), "abcdefg2".parse().unwrap());
        let first = starting.begin(&one, false);
        assert!(first.is_some() && starting.begin(&one, false).is_none());
        assert!(starting.begin(&other, false).is_some());
        let more = starting.begin(&one, true);
        assert!(more.is_some() && starting.begin(&one, true).is_none());
        drop((first, more));
        assert!(starting.begin(&one, false).is_some());
    }
}
