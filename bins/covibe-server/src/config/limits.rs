//! The limits of calls, and how long records are kept.

use std::ops::RangeInclusive;
use std::time::Duration;

use covibe_workspace::{CallRate, CallRates, Retention};

use super::reader::Reader;

const DAY: Duration = Duration::from_hours(24);

impl Reader<'_> {
    /// Reads the limits of calls.
    pub(super) fn call_rates(&mut self) -> CallRates {
        let defaults = CallRates::default();
        let mut rate = |name, default| {
            let rate = self.within(name, 1..=1_000_000, "a number from 1 to 1000000");
            rate.map_or(default, CallRate::per_second)
        };
        CallRates {
            key: rate("COVIBE_MAX_CALLS_PER_SECOND", defaults.key),
            tenant: rate("COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT", defaults.tenant),
        }
    }

    /// Reads how long records are kept.
    pub(super) fn retention(&mut self) -> Retention {
        let audit = self.within("COVIBE_AUDIT_DAYS", 30..=36_500, "a number from 30 to 36500");
        let keys = self.within("COVIBE_REVOKED_KEY_DAYS", 1..=36_500, "a number from 1 to 36500");
        Retention {
            audit: audit.map(|days| DAY * days),
            revoked_keys: keys.map_or(Retention::default().revoked_keys, |days| DAY * days),
        }
    }

    fn within(&mut self, name: &str, bounds: RangeInclusive<u32>, expected: &str) -> Option<u32> {
        let number = self.parsed(name, expected)?;
        if !bounds.contains(&number) {
            self.mistakes.push(format!("{name}: expected {expected}"));
        }
        Some(number)
    }
}
