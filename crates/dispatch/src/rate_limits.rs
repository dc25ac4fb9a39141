//! The limits on the calls of a key, of a workspace and of a tenant.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use covibe_domain::{Actor, Failure, Kind, TenantId, WorkspaceId};
use covibe_policy::{CallerGroup, Principal};
use covibe_workspace::{CallRate, CallRates};
use parking_lot::Mutex;

/// The number of remembered names above which those without recent calls are forgotten.
const CAPACITY: usize = 10_000;

/// The recent calls, and those of them that change something.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    calls: Counts,
    changes: Counts,
}

/// Recent calls by key or person, by workspace and by tenant.
#[derive(Debug, Default)]
struct Counts {
    actors: Mutex<Calls<Actor>>,
    workspaces: Mutex<Calls<(CallerGroup, WorkspaceId)>>,
    tenants: Mutex<Calls<(CallerGroup, TenantId)>>,
}

/// The rates of a key and of a tenant, and what is counted.
struct Limits {
    key: CallRate,
    tenant: CallRate,
    what: &'static str,
}

impl Rates {
    /// Counts a call.
    ///
    /// # Errors
    ///
    /// Limited if its key, its workspace or its tenant makes too many calls.
    pub(crate) fn take(&self, principal: &Principal, limits: &CallRates) -> Result<(), Failure> {
        self.take_at(principal, limits, Instant::now())
    }

    /// Counts a call that changes something, beside [`Self::take`].
    ///
    /// # Errors
    ///
    /// Limited if its key, its workspace or its tenant makes too many of them.
    pub(crate) fn take_change(
        &self,
        principal: &Principal,
        limits: &CallRates,
    ) -> Result<(), Failure> {
        let CallRates { key_changes: key, tenant_changes: tenant, .. } = *limits;
        let limits = Limits { key, tenant, what: "calls per second that change something" };
        self.changes.take(principal, &limits, Instant::now())
    }

    fn take_at(
        &self,
        principal: &Principal,
        limits: &CallRates,
        now: Instant,
    ) -> Result<(), Failure> {
        let CallRates { key, tenant, .. } = *limits;
        self.calls.take(principal, &Limits { key, tenant, what: "calls per second" }, now)
    }
}

impl Counts {
    fn take(&self, principal: &Principal, limits: &Limits, now: Instant) -> Result<(), Failure> {
        let Limits { key, tenant, what } = *limits;
        let workspace = CallRate::for_workspace(tenant, key);
        let failure = |whose: &str, rate: CallRate, wait| {
            let most = rate.per_second;
            Failure::new(Kind::Limited, format!("{whose} more than {most} {what}."))
                .hint("Pause between calls, then retry.")
                .retry_after(wait)
        };
        let group = principal.group();
        let (own, all) = match group {
            CallerGroup::Keys => ("This key makes", "The keys"),
            CallerGroup::People => ("You make", "The people"),
        };
        // A call that is refused because of its key does not count for its workspace and its tenant.
        let of_actor = self.actors.lock().take(&principal.actor, key, now);
        of_actor.map_err(|wait| failure(own, key, wait))?;
        let place = (group, principal.workspace.clone());
        let of_workspace = self.workspaces.lock().take(&place, workspace, now);
        of_workspace
            .map_err(|wait| failure(&format!("{all} of this workspace make"), workspace, wait))?;
        let of_tenant = self.tenants.lock().take(&(group, principal.tenant.clone()), tenant, now);
        of_tenant.map_err(|wait| failure(&format!("{all} of this tenant make"), tenant, wait))
    }
}

/// Calls by name: the time until which each name has used up its calls.
#[derive(Debug)]
struct Calls<N>(HashMap<N, Instant>);

impl<N> Default for Calls<N> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<N: Clone + Eq + Hash> Calls<N> {
    /// Counts a call, or returns how long to wait for the next one.
    fn take(&mut self, name: &N, rate: CallRate, now: Instant) -> Result<(), Duration> {
        if let Some(used_until) = self.0.get_mut(name) {
            *used_until = rate.take(Some(*used_until), now)?;
            return Ok(());
        }
        let used_until = rate.take(None, now)?;
        if self.0.len() >= CAPACITY {
            self.0.retain(|_, until| *until > now);
        }
        self.0.insert(name.clone(), used_until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::{KeyAccess, KeyScope};

    use super::*;

    /// Returns the principal of a key, whose workspace is `number`.
    fn principal_of(tenant: &str, number: usize, key: &str) -> Principal {
        let workspace = format!("ws_mark{number}").parse().unwrap();
        Principal { workspace, ..principal(tenant, key) }
    }

    fn principal(tenant: &str, key: &str) -> Principal {
        Principal {
            tenant: tenant.parse().unwrap(),
            workspace: "ws_mark".parse().unwrap(),
            slug: "mark".parse().unwrap(),
            actor: Actor::Key(key.parse().unwrap()),
            scope: KeyScope::Workspace,
            granted: KeyAccess::Full,
            session: None,
            narrowed: false,
        }
    }

    /// Makes calls for ten seconds, one each millisecond; returns how many are not refused.
    fn count_permitted_calls(rates: &Rates, limits: &CallRates, principals: &[Principal]) -> usize {
        let begun = Instant::now();
        let moments = (0..10_000).map(|millis| begun + Duration::from_millis(millis));
        let calls = moments.zip(principals.iter().cycle());
        calls.filter(|(now, by)| rates.take_at(by, limits, *now).is_ok()).count()
    }

    #[test]
    fn limits_the_calls_of_a_key() {
        let (rates, limits) = (Rates::default(), CallRates::default());
        let made = count_permitted_calls(&rates, &limits, &[principal("ten_acme", "key_abcd")]);
        assert!((295..=305).contains(&made), "{made}");
    }

    #[test]
    fn limits_the_calls_of_a_tenant_with_many_keys() {
        let (rates, limits) = (Rates::default(), CallRates::default());
        let keys = ["key_aaaa", "key_bbbb", "key_cccc", "key_dddd", "key_eeee", "key_ffff"];
        let keys = keys.map(|key| principal_of("ten_acme", usize::from(key > "key_d"), key));
        let ten_tenths = CallRates { tenant: CallRate::per_second(50), ..limits };
        let made = count_permitted_calls(&rates, &ten_tenths, &keys);
        assert!((740..=760).contains(&made), "{made}");
        assert!(rates.take(&principal("ten_beta", "key_gggg"), &ten_tenths).is_ok());
    }

    #[test]
    fn leaves_half_of_the_rate_of_a_tenant_to_its_other_workspaces() {
        let (rates, limits) = (Rates::default(), CallRates::default());
        let keys: Vec<_> =
            (0..8).map(|number| principal("ten_acme", &format!("key_aaaa{number}"))).collect();
        let crowded = count_permitted_calls(&rates, &limits, &keys);
        assert!((740..=760).contains(&crowded), "{crowded}");
        let (rates, other) = (Rates::default(), principal_of("ten_acme", 2, "key_other"));
        let now = Instant::now();
        while keys.iter().any(|key| rates.take_at(key, &limits, now).is_ok()) {}
        assert!(rates.take_at(&other, &limits, now).is_ok());
    }

    #[test]
    fn keys_of_a_workspace_keep_no_person_from_revoking_them() {
        let (rates, limits) = (Rates::default(), CallRates::default());
        let keys: Vec<_> =
            (0..50).map(|number| principal("ten_acme", &format!("key_aaaa{number}"))).collect();
        let person = Actor::Person("usr_adaa".parse().unwrap());
        let person = Principal { actor: person, ..keys[0].clone() };
        let now = Instant::now();
        while keys.iter().any(|key| rates.take_at(key, &limits, now).is_ok()) {}
        rates.take_at(&person, &limits, now).unwrap();
    }

    #[test]
    fn limits_changes_more_than_reads() {
        let (rates, limits) = (Rates::default(), CallRates::default());
        let by = principal("ten_acme", "key_abcd");
        let changes = (0..1_000).filter(|_| rates.take_change(&by, &limits).is_ok()).count();
        assert!((100..=110).contains(&changes), "{changes}");
        let failure = rates.take_change(&by, &limits).unwrap_err();
        assert_eq!(
            failure.message,
            "This key makes more than 5 calls per second that change something."
        );
        rates.take(&by, &limits).unwrap();
    }

    #[test]
    fn a_refused_call_returns_the_time_until_the_next_one() {
        let (rates, now) = (Rates::default(), Instant::now());
        let limits =
            CallRates { key: CallRate { per_second: 2, burst: 1 }, ..CallRates::default() };
        let (one, other) = (principal("ten_acme", "key_abcd"), principal("ten_acme", "key_efgh"));
        rates.take_at(&one, &limits, now).unwrap();
        let refused = rates.take_at(&one, &limits, now).unwrap_err();
        assert_eq!(refused.kind, Kind::Limited);
        let wait = refused.retry_after.unwrap();
        assert_eq!(wait, Duration::from_millis(500));
        assert!(rates.take_at(&other, &limits, now).is_ok());
        assert!(rates.take_at(&one, &limits, now + wait).is_ok());
    }

    #[test]
    fn forgets_keys_without_recent_calls() {
        let (mut calls, now) = (Calls::default(), Instant::now());
        for number in 0..3 * CAPACITY {
            let now = now + Duration::from_secs(number as u64);
            calls.take(&number, CallRate::per_second(1), now).unwrap();
        }
        assert!(calls.0.len() <= CAPACITY);
    }
}
