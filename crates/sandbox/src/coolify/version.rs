//! The simulated releases.

/// A release of Coolify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 4.0.0-beta.473 of April 2026.
    Beta473,
    /// 4.1.2.
    V4_1,
    /// 4.3.11 of August 2026: lifecycle calls are POST only.
    #[default]
    V4_3,
}

impl Version {
    /// Every simulated release, oldest first.
    pub const ALL: [Self; 3] = [Self::Beta473, Self::V4_1, Self::V4_3];

    /// Returns the text of `GET /version`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Beta473 => "4.0.0-beta.473",
            Self::V4_1 => "4.1.2",
            Self::V4_3 => "4.3.11",
        }
    }
}
