//! Where the description (4.3.11) is wrong or silent, and Coolify's source is followed.

mod calls;
mod components;
mod statuses;

use covibe_sandbox::coolify::Version;

use crate::contracts::Complaint;

/// One such matter.
pub(super) struct Exception {
    /// The calls with their statuses, or components of the description, and the member; each must
    /// be met. `* 429` is of any call, `….*` of any member.
    pub(super) places: &'static [&'static str],
    /// What is complained of there.
    pub(super) what: &'static str,
    /// What the source says.
    pub(super) reason: &'static str,
    /// The releases that it is of; each must meet it.
    pub(super) versions: &'static [Version],
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Exception> {
    [components::EXCEPTIONS, calls::EXCEPTIONS, statuses::EXCEPTIONS].into_iter().flatten()
}

impl Exception {
    /// Whether it is about a complaint.
    pub(super) fn meets(&self, version: Version, complaint: &Complaint) -> bool {
        self.places.iter().any(|place| self.meets_at(place, version, complaint))
    }

    /// The same of one of its places.
    pub(super) fn meets_at(&self, place: &str, version: Version, complaint: &Complaint) -> bool {
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
