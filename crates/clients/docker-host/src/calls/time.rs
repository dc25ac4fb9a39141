//! Times as Docker writes them.

use covibe_domain::Timestamp;

/// Reads a time; Docker's year 1 means that something has not happened.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).filter(|at| at.as_millis() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_1_means_never() {
        assert_eq!(time("0001-01-01T00:00:00Z"), None);
        assert_eq!(time("2026-11-20T08:00:00.123456789Z").unwrap().as_millis() % 1000, 123);
        assert!(time("2026-11-20T09:00:00+01:00").is_some());
        assert_eq!(time(""), None);
    }
}
