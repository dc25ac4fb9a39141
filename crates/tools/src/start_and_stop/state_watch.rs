//! Watches a resource until the requested state is seen.

use std::time::{Duration, Instant};

use covibe_domain::Failure;

use super::control_action::Action;
use super::control_call::Control;
use super::errors::unseen_outcome;
use crate::coolify_poller::{Poll, Poller};
use crate::resource_state::StateSource;
use crate::resource_state::{Condition, Part};

/// The state that was seen last, and the reason if that was not the end.
pub(super) struct WatchResult {
    /// The services.
    pub(super) parts: Vec<Part>,
    /// The reason why no end was seen.
    pub(super) unsettled: Option<String>,
}

impl Control<'_> {
    /// Looks until the resource is settled, or the call's time is used up. `is_settled` gets the services that are
    /// seen, and the time since the watch began.
    ///
    /// # Errors
    ///
    /// The failure of the look if nothing was seen at all.
    pub(super) async fn watch(
        &self,
        source: &StateSource,
        mut poller: Poller<'_>,
        is_settled: impl Fn(&[Part], Duration) -> bool,
    ) -> Result<WatchResult, Failure> {
        let (begin, mut last) = (Instant::now(), None);
        let unsettled = loop {
            match poller.poll(self.look_at_services(source)).await {
                Poll::Ready(parts) => {
                    let is_over = is_settled(&parts, begin.elapsed());
                    poller.report(progress(&parts));
                    last = Some(parts);
                    if is_over {
                        break None;
                    }
                }
                Poll::Unavailable => poller.report("The containers can't be inspected"),
                Poll::Failed(failure) if last.is_none() => return Err(failure.in_doubt()),
                Poll::Failed(failure) => break Some(failure.message),
            }
            if !poller.wait().await {
                break Some(format!("{}.", poller.end_reason()));
            }
        };
        let parts = last.ok_or_else(|| unseen_outcome(self.where_to_look()))?;
        Ok(WatchResult { parts, unsettled })
    }

    /// Returns whether no service still changes by itself, as far as a call waits.
    pub(super) fn is_settled(&self, parts: &[Part], since: Duration) -> bool {
        let stability = self.cx.settings().stability;
        let is_settled = |part: &Part| match part.condition {
            Condition::Up if part.health.is_some() && part.restarts() == 0 => true,
            // Waiting tells a container that ends at once from one that stays, and repeated crashes from those until
            // another service answered.
            Condition::Up | Condition::Crashing => since >= stability,
            Condition::Settling | Condition::Unknown => false,
            Condition::Paused | Condition::Down | Condition::Absent => true,
        };
        match self.action {
            Action::Stop => parts.iter().all(Part::is_down),
            Action::Start | Action::Restart => {
                parts.iter().filter(|part| part.counts).all(is_settled)
            }
        }
    }
}

/// Returns the progress that the client gets.
fn progress(parts: &[Part]) -> String {
    let name = |part: &Part| format!("{}: {}", part.name(), part.status);
    let (all, shown) = (parts.len(), parts.iter().take(5).map(name).collect::<Vec<_>>());
    let more = if all > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
