//! Which uuids are those of services: an app's uuid does not tell its kind, which never changes.

use std::collections::HashSet;

use covibe_domain::ServiceUuid;
use parking_lot::Mutex;

/// The maximum number of uuids; beyond it all are forgotten, which costs a call each.
const CAPACITY: usize = 10_000;

/// The uuids of services that were read in one cell.
#[derive(Debug, Default)]
pub(crate) struct KnownServices(Mutex<HashSet<ServiceUuid>>);

impl KnownServices {
    /// Notes the uuid of a service.
    pub(crate) fn note(&self, uuid: &ServiceUuid) {
        let mut known = self.0.lock();
        if known.contains(uuid) {
            return;
        }
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(uuid.clone());
    }

    /// Returns whether a uuid is known to be a service's.
    pub(crate) fn contains(&self, uuid: &ServiceUuid) -> bool {
        self.0.lock().contains(uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_bounded_number_of_uuids() {
        let known = KnownServices::default();
        for number in 0..=CAPACITY {
            known.note(&format!("service{number}").parse().unwrap());
        }
        assert_eq!(known.0.lock().len(), 1);
        assert!(known.contains(&format!("service{CAPACITY}").parse().unwrap()));
    }
}
