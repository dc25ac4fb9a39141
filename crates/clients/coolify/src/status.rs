//! Coolify's joined status text as two words of ours.

const STATES: [&str; 7] =
    ["running", "exited", "starting", "restarting", "degraded", "paused", "unknown"];

/// State and health out of `running:healthy`, `running (healthy)`, `exited`, `degraded:unhealthy:excluded`, …
pub(crate) fn split(raw: &str) -> (&'static str, &'static str) {
    let mut words = raw.split([':', ' ', '(', ')']).filter(|word| !word.is_empty());
    let state = words.next().unwrap_or_default();
    let state =
        STATES.into_iter().find(|known| known.eq_ignore_ascii_case(state)).unwrap_or("unknown");
    let health = match words.next() {
        Some("healthy") => "healthy",
        Some("unhealthy") => "unhealthy",
        _ => "unknown",
    };
    (state, health)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        for (raw, expected) in [
            ("running:healthy", ("running", "healthy")),
            ("running (healthy)", ("running", "healthy")),
            ("running:unknown", ("running", "unknown")),
            ("exited", ("exited", "unknown")),
            ("exited:unhealthy", ("exited", "unhealthy")),
            ("degraded:unhealthy:excluded", ("degraded", "unhealthy")),
            ("running:healthy:excluded", ("running", "healthy")),
            ("", ("unknown", "unknown")),
            ("melting:purple", ("unknown", "unknown")),
        ] {
            assert_eq!(split(raw), expected, "{raw}");
        }
    }
}
