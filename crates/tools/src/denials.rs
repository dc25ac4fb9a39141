//! Keys that are not valid any more and are presented all the same: in the audit, but not so often
//! that whoever presents one can fill it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use covibe_domain::KeyId;
use covibe_policy::Principal;

/// How often one key is written down.
const EVERY: Duration = Duration::from_secs(10);

/// How many keys are kept in mind; past that all are forgotten.
const CAPACITY: usize = 10_000;

/// The keys that were refused lately.
#[derive(Debug, Default)]
pub(crate) struct Denials(Mutex<HashMap<KeyId, Instant>>);

impl Denials {
    /// Whether this one is to be written down again.
    pub(crate) fn is_due(&self, principal: &Principal) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&principal.key).is_some_and(|at| at.elapsed() < EVERY) {
            return false;
        }
        if noted.len() >= CAPACITY {
            noted.clear();
        }
        noted.insert(principal.key.clone(), Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::KeyScope;

    use super::*;

    #[test]
    fn one_key_is_written_down_once_in_a_while() {
        let of = |key: &str| Principal {
            tenant: "ten_acme".parse().unwrap(),
            workspace: "ws_mark".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            key: key.parse().unwrap(),
            scope: KeyScope::Workspace,
        };
        let denials = Denials::default();
        assert!(denials.is_due(&of("key_abcd")) && !denials.is_due(&of("key_abcd")));
        assert!(denials.is_due(&of("key_efgh")));
    }
}
