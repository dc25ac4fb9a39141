//! The entries of changes of people that follow WorkOS.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Actor;
use covibe_identity::{CopiedChange, CopiedKind, CopyAudit, Identity, Recording, RevokedKey};
use covibe_store::{AuditEntry, Store};
use serde_json::json;

use super::auditor::Auditor;
use super::entry_author::Author;
use super::request_id::random_id;

/// Starts the audit of a server, which also has the changes that follow WorkOS. `timeout` limits the time for an entry
/// that must be durable.
pub(crate) fn start_auditing(store: &Store, identity: &Identity, timeout: Duration) -> Auditor {
    let auditor = Auditor::start(store.clone(), timeout);
    identity.audit_copies(Arc::new(CopiedChanges { auditor: auditor.clone() }));
    auditor
}

/// Writes the entries of changes that follow WorkOS.
#[derive(Debug)]
struct CopiedChanges {
    auditor: Auditor,
}

impl CopyAudit for CopiedChanges {
    fn record_start<'a>(&'a self, change: &'a CopiedChange) -> Recording<'a, String> {
        Box::pin(async move {
            let call = random_id();
            let started = entry(change, &call, AuditEntry::STARTED);
            let entry = AuditEntry { detail: detail(&change.kind), ..started };
            self.auditor.record(entry).await?;
            Ok(call)
        })
    }

    fn record_end<'a>(
        &'a self,
        change: &'a CopiedChange,
        call: &'a str,
        outcome: &'static str,
        keys: &'a [RevokedKey],
    ) -> Recording<'a, ()> {
        Box::pin(async move {
            let mut written = self.auditor.record(entry(change, call, outcome)).await;
            for key in keys {
                let ended = author(change).revocation_entry(key, change.user.as_str());
                written = self.auditor.record(ended).await.and(written);
            }
            written
        })
    }
}

fn author(change: &CopiedChange) -> Author {
    Author::with_actor(&change.tenant, Some(Actor::Operator), "workos")
}

fn entry(change: &CopiedChange, call: &str, outcome: &str) -> AuditEntry {
    let entry = author(change).tenant_entry(call, tool(&change.kind), outcome);
    AuditEntry { resource: Some(change.user.to_string()), ..entry }
}

/// Returns the operation's name in the audit: that of the operation which an admin would use, if there is one.
const fn tool(of: &CopiedKind) -> &'static str {
    match of {
        CopiedKind::Joined { .. } => "people.join",
        CopiedKind::Role(_) => "people.update",
        CopiedKind::Removed => "people.remove",
        CopiedKind::TakenOver => "people.taken_over",
    }
}

fn detail(of: &CopiedKind) -> Option<String> {
    let told = match of {
        CopiedKind::Joined { role, invited_by: None } | CopiedKind::Role(role) => {
            json!({ "role": role.as_str() })
        }
        CopiedKind::Joined { role, invited_by: Some(admin) } => {
            json!({ "role": role.as_str(), "invitedBy": admin })
        }
        CopiedKind::TakenOver => json!({ "by": "workos" }),
        CopiedKind::Removed => return None,
    };
    Some(told.to_string())
}
