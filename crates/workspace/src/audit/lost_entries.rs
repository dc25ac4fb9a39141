//! Entries that were lost, which an entry of their own counts.

use std::collections::HashMap;

use covibe_domain::{TenantId, Timestamp};
use covibe_store::{AuditEntry, Repeats};
use parking_lot::Mutex;

use super::request_id::random_id;

/// The operation of an entry that counts lost ones.
const LOST: &str = "audit.lost";

/// The numbers of entries that were lost and are not counted in the audit yet, by tenant.
#[derive(Debug, Default)]
pub(super) struct Losses(Mutex<HashMap<TenantId, Lost>>);

#[derive(Debug)]
struct Lost {
    count: i64,
    since: Timestamp,
    last: Timestamp,
}

impl Losses {
    /// Counts an entry that is lost, or those that one stands for which counts others. Returns how many.
    pub(super) fn add(&self, entry: &AuditEntry) -> u64 {
        let count = entry.repeats.map_or(1, |repeats| repeats.count);
        let since = entry.repeats.map_or(entry.at, |repeats| repeats.since);
        let mut losses = self.0.lock();
        let start = Lost { count: 0, since, last: entry.at };
        let lost = losses.entry(entry.tenant.clone()).or_insert(start);
        lost.count = lost.count.saturating_add(count);
        (lost.since, lost.last) = (lost.since.min(since), lost.last.max(entry.at));
        // An entry that counts lost ones was counted when they were lost.
        if entry.tool == LOST { 0 } else { count.try_into().unwrap_or_default() }
    }

    /// Takes the entries that count what was lost of one tenant, or of all.
    pub(super) fn take(&self, tenant: Option<&TenantId>) -> Vec<AuditEntry> {
        let mut losses = self.0.lock();
        if losses.is_empty() {
            return Vec::new();
        }
        let taken: Vec<_> = match tenant {
            Some(tenant) => losses.remove_entry(tenant).into_iter().collect(),
            None => losses.drain().collect(),
        };
        taken.into_iter().map(|(tenant, lost)| entry(tenant, &lost)).collect()
    }
}

fn entry(tenant: TenantId, lost: &Lost) -> AuditEntry {
    let call = random_id();
    AuditEntry {
        id: format!("aud_{call}_lost"),
        tenant,
        workspace: None,
        actor: None,
        access: None,
        call,
        tool: LOST.to_owned(),
        surface: "server",
        outcome: "lost".to_owned(),
        resource: None,
        params_digest: String::new(),
        at: lost.last,
        duration_ms: 0,
        repeats: Some(Repeats { count: lost.count, since: lost.since }),
        detail: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        format!("ten_{name}").parse().unwrap()
    }

    /// An entry of a call at this time, or of so many equal ones.
    fn call_entry(name: &str, at: i64, repeats: Option<Repeats>) -> AuditEntry {
        let at = Timestamp::from_millis(at);
        let lost = Lost { count: 1, since: at, last: at };
        AuditEntry { tool: "apps.list".to_owned(), repeats, ..entry(tenant(name), &lost) }
    }

    #[test]
    fn all_losses_of_a_tenant_share_one_entry() {
        let losses = Losses::default();
        let since = Timestamp::from_millis(2);
        assert_eq!(losses.add(&call_entry("acme", 7, None)), 1);
        assert_eq!(losses.add(&call_entry("beta", 4, None)), 1);
        assert_eq!(losses.add(&call_entry("acme", 5, Some(Repeats { count: 40, since }))), 40);
        let [taken] = &losses.take(Some(&tenant("acme")))[..] else { panic!("one of acme") };
        assert_eq!((taken.tool.as_str(), taken.outcome.as_str()), ("audit.lost", "lost"));
        assert_eq!(taken.repeats, Some(Repeats { count: 41, since }));
        assert_eq!((taken.at, taken.tenant.clone()), (Timestamp::from_millis(7), tenant("acme")));
        assert!(losses.take(Some(&tenant("acme"))).is_empty());
        assert_eq!(losses.take(None).len(), 1, "beta's is left");
    }

    #[test]
    fn a_lost_count_of_losses_is_not_counted_twice() {
        let losses = Losses::default();
        losses.add(&call_entry("acme", 1, None));
        losses.add(&call_entry("acme", 2, None));
        let taken = losses.take(None).remove(0);
        assert_eq!(losses.add(&taken), 0, "these were counted before");
        assert_eq!(losses.add(&call_entry("acme", 3, None)), 1);
        let again = losses.take(None).remove(0);
        assert_eq!(again.repeats.map(|it| it.count), Some(3));
        assert_eq!(again.at, Timestamp::from_millis(3));
    }
}
