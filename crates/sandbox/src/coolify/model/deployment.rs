//! A deployment of an application. Its state follows from the time that has passed.

use std::time::{Duration, Instant};

use covibe_domain::Timestamp;

use super::containers::Limits;
use crate::coolify::arranged_outcomes::{Condition, Outcome};
use crate::coolify::helper_container::{PendingCheckout, Source};
use crate::coolify::predicted_failures::Ending;

/// The facts that decide whether a container stays up, if no test has arranged that.
#[derive(Clone, Debug, Default)]
pub(crate) struct StartFacts {
    pub(crate) is_arranged: bool,
    /// The port on which a health check asks; `None` without a check.
    pub(crate) checked_port: Option<u16>,
    pub(crate) has_check: bool,
    /// The end of its program, if it ends at once.
    pub(crate) ending: Option<Ending>,
}

/// A deployment, with its application as it was when it was queued.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
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
    /// The reason why it fails, if that is known.
    pub(crate) failure: Option<String>,
    /// The source that is to be checked out, until that begins.
    pub(crate) source_of_checkout: Option<Source>,
    /// The checkout of its repository, while it runs.
    pub(crate) checkout: Option<PendingCheckout>,
    /// The outcome that a test has arranged, or the one that follows from what is deployed.
    pub(crate) outcome: Outcome,
    /// The facts that decide on its outcome, unless a test has arranged that.
    pub(crate) trial: StartFacts,
    /// True if it deploys an image, and neither clones nor builds.
    pub(crate) is_image: bool,
    /// The commit that the application names: a hash or `HEAD`.
    pub(crate) wanted_commit: String,
    pub(crate) commit: String,
    pub(crate) force: bool,
    pub(crate) restart_only: bool,
    /// The path of its page in Coolify's own interface.
    pub(crate) page: String,
    pub(crate) created: Timestamp,
    pub(crate) queued: Instant,
    /// The text of the compose file in its repository, once that is checked out.
    pub(crate) compose_file: Option<String>,
    /// The time that it takes once a worker has it.
    pub(crate) pace: Duration,
    /// The moment when Coolify put it on the list of the workers and marked it as in progress.
    pub(crate) dispatched: Option<Instant>,
    /// The moment when a worker took it.
    pub(crate) begun: Option<Instant>,
    /// The moment of its end.
    pub(crate) ended: Option<Instant>,
    pub(crate) is_cancelled: bool,
    /// True if a restart of Coolify marked it as failed. That is undone if it begins afterwards.
    pub(crate) is_given_up: bool,
}

impl Deployment {
    /// Returns Coolify's text of its state. It is in progress once it is on the list of the workers.
    pub(crate) fn status(&self) -> &'static str {
        match (self.is_cancelled, self.ended, self.final_condition()) {
            (true, _, _) => "cancelled-by-user",
            _ if self.is_given_up => "failed",
            (_, None, _) if self.dispatched.is_none() => "queued",
            (_, None, _) => "in_progress",
            (_, Some(_), None) => "failed",
            (_, Some(_), Some(_)) => "finished",
        }
    }

    /// Returns the final condition of its container; `None` if it fails.
    pub(crate) fn final_condition(&self) -> Option<Condition> {
        match &self.outcome {
            Outcome::Finishes(condition) if self.failure.is_none() => Some(*condition),
            _ => None,
        }
    }

    /// Returns whether it is queued or in progress.
    pub(crate) fn is_under_way(&self) -> bool {
        matches!(self.status(), "queued" | "in_progress")
    }

    /// Returns whether it has one of the places for deployments in progress.
    pub(crate) fn has_place(&self) -> bool {
        self.status() == "in_progress"
    }

    /// Returns the commit that Coolify stores: the one that the application names until it begins, then the one that
    /// it builds. An image keeps `HEAD`.
    pub(crate) fn stored_commit(&self) -> &str {
        if self.begun.is_none() { &self.wanted_commit } else { &self.commit }
    }

    /// Returns the finished part of the work, in thousandths; `None` while no worker has it.
    pub(crate) fn progress(&self, now: Instant) -> Option<u128> {
        let begun = self.begun?;
        let done = self.ended.unwrap_or(now).min(now).saturating_duration_since(begun);
        let whole = self.duration().as_micros().max(1);
        Some((done.as_micros() * 1_000 / whole).min(1_000))
    }

    /// Returns the duration of the work once a worker has it, as far as that is known.
    fn duration(&self) -> Duration {
        let taken = self.begun.zip(self.ended);
        taken.map_or(self.pace, |(begun, ended)| ended.saturating_duration_since(begun))
    }

    /// Returns the time of day at a moment of its life.
    pub(crate) fn timestamp_at(&self, moment: Instant) -> Timestamp {
        let since = moment.saturating_duration_since(self.queued).as_millis();
        Timestamp::from_millis(self.created.as_millis() + i64::try_from(since).unwrap_or(0))
    }

    /// Returns the time of day when that part of the work is finished, in thousandths.
    pub(crate) fn timestamp_at_progress(&self, thousandths: u128) -> Timestamp {
        let whole = self.duration().as_micros();
        let micros = u64::try_from(whole * thousandths / 1_000).unwrap_or(0);
        self.timestamp_at(self.begun.unwrap_or(self.queued) + Duration::from_micros(micros))
    }
}

/// The settings with which a resource was started: a change takes effect at its next start.
pub(crate) struct Launch {
    pub(crate) at: Instant,
    /// The image; `None` for a built image or a compose file.
    pub(crate) image: Option<String>,
    /// The limits of its container.
    pub(crate) limits: Limits,
    /// The end of its program, if it ended at once.
    pub(crate) ending: Option<Ending>,
    /// True if a program of its compose file ended at once.
    pub(crate) is_degraded: bool,
    /// The URLs that led to it, each with the uuid of the application or of the service's container, or with the service of
    /// a compose application's file.
    pub(crate) urls: Vec<(String, String)>,
}

impl Launch {
    /// Creates the settings of a start, without URLs.
    pub(super) const fn new(
        at: Instant,
        image: Option<String>,
        limits: Limits,
        ending: Option<Ending>,
    ) -> Self {
        Self { at, image, limits, ending, is_degraded: false, urls: Vec::new() }
    }
}
