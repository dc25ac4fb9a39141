//! The history of a workspace's domains, to which each change adds an event.

use std::sync::atomic::{AtomicU32, Ordering};

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Failure, Timestamp, WorkspaceId};
use covibe_store::{DomainEvent, Tx};

/// The number of events that this process has recorded.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The longest detail of an event, in characters.
const LONGEST: usize = 300;

/// Records an event of a workspace's domain, in the same transaction as the change.
pub(crate) async fn insert_event(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    domain: &DomainName,
    kind: DomainEventKind,
    detail: Option<&str>,
) -> Result<(), Failure> {
    let at = tx.now().await?;
    let id = event_id(Timestamp::now());
    let (workspace, domain) = (workspace.clone(), domain.clone());
    let detail = detail.map(|text| text.chars().take(LONGEST).collect());
    Ok(tx.insert_domain_event(&DomainEvent { id, workspace, domain, kind, at, detail }).await?)
}

/// Returns an id for an event of this moment. Of two events in one millisecond, the later one has the larger id.
fn event_id(at: Timestamp) -> String {
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let random = hex::encode(covibe_crypto::random::<4>());
    format!("evt_{:012x}{next:08x}{random}", at.as_millis())
}

/// The workspace has no such domain.
pub(crate) fn unknown_domain(name: &DomainName) -> Failure {
    Failure::not_found(format!("The workspace has no domain {name}."))
        .hint("domains.list shows the workspace's domains.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_event_of_the_same_millisecond_has_the_larger_id() {
        let at = Timestamp::now();
        let ids: Vec<_> = (0..20).map(|_| event_id(at)).collect();
        assert!(ids.is_sorted(), "{ids:?}");
    }
}
