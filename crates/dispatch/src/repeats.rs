//! Calls that repeat an earlier one to see whether something changed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use covibe_domain::Actor;
use parking_lot::Mutex;
use serde_json::Value;

/// How long a call is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The maximum number of remembered calls of one actor; beyond it all are forgotten.
const CALLS: usize = 64;

/// The maximum number of remembered actors; beyond it all are forgotten.
const ACTORS: usize = 1_000;

/// The reading calls of the last seconds, by actor.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<HashMap<Actor, HashMap<u64, Instant>>>);

impl Repeats {
    /// Notes a reading call; returns whether the actor made the same one in the last half minute, and
    /// changed nothing since.
    pub(crate) fn is_repeated(&self, actor: &Actor, tool: &str, params: &Value) -> bool {
        self.is_repeated_at(actor, digest(tool, params), Instant::now())
    }

    /// Forgets the calls of an actor that changes something: the next look is to see the effect.
    pub(crate) fn forget(&self, actor: &Actor) {
        self.0.lock().remove(actor);
    }

    fn is_repeated_at(&self, actor: &Actor, call: u64, now: Instant) -> bool {
        let mut actors = self.0.lock();
        if actors.len() >= ACTORS && !actors.contains_key(actor) {
            actors.clear();
        }
        let calls = actors.entry(actor.clone()).or_default();
        calls.retain(|_, at| now.saturating_duration_since(*at) < REMEMBERED_FOR);
        if calls.len() >= CALLS {
            calls.clear();
        }
        calls.insert(call, now).is_some()
    }
}

fn digest(tool: &str, params: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    (tool, params.to_string()).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn actor(key: &str) -> Actor {
        Actor::Key(key.parse().unwrap())
    }

    #[test]
    fn a_repeated_call_has_the_same_actor_tool_and_parameters() {
        let (repeats, one) = (Repeats::default(), actor("key_abcd"));
        let (site, shop) = (json!({ "uuid": "site" }), json!({ "uuid": "shop" }));
        assert!(!repeats.is_repeated(&one, "apps.get", &site));
        assert!(repeats.is_repeated(&one, "apps.get", &site));
        assert!(!repeats.is_repeated(&one, "apps.get", &shop));
        assert!(!repeats.is_repeated(&one, "apps.deployments", &site));
        assert!(!repeats.is_repeated(&actor("key_efgh"), "apps.get", &site));
    }

    #[test]
    fn the_first_look_after_a_change_repeats_nothing() {
        let (repeats, one) = (Repeats::default(), actor("key_abcd"));
        assert!(!repeats.is_repeated(&one, "apps.list", &Value::Null));
        repeats.forget(&one);
        assert!(!repeats.is_repeated(&one, "apps.list", &Value::Null));
    }

    #[test]
    fn a_call_is_forgotten_after_half_a_minute() {
        let (repeats, one, now) = (Repeats::default(), actor("key_abcd"), Instant::now());
        assert!(!repeats.is_repeated_at(&one, 1, now));
        assert!(repeats.is_repeated_at(&one, 1, now + REMEMBERED_FOR / 2));
        assert!(!repeats.is_repeated_at(&one, 1, now + REMEMBERED_FOR * 2));
    }

    #[test]
    fn the_number_of_calls_is_bounded() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        for call in 0..2_000 {
            repeats.is_repeated_at(&actor("key_abcd"), call, now);
        }
        assert!(repeats.0.lock()[&actor("key_abcd")].len() <= CALLS);
    }
}
