//! Events of domains. They are appended and never changed.

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::word;
use crate::schema::vibn_domain_events as table;
use crate::tx::{RunQueryDsl, Tx};

/// Something that happened to a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainEvent {
    /// The event's id; of those at the same time, a later one has a larger id.
    pub id: String,
    /// The workspace that the domain belonged to.
    pub workspace: WorkspaceId,
    /// The domain.
    pub domain: DomainName,
    /// The kind of event.
    pub kind: DomainEventKind,
    /// When it happened.
    pub at: Timestamp,
    /// More about it, for people: never personal data.
    pub detail: Option<String>,
}

impl Tx {
    /// Appends an event.
    #[boxed]
    pub async fn insert_domain_event(&mut self, event: &DomainEvent) -> Result<()> {
        let row = (
            table::id.eq(event.id.clone()),
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(event.workspace.to_string()),
            table::domain.eq(event.domain.to_string()),
            table::kind.eq(event.kind.as_str()),
            table::at.eq(event.at.as_millis()),
            table::detail.eq(event.detail.clone()),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns at most this many events of the workspace's domain, the latest first.
    #[boxed]
    pub async fn domain_events(
        &mut self,
        workspace: &WorkspaceId,
        domain: &DomainName,
        take: u32,
    ) -> Result<Vec<DomainEvent>> {
        type Row = (String, String, i64, Option<String>);
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::domain.eq(domain.as_str()))
            .order((table::at.desc(), table::id.desc()))
            .limit(take.into())
            .select((table::id, table::kind, table::at, table::detail))
            .load(conn).await)?;
        let read = |(id, kind, at, detail): Row| {
            let kind = word(DomainEventKind::from_word(&kind), "vibn_domain_events.kind")?;
            let (workspace, domain) = (workspace.clone(), domain.clone());
            Ok(DomainEvent { id, workspace, domain, kind, at: Timestamp::from_millis(at), detail })
        };
        rows.into_iter().map(read).collect()
    }
}
