//! The limits of calls and resources, and how long records are kept.

use std::ops::RangeInclusive;
use std::time::Duration;

use covibe_store::ExportFolder;
use covibe_workspace::{CallRate, CallRates, Retention};

use super::Reader;

const DAY: Duration = Duration::from_hours(24);

impl Reader<'_> {
    /// Reads the limits of calls.
    pub(crate) fn call_rates(&mut self) -> CallRates {
        let defaults = CallRates::default();
        let mut number = |name| self.number(name, 1..=1_000_000);
        let mut calls = |name, default| number(name).map_or(default, CallRate::per_second);
        let key = calls("COVIBE_MAX_CALLS_PER_SECOND", defaults.key);
        let tenant = calls("COVIBE_MAX_CALLS_PER_SECOND_PER_TENANT", defaults.tenant);
        let mut changes =
            |name, default| number(name).map_or(default, CallRate::changes_per_second);
        CallRates {
            key,
            tenant,
            key_changes: changes("COVIBE_MAX_CHANGES_PER_SECOND", defaults.key_changes),
            tenant_changes: changes(
                "COVIBE_MAX_CHANGES_PER_SECOND_PER_TENANT",
                defaults.tenant_changes,
            ),
        }
    }

    /// Reads how many keys a workspace may mint in 24 hours.
    pub(crate) fn minted_a_day(&mut self) -> u64 {
        let number = self.number("COVIBE_MAX_MINTED_KEYS_PER_DAY", 1..=1_000_000_u64);
        number.unwrap_or(covibe_identity::MINTED_A_DAY)
    }

    /// Reads how long records are kept.
    pub(crate) fn retention(&mut self) -> Retention {
        let audit = self.number("COVIBE_AUDIT_DAYS", 30..=36_500);
        let keys = self.number("COVIBE_REVOKED_KEY_DAYS", 1..=36_500);
        let activity = self.number("COVIBE_ACTIVITY_RETENTION_DAYS", 1..=3_650);
        let days = |days: u32| DAY * days;
        let export = self.text("COVIBE_AUDIT_EXPORT_DIR").map(ExportFolder::new);
        if export.is_some() && self.text("COVIBE_AUDIT_DAYS").is_none() {
            let because = "COVIBE_AUDIT_EXPORT_DIR is set";
            self.require(None::<u32>, "COVIBE_AUDIT_DAYS", because);
        }
        Retention {
            audit: audit.map(days),
            export,
            revoked_keys: keys.map_or(Retention::default().revoked_keys, days),
            activity: activity.map_or(Retention::default().activity, days),
        }
    }

    /// Returns an amount of memory such as `512m` or `4g`.
    pub(crate) fn memory(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let digits = text.strip_suffix(['m', 'g']).unwrap_or_default();
        if !(1..=6).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            self.mistakes.push(format!("{name}: expected a number with m or g, like 4g"));
            return None;
        }
        Some(text)
    }

    /// Returns a number of deployments. Coolify keeps up to 25.
    pub(crate) fn deployments(&mut self, name: &str) -> Option<usize> {
        self.number(name, 1..=25)
    }

    /// Returns how many deployments of a tenant may wait.
    pub(crate) fn waiting_deployments(&mut self, name: &str) -> Option<usize> {
        self.number(name, 1..=500)
    }

    /// Returns how many workers Coolify has.
    pub(crate) fn workers(&mut self, name: &str) -> Option<usize> {
        self.number(name, 1..=64)
    }

    /// Returns the ports from which one is chosen for a public database.
    pub(crate) fn public_ports(&mut self) -> Option<RangeInclusive<u16>> {
        const NAME: &str = "COVIBE_PUBLIC_PORTS";
        let text = self.text(NAME)?;
        let ends = text.split_once('-');
        let ports =
            ends.and_then(|(from, to)| Some(from.trim().parse().ok()?..=to.trim().parse().ok()?));
        let ports =
            ports.filter(|ports: &RangeInclusive<u16>| *ports.start() >= 1024 && !ports.is_empty());
        if ports.is_none() {
            self.mistakes
                .push(format!("{NAME}: expected two ports of at least 1024, like 20000-29999"));
        }
        ports
    }
}
