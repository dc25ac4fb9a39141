//! Ids with a property that never changes, so that one look at each is enough.

use std::collections::HashSet;
use std::hash::Hash;

use parking_lot::Mutex;

/// The maximum number of ids; beyond it all are forgotten, which costs a call each.
const CAPACITY: usize = 10_000;

/// The ids in one cell that were seen to have the property.
#[derive(Debug)]
pub(crate) struct KnownIds<Id>(Mutex<HashSet<Id>>);

impl<Id> Default for KnownIds<Id> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Id: Clone + Eq + Hash> KnownIds<Id> {
    /// Notes an id.
    pub(crate) fn note(&self, id: &Id) {
        let mut known = self.0.lock();
        if known.contains(id) {
            return;
        }
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(id.clone());
    }

    /// Returns whether an id was noted, and is not forgotten.
    pub(crate) fn contains(&self, id: &Id) -> bool {
        self.0.lock().contains(id)
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::ServiceUuid;

    use super::*;

    #[test]
    fn keeps_a_bounded_number_of_ids() {
        let known = KnownIds::<ServiceUuid>::default();
        for number in 0..=CAPACITY {
            known.note(&format!("service{number}").parse().unwrap());
        }
        assert_eq!(known.0.lock().len(), 1);
        assert!(known.contains(&format!("service{CAPACITY}").parse().unwrap()));
    }
}
