//! Calls that repeat an earlier one to see whether something changed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use covibe_domain::{Actor, TenantId};
use covibe_policy::Principal;
use parking_lot::Mutex;
use serde_json::Value;

/// The time for which a call is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The maximum number of remembered calls of one actor; beyond it all are forgotten.
const CALLS: usize = 64;

/// The maximum number of remembered actors; beyond it, those of the tenant with the most actors are forgotten.
const ACTORS: usize = 1_000;

/// The reading calls of the last seconds, by actor.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<HashMap<Actor, Calls>>);

/// The reading calls of an actor.
#[derive(Debug)]
struct Calls {
    tenant: TenantId,
    at: HashMap<u64, Instant>,
}

impl Repeats {
    /// Records a reading call; returns whether the actor made the same one in the last half minute, and changed nothing
    /// since.
    pub(crate) fn is_repeated(&self, by: &Principal, tool: &str, params: &Value) -> bool {
        self.is_repeated_at((&by.tenant, &by.actor), digest(tool, params), Instant::now())
    }

    /// Forgets the calls of an actor that changes something: its next read is expected to show the effect.
    pub(crate) fn forget(&self, actor: &Actor) {
        self.0.lock().remove(actor);
    }

    fn is_repeated_at(
        &self,
        (tenant, actor): (&TenantId, &Actor),
        call: u64,
        now: Instant,
    ) -> bool {
        let mut actors = self.0.lock();
        if actors.len() >= ACTORS && !actors.contains_key(actor) {
            forget_largest(&mut actors);
        }
        let new = || Calls { tenant: tenant.clone(), at: HashMap::new() };
        let calls = &mut actors.entry(actor.clone()).or_insert_with(new).at;
        calls.retain(|_, at| now.saturating_duration_since(*at) < REMEMBERED_FOR);
        if calls.len() >= CALLS {
            calls.clear();
        }
        calls.insert(call, now).is_some()
    }
}

/// Forgets the actors of the tenant with the most.
fn forget_largest(actors: &mut HashMap<Actor, Calls>) {
    let mut numbers = HashMap::<_, usize>::new();
    for calls in actors.values() {
        *numbers.entry(&calls.tenant).or_default() += 1;
    }
    let most = numbers.into_iter().max_by_key(|(_, number)| *number);
    if let Some(most) = most.map(|(tenant, _)| tenant.clone()) {
        actors.retain(|_, calls| calls.tenant != most);
    }
}

fn digest(tool: &str, params: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    (tool, params.to_string()).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::{KeyAccess, KeyScope};
    use serde_json::json;

    use super::*;

    fn actor(key: &str) -> Actor {
        Actor::Key(key.parse().unwrap())
    }

    fn principal(key: &str) -> Principal {
        Principal {
            tenant: "ten_acme".parse().unwrap(),
            workspace: "ws_mark".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: actor(key),
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            session: None,
            narrowed: false,
        }
    }

    #[test]
    fn a_repeated_call_has_the_same_actor_tool_and_parameters() {
        let (repeats, one) = (Repeats::default(), principal("key_abcd"));
        let (site, shop) = (json!({ "uuid": "site" }), json!({ "uuid": "shop" }));
        assert!(!repeats.is_repeated(&one, "apps.get", &site));
        assert!(repeats.is_repeated(&one, "apps.get", &site));
        assert!(!repeats.is_repeated(&one, "apps.get", &shop));
        assert!(!repeats.is_repeated(&one, "apps.deployments", &site));
        assert!(!repeats.is_repeated(&principal("key_efgh"), "apps.get", &site));
    }

    #[test]
    fn the_first_read_after_a_change_does_not_count_as_repeated() {
        let (repeats, one) = (Repeats::default(), principal("key_abcd"));
        assert!(!repeats.is_repeated(&one, "apps.list", &Value::Null));
        repeats.forget(&one.actor);
        assert!(!repeats.is_repeated(&one, "apps.list", &Value::Null));
    }

    #[test]
    fn a_call_does_not_count_as_repeated_after_half_a_minute() {
        let (repeats, by, now) = (Repeats::default(), principal("key_abcd"), Instant::now());
        let one = (&by.tenant, &by.actor);
        assert!(!repeats.is_repeated_at(one, 1, now));
        assert!(repeats.is_repeated_at(one, 1, now + REMEMBERED_FOR / 2));
        assert!(!repeats.is_repeated_at(one, 1, now + REMEMBERED_FOR * 2));
    }

    #[test]
    fn the_number_of_remembered_calls_is_bounded() {
        let (repeats, by, now) = (Repeats::default(), principal("key_abcd"), Instant::now());
        for call in 0..2_000 {
            repeats.is_repeated_at((&by.tenant, &by.actor), call, now);
        }
        assert!(repeats.0.lock()[&by.actor].at.len() <= CALLS);
    }

    #[test]
    fn many_keys_of_a_tenant_do_not_evict_those_of_others() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        let (honest, key) = ("ten_beta".parse().unwrap(), actor("key_honest"));
        assert!(!repeats.is_repeated_at((&honest, &key), 1, now));
        let tenant = "ten_acme".parse().unwrap();
        for number in 0..3 * ACTORS {
            let key = actor(&format!("key_abcd{number}"));
            repeats.is_repeated_at((&tenant, &key), 1, now);
        }
        assert!(repeats.is_repeated_at((&honest, &key), 1, now));
        assert!(repeats.0.lock().len() <= ACTORS);
    }
}
