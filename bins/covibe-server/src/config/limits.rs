//! The limits of calls, and how long records are kept.

use std::time::Duration;

use covibe_workspace::{CallRate, CallRates, Retention};

use super::reader::Reader;

const DAY: Duration = Duration::from_hours(24);

impl Reader<'_> {
    /// Reads the limits of calls.
    pub(super) fn call_rates(&mut self) -> CallRates {
        let defaults = CallRates::default();
        let mut rate =
            |name, default| self.number(name, 1..=1_000_000).map_or(default, CallRate::per_second);
        CallRates {
            key: rate("COVIBE_MAX_CALLS_PER_SECOND", defaults.key),
            tenant: rate("COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT", defaults.tenant),
        }
    }

    /// Reads how long records are kept.
    pub(super) fn retention(&mut self) -> Retention {
        let audit = self.number("COVIBE_AUDIT_DAYS", 30..=36_500);
        let keys = self.number("COVIBE_REVOKED_KEY_DAYS", 1..=36_500);
        let days = |days: u32| DAY * days;
        Retention {
            audit: audit.map(days),
            revoked_keys: keys.map_or(Retention::default().revoked_keys, days),
        }
    }
}
