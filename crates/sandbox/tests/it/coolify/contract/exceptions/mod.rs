//! Exceptions: the simulator follows Coolify's source where the description (4.3.11) is wrong or
//! silent.

mod calls;
mod components;
mod statuses;

use covibe_sandbox::coolify::Version;

use crate::contracts::Complaint;

/// An exception.
pub(super) struct Exception {
    /// The calls with their statuses, or components of the description, and the member; each must
    /// occur. `* 429` stands for any call, `….*` for any member.
    pub(super) places: &'static [&'static str],
    /// The complaint there.
    pub(super) what: &'static str,
    /// The statement of the source.
    pub(super) reason: &'static str,
    /// The releases that it applies to; it must occur in each.
    pub(super) versions: &'static [Version],
}

/// Returns all exceptions.
pub(super) fn all() -> impl Iterator<Item = &'static Exception> {
    [components::EXCEPTIONS, calls::EXCEPTIONS, statuses::EXCEPTIONS].into_iter().flatten()
}

impl Exception {
    /// Returns whether it covers a complaint.
    pub(super) fn covers(&self, version: Version, complaint: &Complaint) -> bool {
        self.places.iter().any(|place| self.covers_at(place, version, complaint))
    }

    /// Returns whether it covers a complaint at one of its places.
    pub(super) fn covers_at(&self, place: &str, version: Version, complaint: &Complaint) -> bool {
        let at = complaint.place.as_str();
        let is_there = match (place.strip_prefix('*'), place.strip_suffix('*')) {
            (Some(status), _) => at.ends_with(status),
            (_, Some(members)) => at.starts_with(members),
            _ => at == place,
        };
        is_there && self.versions.contains(&version) && complaint.what == self.what
    }
}

const EVERY: &[Version] = &Version::ALL;
const BEFORE_4_2: &[Version] = &[Version::Beta473, Version::V4_1];
const SINCE_4_2: &[Version] = &[Version::V4_3];

const UNDESCRIBED: &str = "is not described";
const NULL: &str = "is null";
