//! What happened to domains, written down.

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Failure, WorkspaceId};
use covibe_store::{DomainEvent, Tx};

use crate::audit::random_id;

/// The longest detail of an event, in characters.
const LONGEST: usize = 300;

/// Writes down what happened to a workspace's domain, in the same transaction as what it changed.
pub(crate) async fn insert_event(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    domain: &DomainName,
    kind: DomainEventKind,
    detail: Option<&str>,
) -> Result<(), Failure> {
    let at = tx.now().await?;
    let id = format!("evt_{}", random_id());
    let (workspace, domain) = (workspace.clone(), domain.clone());
    let detail = detail.map(|text| text.chars().take(LONGEST).collect());
    Ok(tx.insert_domain_event(&DomainEvent { id, workspace, domain, kind, at, detail }).await?)
}
