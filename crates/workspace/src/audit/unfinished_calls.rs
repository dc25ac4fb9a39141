//! Settling calls whose process ended before their outcome was written, and the entries of keys that ended with them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::{TenantId, Timestamp, UNKNOWN_OUTCOME};
use covibe_store::{AuditEntry, AuditRecord, Error, RevokedKey, Store};
use parking_lot::Mutex;

use super::entry_author::Author;
use crate::clock::time_before_now;

/// The interval at which the calls of a tenant are searched for unfinished ones.
const INTERVAL: Duration = Duration::from_hours(24);

/// The delay of the first search, because a server that has just started has its first calls to answer.
const AT_FIRST: Duration = Duration::from_millis(500);

/// The age from which a call without an outcome counts as unfinished: longer than any call may take.
const LONGEST: Duration = Duration::from_mins(15);

/// Settles calls of the tenants that are active: only the owner of the tables may list the tenants.
#[derive(Debug)]
pub(super) struct UnfinishedSettler {
    store: Store,
    looked: Mutex<HashMap<TenantId, Instant>>,
}

impl UnfinishedSettler {
    pub(super) fn new(store: Store) -> Self {
        Self { store, looked: Mutex::default() }
    }

    /// Settles the unfinished calls of these tenants in the background, unless that was done in the last day.
    pub(super) fn settle_unfinished(&self, tenants: impl IntoIterator<Item = TenantId>) {
        let due = self.take_due(tenants);
        if due.is_empty() {
            return;
        }
        let store = self.store.clone();
        tokio::spawn(async move {
            tokio::time::sleep(AT_FIRST).await;
            settle_all(&store, &due).await;
            // Calls that a process left just before this one started.
            tokio::time::sleep(LONGEST).await;
            settle_all(&store, &due).await;
        });
    }

    /// Returns the tenants whose calls were not searched in the last day.
    fn take_due(&self, tenants: impl IntoIterator<Item = TenantId>) -> Vec<TenantId> {
        let mut looked = self.looked.lock();
        let is_recent = |at: &Instant| at.elapsed() < INTERVAL;
        let due: Vec<_> = tenants
            .into_iter()
            .filter(|tenant| !looked.get(tenant).is_some_and(is_recent))
            .collect();
        looked.extend(due.iter().map(|tenant| (tenant.clone(), Instant::now())));
        due
    }
}

async fn settle_all(store: &Store, tenants: &[TenantId]) {
    for tenant in tenants {
        if let Err(error) = settle(store, tenant).await {
            tracing::warn!(%error, %tenant, "could not record that the outcomes of calls are unknown");
        }
    }
}

/// Writes an entry with an unknown outcome for each call of a tenant that began long ago and has no outcome, and the
/// entries that are missing of keys which ended with a call. Servers that do this at the same time write the same entries,
/// once.
async fn settle(store: &Store, tenant: &TenantId) -> Result<(), Error> {
    let before = time_before_now(LONGEST);
    let unfinished = store.unfinished_audit(tenant, before).await?;
    let ended = store.unrecorded_revocations(tenant, before).await?;
    let revocation = |(key, with): &(RevokedKey, String)| {
        revocation_author(tenant, &unfinished, with).revocation_entry(key, with)
    };
    // In the order of a call: what ended with it, and then its outcome.
    let mut entries: Vec<_> = ended.iter().map(revocation).collect();
    entries.extend(unfinished.into_iter().filter_map(|it| unknown_outcome_entry(tenant, it)));
    if entries.is_empty() {
        return Ok(());
    }
    store.append_audit(&entries).await?;
    let keys: Vec<_> = ended.into_iter().map(|(key, _)| key).collect();
    store.note_recorded_revocations(tenant, &keys).await?;
    let (calls, keys) = (entries.len() - keys.len(), keys.len());
    tracing::warn!(
        %tenant, calls, keys,
        "the outcomes of calls are unknown, because their process ended; the keys that ended with calls were added"
    );
    Ok(())
}

/// Returns the author of the entry of a key that ended with this key, workspace or person: the actor of the unfinished
/// call about it, if there is one.
fn revocation_author(tenant: &TenantId, unfinished: &[AuditRecord], with: &str) -> Author {
    let is_about = |call: &&AuditRecord| call.resource.as_deref() == Some(with);
    let actor = unfinished.iter().rfind(is_about).and_then(|call| call.actor.clone());
    Author::with_actor(tenant, actor, "server")
}

fn unknown_outcome_entry(tenant: &TenantId, started: AuditRecord) -> Option<AuditEntry> {
    let call = started.id.strip_suffix(AuditEntry::STARTED)?;
    Some(AuditEntry {
        id: format!("{call}{UNKNOWN_OUTCOME}"),
        tenant: tenant.clone(),
        workspace: started.workspace,
        actor: started.actor,
        access: started.access,
        call: started.call,
        tool: started.tool,
        surface: "server",
        outcome: UNKNOWN_OUTCOME.to_owned(),
        resource: started.resource,
        params_digest: started.params_digest,
        at: Timestamp::now(),
        duration_ms: 0,
        repeats: None,
        detail: None,
    })
}

#[cfg(test)]
mod tests {
    use covibe_domain::{Actor, UserId};

    use super::*;

    fn person(name: &str) -> Actor {
        Actor::Person(format!("usr_{name:0>4}").parse::<UserId>().unwrap())
    }

    fn call(resource: &str, by: &str) -> AuditRecord {
        AuditRecord {
            id: "aud_1_started".to_owned(),
            seq: 1,
            workspace: None,
            actor: Some(person(by)),
            access: None,
            call: "1".to_owned(),
            tool: "people.remove".to_owned(),
            surface: "rest".to_owned(),
            outcome: "started".to_owned(),
            resource: Some(resource.to_owned()),
            params_digest: String::new(),
            at: Timestamp::from_millis(1),
            duration_ms: 0,
            repeats: None,
            detail: None,
        }
    }

    #[test]
    fn the_author_of_a_late_revocation_is_the_actor_of_the_call_about_its_cause() {
        let tenant = "ten_acme".parse().unwrap();
        let calls = [call("usr_bob", "ada"), call("usr_carol", "eve")];
        let author = |with| revocation_author(&tenant, &calls, with);
        assert_eq!(author("usr_bob").actor, Some(person("ada")));
        assert_eq!(author("usr_carol").actor, Some(person("eve")));
        assert_eq!(author("usr_dave").actor, None);
        assert_eq!(author("usr_bob").surface, "server");
    }
}
