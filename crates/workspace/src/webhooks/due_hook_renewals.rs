//! Records which hooks have to be created again, and which were within the last hour.
//!
//! A hook is due when a delivery to its address was signed with a secret that is not ours: somebody may have changed
//! the secret on Gitea's pages, and nothing else shows this. The key of a record is the workspace whose organisation
//! has the hook, or `None` for the hook of the instance.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::WorkspaceId;
use parking_lot::Mutex;
use tokio::time::Instant;

/// The time after a renewal in which unsigned deliveries demand no other one, so that somebody who forges them, or has
/// a further hook with a secret of its own, cannot keep this server busy.
const EVERY: Duration = Duration::from_hours(1);

/// The maximum number of hooks that are remembered.
const CAPACITY: usize = 10_000;

/// When a new hook was demanded, or made, last.
#[derive(Clone, Copy, Debug)]
struct Renewal {
    at: Instant,
    is_due: bool,
}

/// The hooks that have to be made anew, and those that were within the last hour.
#[derive(Debug, Default)]
pub(crate) struct Renewals(Mutex<HashMap<Option<WorkspaceId>, Renewal>>);

impl Renewals {
    /// Demands that a hook is made anew, unless it was within the last hour.
    pub(crate) fn demand(&self, of: Option<&WorkspaceId>) {
        let mut all = self.0.lock();
        all.retain(|_, it| it.at.elapsed() < EVERY);
        if all.len() < CAPACITY {
            let new = Renewal { at: Instant::now(), is_due: true };
            all.entry(of.cloned()).or_insert(new);
        }
    }

    /// Returns whether a hook has to be made anew.
    pub(crate) fn is_due(&self, of: Option<&WorkspaceId>) -> bool {
        self.0.lock().get(&of.cloned()).is_some_and(|it| it.is_due)
    }

    /// Returns whether somebody demanded after that moment that a hook is made anew.
    pub(crate) fn is_demanded_since(&self, of: Option<&WorkspaceId>, moment: Instant) -> bool {
        self.0.lock().get(&of.cloned()).is_some_and(|it| it.is_due && it.at > moment)
    }

    /// Notes that a hook was made anew, if that was demanded.
    pub(crate) fn note(&self, of: Option<&WorkspaceId>) {
        if let Some(it) = self.0.lock().get_mut(&of.cloned()).filter(|it| it.is_due) {
            *it = Renewal { at: Instant::now(), is_due: false };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hook_is_recreated_at_most_once_an_hour_whatever_deliveries_demand() {
        let (renewals, workspace) = (Renewals::default(), "ws_abcd".parse().unwrap());
        let of = Some(&workspace);
        renewals.note(of);
        assert!(!renewals.is_due(of), "nobody demanded it");
        let before = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        renewals.demand(of);
        renewals.demand(of);
        assert!(renewals.is_due(of) && renewals.is_demanded_since(of, before));
        assert!(!renewals.is_due(None), "the hook of the instance is another one");
        assert!(!renewals.is_demanded_since(of, Instant::now()), "it was tried since");
        renewals.note(of);
        renewals.demand(of);
        assert!(!renewals.is_due(of));
        tokio::time::advance(EVERY).await;
        renewals.demand(of);
        assert!(renewals.is_due(of));
    }
}
