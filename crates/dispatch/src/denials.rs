//! Uses of keys that are no longer valid. They are audited, but not so often that whoever has such a
//! key can fill the audit.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::Actor;
use covibe_policy::Principal;
use parking_lot::Mutex;

/// The minimum interval between two entries of one actor.
const INTERVAL: Duration = Duration::from_secs(10);

/// The maximum number of remembered actors; beyond it all are forgotten.
const CAPACITY: usize = 10_000;

/// The actors that were denied recently.
#[derive(Debug, Default)]
pub(crate) struct Denials(Mutex<HashMap<Actor, Instant>>);

impl Denials {
    /// Whether a denial of this principal should be audited.
    pub(crate) fn is_due(&self, principal: &Principal) -> bool {
        let mut audited = self.0.lock();
        if audited.get(&principal.actor).is_some_and(|at| at.elapsed() < INTERVAL) {
            return false;
        }
        if audited.len() >= CAPACITY {
            audited.clear();
        }
        audited.insert(principal.actor.clone(), Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::{KeyAccess, KeyScope};

    use super::*;

    #[test]
    fn audits_one_actor_once_per_interval() {
        let of = |key: &str| Principal {
            tenant: "ten_acme".parse().unwrap(),
            workspace: "ws_mark".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: Actor::Key(key.parse().unwrap()),
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            narrowed: false,
        };
        let denials = Denials::default();
        assert!(denials.is_due(&of("key_abcd")) && !denials.is_due(&of("key_abcd")));
        assert!(denials.is_due(&of("key_efgh")));
    }
}
