//! The text of a container's state, such as `Up 3 minutes (healthy)`.

use super::super::model::{Container, Phase};
use crate::coolify::Condition;

/// Returns the text of a container's state at that moment, in milliseconds since 1970.
pub(super) fn text(one: &Container, now: i64) -> String {
    let since = |at: i64| duration(u64::try_from(now - at).unwrap_or(0) / 1_000);
    let started = one.lives.last().map_or(0, |life| life.from.as_millis());
    match (one.phase(), one.last_end()) {
        (Phase::Running, _) => format!("Up {}{}", since(started), health(one)),
        (Phase::Paused, _) => format!("Up {} (Paused)", since(started)),
        (Phase::Restarting, Some((at, code, _))) => {
            format!("Restarting ({code}) {} ago", since(at.as_millis()))
        }
        (Phase::Exited, Some((at, code, _))) => {
            format!("Exited ({code}) {} ago", since(at.as_millis()))
        }
        _ => "Created".to_owned(),
    }
}

fn health(one: &Container) -> &'static str {
    match word(one) {
        Some("starting") => " (health: starting)",
        Some("unhealthy") => " (unhealthy)",
        Some(_) => " (healthy)",
        None => "",
    }
}

/// Returns docker's word for a container's health; none without a health check.
pub(super) fn word(one: &Container) -> Option<&'static str> {
    match one.condition {
        _ if !matches!(one.phase(), Phase::Running | Phase::Paused) => {
            one.has_check.then_some("unhealthy")
        }
        Condition::Starting => Some("starting"),
        Condition::Unhealthy => Some("unhealthy"),
        Condition::Healthy => Some("healthy"),
        _ => one.has_check.then_some("healthy"),
    }
}

/// Writes a time as Docker does for people: `units.HumanDuration`.
fn duration(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, (seconds + 1_800) / 3_600);
    match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        _ if minutes == 1 => "About a minute".to_owned(),
        _ if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 14 => format!("{} days", hours / 24),
        _ if hours < 24 * 60 => format!("{} weeks", hours / 24 / 7),
        _ => format!("{} months", hours / 24 / 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_docker_writes_them() {
        let told = [0, 1, 59, 60, 119, 120, 3_600, 2 * 3_600, 50 * 3_600].map(duration);
        assert_eq!(
            told,
            [
                "Less than a second",
                "1 second",
                "59 seconds",
                "About a minute",
                "About a minute",
                "2 minutes",
                "About an hour",
                "2 hours",
                "2 days"
            ]
        );
    }
}
