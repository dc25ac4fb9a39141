//! Rounds of looks at what was deployed or started, until there is a verdict.

use std::time::Instant;

use covibe_coolify::LiveState;
use covibe_domain::Failure;
use covibe_workspace::{Coolify, Hosted};

use super::container_monitor::{Monitor, Observation};
use super::deployment_outcome::Outcome;
use super::docker_evidence::Witness;
use super::outcome_reasons::{self, Subject, outcome_at_the_end, rejection};
use crate::coolify_poller::{Pace, Poll, Poller};

/// A way to look at something that was deployed or started.
pub(super) trait Sighting: Send {
    /// The result of a look by Coolify, where Docker shows nothing.
    type Look: Send + Sync;

    /// True if Coolify is to be asked before Docker has shown anything.
    const ASKS_FIRST: bool;

    /// Returns whether the witness's last look says what it does.
    fn is_shown(&self, witness: &Witness<'_>) -> bool;

    /// Lets Coolify look at it; `None` if it can't.
    fn ask_coolify(
        &self,
        coolify: &Coolify,
        now: &Hosted,
        earlier: Option<&Self::Look>,
    ) -> impl Future<Output = Result<Option<Self::Look>, Failure>> + Send;

    /// Returns what is seen of it together. `is_read` is whether Coolify has told `now` just now.
    fn observation(
        &mut self,
        now: &Hosted,
        is_read: bool,
        look: Option<&Self::Look>,
        witness: &Witness<'_>,
    ) -> Observation;
}

/// The means of following something.
pub(super) struct Rounds<'a, 'b> {
    pub(super) coolify: &'a Coolify,
    pub(super) poller: &'a mut Poller<'b>,
    pub(super) monitor: Monitor,
    pub(super) subject: Subject,
}

/// An observation, with Coolify's look if there was one.
pub(super) type Observed<L> = (Observation, Option<L>);

/// The result of the rounds.
pub(super) struct Judgement<L> {
    pub(super) outcome: Outcome,
    /// The last observation.
    pub(super) last: Option<Observed<L>>,
    /// The resource, as Coolify told it last.
    pub(super) known: Hosted,
    /// True if there was a verdict before the time was over.
    pub(super) is_settled: bool,
}

impl Rounds<'_, '_> {
    /// Looks until there is a verdict, or no time left.
    pub(super) async fn judge<S: Sighting>(
        mut self,
        sighting: &mut S,
        witness: &mut Witness<'_>,
    ) -> Judgement<S::Look> {
        let mut known = witness.resource.clone();
        let mut last: Option<Observed<S::Look>> = None;
        let mut is_settled = false;
        let outcome = loop {
            // Docker's answers between two questions cost none of Coolify's calls.
            let asks = match &last {
                Some(_) => !sighting.is_shown(witness) || self.poller.is_due(),
                None => S::ASKS_FIRST || !witness.answers(),
            };
            let (read, ()) = tokio::join!(self.read(&known, asks), witness.look_at_containers());
            if let Some(rejected) = rejection(witness).await {
                break rejected;
            }
            let is_read = asks && matches!(read, Poll::Ready(_));
            let earlier = last.as_ref().and_then(|(_, look)| look.as_ref());
            match self.complete(sighting, witness, read, &known, earlier).await {
                Poll::Ready((look, now)) => {
                    if let Some(service) = now.service().filter(|_| is_read) {
                        self.coolify.note_state(service);
                    }
                    let seen = sighting.observation(&now, is_read, look.as_ref(), witness);
                    let observation = self.monitor.certain_health(Instant::now(), seen);
                    (last, known) = (Some((observation, look)), now);
                    self.poller.report(observation.progress(&self.subject.name));
                    if let Some(verdict) = self.monitor.observe(Instant::now(), &observation) {
                        is_settled = true;
                        break outcome_reasons::settled_outcome(
                            verdict,
                            &observation,
                            &self.subject,
                        );
                    }
                }
                Poll::Unavailable => self.poller.report_unavailable(),
                Poll::Failed(failure) => {
                    let Subject { noun, show, .. } = &self.subject;
                    break outcome_reasons::lost_outcome(failure, noun, show);
                }
            }
            let is_shown = sighting.is_shown(witness);
            let pace = last.as_ref().map_or(Pace::Awaited, |(observation, _)| pace(observation));
            let goes_on = if is_shown {
                self.poller.wait_for_host(pace).await
            } else {
                self.poller.wait().await
            };
            if !goes_on {
                let last = last.as_ref().map(|(observation, _)| *observation);
                break outcome_at_the_end(
                    &self.monitor,
                    last,
                    self.poller.end_reason(),
                    &self.subject,
                );
            }
        };
        Judgement { outcome, last, known, is_settled }
    }

    /// Returns Coolify's report, or its last one if Coolify is not to be asked now.
    async fn read(&mut self, known: &Hosted, asks: bool) -> Poll<Hosted> {
        if asks {
            self.poller.poll(self.coolify.reread(known)).await
        } else {
            Poll::Ready(known.clone())
        }
    }

    /// Lets Coolify look if Docker shows nothing. Docker's answer is not lost if Coolify does not answer.
    async fn complete<S: Sighting>(
        &mut self,
        sighting: &S,
        witness: &Witness<'_>,
        read: Poll<Hosted>,
        known: &Hosted,
        earlier: Option<&S::Look>,
    ) -> Poll<(Option<S::Look>, Hosted)> {
        let is_shown = sighting.is_shown(witness);
        match read {
            Poll::Ready(now) if is_shown => Poll::Ready((None, now)),
            Poll::Unavailable if is_shown => Poll::Ready((None, known.clone())),
            Poll::Ready(now) => {
                let coolify = self.coolify;
                let look = async { Ok((sighting.ask_coolify(coolify, &now, earlier).await?, now)) };
                self.poller.poll(look).await
            }
            Poll::Unavailable => Poll::Unavailable,
            Poll::Failed(failure) => Poll::Failed(failure),
        }
    }
}

/// Returns the pace at which Coolify is asked, beside a docker host of which this was observed.
pub(super) fn pace(observation: &Observation) -> Pace {
    match observation.live {
        _ if !observation.has_begun => Pace::Awaited,
        Some(LiveState::Running) if observation.is_whole && observation.is_by_host => Pace::Shown,
        _ => Pace::UnderWay,
    }
}
