//! A deployment of an application. Its state follows from the time that has passed.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use crate::coolify::helper::PendingCheckout;
use crate::coolify::outcomes::{Condition, Outcome};

/// A deployment, with its application as it was when it was queued.
pub(crate) struct Deployment {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    /// The application's uuid.
    pub(crate) app: String,
    pub(crate) app_id: i64,
    pub(crate) app_name: String,
    /// The repository or image, which may hold secrets.
    pub(crate) source: String,
    pub(crate) branch: String,
    /// Why it fails, if that is known.
    pub(crate) failure: Option<String>,
    /// The checkout of its repository, while it runs.
    pub(crate) checkout: Option<PendingCheckout>,
    /// The outcome that a test has arranged, or a failure of the build that the checkout shows.
    pub(crate) outcome: Outcome,
    /// The commit that the application names: a hash or `HEAD`.
    pub(crate) wanted_commit: String,
    pub(crate) commit: String,
    pub(crate) force: bool,
    pub(crate) restart_only: bool,
    /// The path of its page in Coolify's own interface.
    pub(crate) page: String,
    pub(crate) created: Timestamp,
    pub(crate) queued: Instant,
    pub(crate) begins: Instant,
    pub(crate) ends: Instant,
    pub(crate) is_cancelled: bool,
}

impl Deployment {
    /// Returns Coolify's text of its state.
    pub(crate) fn status(&self, now: Instant) -> &'static str {
        match (self.is_cancelled, self.final_condition()) {
            (true, _) => "cancelled-by-user",
            _ if now < self.begins => "queued",
            _ if now < self.ends || self.checkout.is_some() => "in_progress",
            (_, None) => "failed",
            (_, Some(_)) => "finished",
        }
    }

    /// Returns the condition of its container in the end; none when it fails.
    pub(crate) fn final_condition(&self) -> Option<Condition> {
        match &self.outcome {
            Outcome::Finishes(condition) if self.failure.is_none() => Some(*condition),
            _ => None,
        }
    }

    /// Returns whether it is queued or in progress.
    pub(crate) fn is_under_way(&self, now: Instant) -> bool {
        matches!(self.status(now), "queued" | "in_progress")
    }

    /// Returns the commit that Coolify stores: what the application names until it begins, then the
    /// commit that it builds. An image keeps `HEAD`.
    pub(crate) fn stored_commit(&self, now: Instant) -> &str {
        if self.status(now) == "queued" { &self.wanted_commit } else { &self.commit }
    }

    /// Returns how much of the work is done, in thousandths; none while it is queued.
    pub(crate) fn progress(&self, now: Instant) -> Option<u128> {
        let done = now.checked_duration_since(self.begins)?;
        let whole = self.ends.saturating_duration_since(self.begins).as_micros().max(1);
        Some((done.as_micros() * 1_000 / whole).min(1_000))
    }

    /// Returns the time of day at a moment of its life.
    pub(crate) fn timestamp_at(&self, moment: Instant) -> Timestamp {
        let since = moment.saturating_duration_since(self.queued).as_millis();
        Timestamp::from_millis(self.created.as_millis() + i64::try_from(since).unwrap_or(0))
    }

    /// Returns the time of day when that much of the work is done, in thousandths.
    pub(crate) fn timestamp_at_progress(&self, thousandths: u128) -> Timestamp {
        let whole = self.ends.saturating_duration_since(self.begins).as_micros();
        let micros = u64::try_from(whole * thousandths / 1_000).unwrap_or(0);
        self.timestamp_at(self.begins + Duration::from_micros(micros))
    }
}
