//! The resources of a Coolify, of which there may be thousands.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::time::Instant;

use super::resource::Resource;

/// The resources in the order of their creation. As in a database, one is found by its uuid however many
/// there are, and a request that only reads does not go through all of them.
#[derive(Default)]
pub(crate) struct Resources {
    all: Vec<Resource>,
    /// The place of each uuid.
    places: HashMap<String, usize>,
    /// Whether something may have changed since the next event was planned.
    changed: bool,
    /// When the next deletion is done or the next look is due.
    next_event: Option<Instant>,
}

impl Resources {
    /// Adds a resource.
    pub(crate) fn push(&mut self, resource: Resource) {
        self.places.insert(resource.uuid.clone(), self.all.len());
        self.all.push(resource);
        self.changed = true;
    }

    /// Returns the resource with that uuid.
    pub(crate) fn get(&self, uuid: &str) -> Option<&Resource> {
        self.all.get(*self.places.get(uuid)?)
    }

    /// Returns the resource with that uuid to be changed.
    pub(crate) fn get_mut(&mut self, uuid: &str) -> Option<&mut Resource> {
        self.changed = true;
        self.all.get_mut(*self.places.get(uuid)?)
    }

    /// Removes the other resources.
    pub(crate) fn retain(&mut self, is_kept: impl FnMut(&Resource) -> bool) {
        self.all.retain(is_kept);
        let places = self.all.iter().enumerate();
        self.places = places.map(|(place, one)| (one.uuid.clone(), place)).collect();
        self.changed = true;
    }

    /// Returns whether a deletion or a look is due.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        if self.changed {
            self.next_event = self.all.iter().filter_map(Resource::next_event).min();
            self.changed = false;
        }
        self.next_event.is_some_and(|at| at <= now)
    }
}

impl Deref for Resources {
    type Target = [Resource];

    fn deref(&self) -> &[Resource] {
        &self.all
    }
}

impl DerefMut for Resources {
    fn deref_mut(&mut self) -> &mut [Resource] {
        self.changed = true;
        &mut self.all
    }
}
