//! The parameter `since`: a duration until now, or a moment.

use std::time::Duration;

use covibe_domain::{Failure, Timestamp};

/// The beginning of what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Since(Timestamp);

impl Since {
    /// Parses `90s`, `15m`, `2h`, `1d`, or a moment of RFC 3339.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        Self::parse_age(text, Timestamp::now()).ok_or_else(|| {
            Failure::invalid("`since` must be a duration or a time.")
                .hint("Pass a value such as `90s`, `15m`, `2h`, `1d` or `2026-11-22T10:00:00Z`.")
        })
    }

    /// Returns the moment.
    pub(super) fn moment(self) -> Timestamp {
        self.0
    }

    fn parse_age(text: &str, now: Timestamp) -> Option<Self> {
        let unit = match text.as_bytes().last()? {
            b's' => Some(1),
            b'm' => Some(60),
            b'h' => Some(3600),
            b'd' => Some(86_400),
            _ => None,
        };
        let Some(unit) = unit else {
            return Timestamp::parse(text).map(Self);
        };
        let count: u32 = text.get(..text.len() - 1)?.parse().ok()?;
        Some(Self(now.before(Duration::from_secs(u64::from(count) * unit))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_durations_and_timestamps_and_rejects_other_texts() {
        let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        let before = |text: &str| {
            Since::parse_age(text, now).map(|it| (it.0.as_millis() - now.as_millis()) / 1000)
        };
        assert_eq!(before("90s"), Some(-90));
        assert_eq!(before("15m"), Some(-900));
        assert_eq!(before("2h"), Some(-7200));
        assert_eq!(before("1d"), Some(-86_400));
        assert_eq!(before("2026-11-22T09:59:00Z"), Some(-60));
        for bad in ["", "m", "-5m", "1.5h", "bogus", "5", "ém", "99999999999d"] {
            assert_eq!(before(bad), None, "{bad}");
        }
    }
}
