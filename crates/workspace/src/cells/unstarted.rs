//! The services whose compose file was written, and which were not started since.

use std::collections::HashSet;

use covibe_domain::ServiceUuid;
use parking_lot::Mutex;

/// The services of a cell whose containers may be those of an earlier compose file, because this process
/// wrote another one and requested no start since. A file counts as soon as it is sent: an answer may be
/// lost.
#[derive(Debug, Default)]
pub(crate) struct Unstarted(Mutex<HashSet<ServiceUuid>>);

impl Unstarted {
    /// Notes that another file is sent.
    pub(crate) fn note(&self, uuid: &ServiceUuid) {
        self.0.lock().insert(uuid.clone());
    }

    /// Notes that the service starts, or is deleted.
    pub(crate) fn forget(&self, uuid: &ServiceUuid) {
        self.0.lock().remove(uuid);
    }

    /// Returns whether another file was sent, and no start was requested since.
    pub(crate) fn contains(&self, uuid: &ServiceUuid) -> bool {
        self.0.lock().contains(uuid)
    }
}
