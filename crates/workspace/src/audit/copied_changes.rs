//! The entries of changes of people that follow WorkOS.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Actor, UserId};
use covibe_identity::{
    CopiedChange, CopiedKind, CopyAudit, Identity, Recording, RevokedKey, StartedCopies,
    StartedCopy,
};
use covibe_store::Store;
use serde_json::{Value, json};

use super::auditor::Auditor;
use super::entry_author::Author;
use super::entry_draft::Draft;

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
    fn record_start<'a>(&'a self, changes: &'a [CopiedChange]) -> Recording<'a, StartedCopies> {
        Box::pin(async move {
            let drafts: Vec<_> = changes.iter().map(draft).collect();
            self.auditor.begin_all(&drafts).await?;
            let users = changes.iter().map(|change| change.user.clone());
            let started = drafts.into_iter().zip(users).map(|(draft, user)| {
                let auditor = self.auditor.clone();
                Box::new(StartedChange { auditor, draft, user }) as Box<dyn StartedCopy>
            });
            Ok(started.collect())
        })
    }
}

/// A change whose first entry is written.
struct StartedChange {
    auditor: Auditor,
    draft: Draft,
    user: UserId,
}

impl StartedCopy for StartedChange {
    fn record_end<'a>(
        self: Box<Self>,
        outcome: &'static str,
        keys: &'a [RevokedKey],
    ) -> Recording<'a, ()> {
        Box::pin(async move {
            let Self { auditor, draft, user } = *self;
            let revoked = auditor.record_revocations(&draft.author(), keys, user.as_str()).await;
            auditor.record(draft.outcome(outcome)).await.and(revoked)
        })
    }
}

/// The parameters that the entry of a start has in clear.
const DETAIL: [&str; 3] = ["role", "invitedBy", "by"];

/// Starts the entries of a change.
fn draft(change: &CopiedChange) -> Draft {
    let author = Author::with_actor(&change.tenant, Some(Actor::Operator), "workos");
    let params = params(change);
    Draft::for_tenant(&author, tool(&change.kind), None)
        .with_named_resource(&params)
        .with_detail(&DETAIL, &params)
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

fn params(of: &CopiedChange) -> Value {
    let user = &of.user;
    match &of.kind {
        CopiedKind::Joined { role, invited_by } => {
            json!({ "userId": user, "role": role.as_str(), "invitedBy": invited_by })
        }
        CopiedKind::Role(role) => json!({ "userId": user, "role": role.as_str() }),
        CopiedKind::Removed => json!({ "userId": user }),
        CopiedKind::TakenOver => json!({ "userId": user, "by": "workos" }),
    }
}
