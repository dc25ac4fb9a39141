//! The time at which Coolify saw the state of a resource.

use std::time::Duration;

use covibe_domain::Timestamp;

use super::{Application, Database};

impl Application {
    /// Returns when Coolify looked at it last; `None` if it never did.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        seen_since(self.created_at, self.last_online_at)
    }
}

impl Database {
    /// Returns when Coolify looked at it last; `None` if it never did.
    pub fn last_online_at(&self) -> Option<Timestamp> {
        seen_since(self.created_at, self.last_online_at)
    }
}

/// Returns when Coolify last looked at a resource, according to its row. The row of one that it
/// never looked at has the day on which Coolify was installed, the default of the column (4.3.11).
pub(super) fn seen_since(
    created: Option<Timestamp>,
    last_online: Option<Timestamp>,
) -> Option<Timestamp> {
    // It has whole seconds only.
    let end = |at: Timestamp| at.after(Duration::from_secs(1));
    last_online.filter(|at| created.is_none_or(|created| end(*at) > created))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_the_column_means_never_seen() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let created = at("2026-11-20T08:00:00.700000Z");
        let installed = at("2026-01-01T00:00:00Z");
        assert_eq!(seen_since(Some(created), Some(installed)), None);
        let same_second = at("2026-11-20T08:00:00Z");
        assert_eq!(seen_since(Some(created), Some(same_second)), Some(same_second));
        assert_eq!(seen_since(None, Some(installed)), Some(installed), "its creation is not told");
    }
}
