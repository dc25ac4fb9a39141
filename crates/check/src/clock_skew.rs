//! The checks of clocks: that of this machine, compared with the database's and the upstreams'. One that is right has no
//! line.

use covibe_upstream::CallStatistics;

use crate::check_outcome::{Check, failed_check, warned_check};

/// The difference from which sessions and signatures fail, in milliseconds.
const TOO_FAR: u64 = 300_000;

/// The difference from which the operator is told: that of a database, and that of an upstream, whose answers say the time
/// in whole seconds and may take some.
const APART: u64 = 5_000;
const FAR_APART: u64 = 30_000;

/// Checks a database whose clock is ahead by so many milliseconds. SQLite has no clock of its own to compare with.
pub(crate) fn database(ahead: i64) -> Option<Check> {
    const NAME: &str = "clock";
    let says = || difference("the clock of the database", ahead);
    match ahead.unsigned_abs() {
        TOO_FAR.. => Some(failed_check(NAME, says())),
        APART.. => Some(warned_check(NAME, says())),
        _ => None,
    }
}

/// Checks an upstream by the time of its last answer, which a proxy in front of it may have written.
pub(crate) fn upstream(name: &'static str, of: &str, observed: &CallStatistics) -> Option<Check> {
    upstream_ahead(name, of, observed.ahead()?)
}

fn upstream_ahead(name: &'static str, of: &str, ahead: i64) -> Option<Check> {
    let time = format!("the time in the answers of {of}, or of the proxy in front of it,");
    (ahead.unsigned_abs() >= FAR_APART).then(|| warned_check(name, difference(&time, ahead)))
}

fn difference(time: &str, ahead: i64) -> String {
    let word = if ahead > 0 { "ahead of" } else { "behind" };
    format!(
        "{time} is {} seconds {word} this machine's clock: synchronize both with a time server (`timedatectl set-ntp true`)",
        ahead.unsigned_abs() / 1_000
    )
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    #[test]
    fn a_database_clock_off_by_seconds_is_a_warning_and_by_days_a_failure() {
        let status = |ahead| database(ahead).map(|check| check.status);
        assert_eq!(status(4_000), None);
        assert_eq!(status(-6_000), Some(Status::Warn));
        assert_eq!(status(172_800_000), Some(Status::Fail));
        assert!(database(-6_000).unwrap().says.contains("database is 6 seconds behind"));
    }

    #[test]
    fn an_upstream_clock_off_by_more_than_30_seconds_is_a_warning() {
        let status = |ahead| upstream_ahead("c", "Coolify", ahead).map(|check| check.status);
        assert_eq!(status(29_000), None);
        assert_eq!(status(31_000), Some(Status::Warn));
        assert_eq!(status(-301_000), Some(Status::Warn));
        assert!(upstream_ahead("c", "Coolify", 31_000).unwrap().says.contains("or of the proxy"));
        assert!(
            upstream("c", "Coolify", &CallStatistics::default()).is_none(),
            "nothing was answered"
        );
    }
}
