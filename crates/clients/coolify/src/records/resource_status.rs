//! The state of a resource: Coolify's joined status text as a state and a health, and when Coolify saw it.

use std::fmt;
use std::time::Duration;

use covibe_domain::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::answer_reading;

/// The state of a container, or of all containers of a service together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RunState {
    /// It runs.
    Running,
    /// It does not run: it ended, was stopped, or was never started.
    Exited,
    /// It is being started.
    Starting,
    /// Docker starts it again and again.
    Restarting,
    /// Some containers of a service do not run, or do not stay up.
    Degraded,
    /// It is frozen.
    Paused,
    /// Coolify did not say, or said something that this release does not know. It is neither up nor
    /// down for certain.
    #[default]
    Unknown,
}

/// The result of a container's health check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Health {
    /// It passes.
    Healthy,
    /// It fails.
    Unhealthy,
    /// There is none, or it has no result yet.
    #[default]
    Unknown,
}

/// A state and a health. Reading one never fails: an unknown word becomes [`RunState::Unknown`] or
/// [`Health::Unknown`].
///
/// Coolify (beta.473 to 4.3.11) joins them as `running:healthy`, older servers as
/// `running (healthy)`; the health may be missing, and ` (excluded)` or `:excluded` may follow where
/// the service's health check is switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Status {
    /// The state.
    pub state: RunState,
    /// The health; Coolify also returns one for containers that do not run, where it means nothing.
    pub health: Health,
}

impl RunState {
    /// Returns whether it is neither running nor starting: it ended, was stopped, was never
    /// started, or Coolify did not say.
    pub const fn runs_nothing(self) -> bool {
        matches!(self, Self::Exited | Self::Unknown)
    }

    const ALL: [Self; 7] = [
        Self::Running,
        Self::Exited,
        Self::Starting,
        Self::Restarting,
        Self::Degraded,
        Self::Paused,
        Self::Unknown,
    ];

    /// Returns its name, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Exited => "exited",
            Self::Starting => "starting",
            Self::Restarting => "restarting",
            Self::Degraded => "degraded",
            Self::Paused => "paused",
            Self::Unknown => "unknown",
        }
    }
}

impl Health {
    const ALL: [Self; 3] = [Self::Healthy, Self::Unhealthy, Self::Unknown];

    /// Returns its name, in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Unknown => "unknown",
        }
    }
}

impl Status {
    /// Reads Coolify's text.
    pub fn parse(text: &str) -> Self {
        let mut words = text.split([':', ' ', '(', ')']).filter(|word| !word.is_empty());
        let (state, health) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let state = RunState::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(state));
        let health = Health::ALL.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(health));
        Self { state: state.unwrap_or_default(), health: health.unwrap_or_default() }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&answer_reading::text(deserializer)?.unwrap_or_default()))
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
    use serde_json::json;

    use super::*;

    #[test]
    fn state_and_health_are_read_from_every_spelling() {
        for (text, state, health) in [
            ("running:healthy", RunState::Running, Health::Healthy),
            ("running (healthy)", RunState::Running, Health::Healthy),
            ("running:unknown", RunState::Running, Health::Unknown),
            ("exited", RunState::Exited, Health::Unknown),
            ("exited:unhealthy", RunState::Exited, Health::Unhealthy),
            ("exited:unhealthy (excluded)", RunState::Exited, Health::Unhealthy),
            ("degraded (unhealthy)", RunState::Degraded, Health::Unhealthy),
            ("degraded:unhealthy:excluded", RunState::Degraded, Health::Unhealthy),
            ("running:healthy:excluded", RunState::Running, Health::Healthy),
            ("starting:unhealthy", RunState::Starting, Health::Unhealthy),
            ("restarting:unknown", RunState::Restarting, Health::Unknown),
            ("Paused", RunState::Paused, Health::Unknown),
            ("running:excluded", RunState::Running, Health::Unknown),
            ("", RunState::Unknown, Health::Unknown),
            ("melting:purple", RunState::Unknown, Health::Unknown),
        ] {
            assert_eq!(Status::parse(text), Status { state, health }, "{text}");
        }
    }

    #[test]
    fn a_status_that_is_not_a_string_is_read_as_unknown() {
        for odd in [json!(null), json!(7), json!([]), json!({ "state": "running" })] {
            assert_eq!(serde_json::from_value::<Status>(odd).unwrap(), Status::default());
        }
    }

    #[test]
    fn a_last_online_time_before_the_creation_means_never() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let created = at("2026-11-20T08:00:00.700000Z");
        let installed = at("2026-01-01T00:00:00Z");
        assert_eq!(seen_since(Some(created), Some(installed)), None);
        let same_second = at("2026-11-20T08:00:00Z");
        assert_eq!(seen_since(Some(created), Some(same_second)), Some(same_second));
        assert_eq!(seen_since(None, Some(installed)), Some(installed), "its creation is not told");
    }
}
