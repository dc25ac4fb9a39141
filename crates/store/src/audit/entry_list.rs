//! Reading entries, newest first.

use std::time::Duration;

use covibe_domain::entities::AgentType;
use covibe_domain::{Actor, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::audit_entry::{AuditEntry, AuditRecord};
use super::stored_row::{Stored, records};
use crate::error::Result;
use crate::row::millis;
use crate::schema::{api_keys, audit_log as table};
use crate::tx::{RunQueryDsl, Tx};

/// The number of entries of a chain that one statement searches, so that it ends soon however long the chain is.
const WINDOW: i64 = 10_000;

/// The most by which an entry may be earlier than those that were written before it: instances have different
/// clocks, and an instance that cannot reach the database writes its entries later.
const DISORDER: Duration = Duration::from_hours(24);

/// A filter of a tenant's entries. The default selects all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Those of this time and later.
    pub since: Option<Timestamp>,
    /// Those of this actor.
    pub actor: Option<Actor>,
    /// Those of this operation.
    pub tool: Option<String>,
    /// Those of keys for this agent.
    pub agent: Option<AgentType>,
    /// Those with this outcome.
    pub outcome: Option<String>,
    /// Those that are not such calls.
    pub except: Option<SurfaceTools>,
    /// Those of calls that have ended, without the entries that precede changes.
    pub ended: bool,
    /// Those before the one with this number in the chain.
    pub before: Option<i64>,
}

/// Calls of some operations by one surface.
#[derive(Clone, Debug)]
pub struct SurfaceTools {
    /// The surface.
    pub surface: String,
    /// The names of the operations; `None` stands for all.
    pub tools: Option<Vec<String>>,
}

/// The entries up to this number and before this time (milliseconds), which were cut.
struct CutEntries {
    up_to: i64,
    before: i64,
}

/// Returns the query for the entries of a transaction's tenant that match a filter.
macro_rules! matching {
    ($tx:expr, $filter:expr) => {{
        let AuditFilter { workspace, since, actor, tool, agent, outcome, .. } = $filter;
        let AuditFilter { except, ended, .. } = $filter;
        let except_surface = except.as_ref().map_or("", |except| except.surface.as_str());
        let except_tools = except.as_ref().and_then(|except| except.tools.clone());
        let any_surface = except_tools.is_some();
        let (any_workspace, any_actor, any_tool) =
            (workspace.is_none(), actor.is_none(), tool.is_none());
        let (any_agent, any_outcome) = (agent.is_none(), outcome.is_none());
        let of_agent = api_keys::table
            .filter(api_keys::tenant_id.eq($tx.scope.tenant()))
            .filter(api_keys::agent_type.eq(agent.map(|agent| agent.as_str())))
            .select(api_keys::id.nullable());
        let workspace = workspace.as_ref().map(WorkspaceId::as_str);
        let actor = actor.as_ref().map(Actor::as_str);
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::at.ge(since.map_or(i64::MIN, Timestamp::as_millis)))
            .filter(table::workspace_id.eq(workspace).or(any_workspace.into_sql::<Bool>()))
            .filter(table::actor_id.eq(actor).or(any_actor.into_sql::<Bool>()))
            .filter(
                table::tool.eq(tool.as_deref().unwrap_or_default()).or(any_tool.into_sql::<Bool>()),
            )
            .filter(table::actor_id.eq_any(of_agent).or(any_agent.into_sql::<Bool>()))
            .filter(
                table::outcome
                    .eq(outcome.as_deref().unwrap_or_default())
                    .or(any_outcome.into_sql::<Bool>()),
            )
            .filter(
                table::surface.ne(except_surface).or(table::tool
                    .ne_all(except_tools.unwrap_or_default())
                    .and(any_surface.into_sql::<Bool>())),
            )
            .filter(table::outcome.ne(AuditEntry::STARTED).or((!*ended).into_sql::<Bool>()))
    }};
}

impl Tx {
    /// Returns the workspace's audit entries, newest first, at most `limit`.
    #[boxed]
    pub async fn audit(&mut self, workspace: &WorkspaceId, limit: i64) -> Result<Vec<AuditRecord>> {
        let workspace = Some(workspace.clone());
        self.audit_entries(&AuditFilter { workspace, ..AuditFilter::default() }, limit).await
    }

    /// Returns entries of the tenant in the order of the chain, the last one first, at most `limit`.
    ///
    /// Entries are read from the end of the chain until there are as many as `limit`, or up to a day before
    /// `since`; without it, to the beginning: no index has workspaces, actors or operations.
    #[boxed]
    pub async fn audit_entries(
        &mut self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<AuditRecord>> {
        let (first, gone) = (self.first_listed(filter).await?, self.read_cut_entries().await?);
        let newest = filter.before.map_or(Some(i64::MAX), |before| before.checked_sub(1));
        let (mut found, mut up_to) = (Vec::new(), newest);
        while let Some(number) = up_to.filter(|_| count_missing(&found, limit) > 0)
            && let Some(last) = self.last_up_to(number).await?
            && last >= first
        {
            let begin = last.saturating_sub(WINDOW - 1).max(first);
            let rows =
                self.window(filter, &gone, (begin, last), count_missing(&found, limit)).await?;
            found.extend(rows);
            up_to = begin.checked_sub(1);
        }
        records(found)
    }

    /// Returns a number before which no entry is of the filter's time.
    async fn first_listed(&mut self, filter: &AuditFilter) -> Result<i64> {
        let Some(since) = filter.since else { return Ok(i64::MIN) };
        let end = self.last_up_to(i64::MAX).await?.unwrap_or(0).saturating_add(1);
        self.first_since(1, end, since.as_millis().saturating_sub(millis(DISORDER))).await
    }

    /// Returns the entries that were cut; their rows may still exist. Entries that are too new to be cut are
    /// listed in any case, so that a forged cut hides none.
    async fn read_cut_entries(&mut self) -> Result<CutEntries> {
        match self.cut().await?.seq {
            0 => Ok(CutEntries { up_to: 0, before: i64::MIN }),
            up_to => Ok(CutEntries { up_to, before: self.removable().await?.as_millis() }),
        }
    }

    /// Returns entries with numbers from the first of these two to the second, the last one first.
    async fn window(
        &mut self,
        filter: &AuditFilter,
        gone: &CutEntries,
        (first, last): (i64, i64),
        limit: i64,
    ) -> Result<Vec<Stored>> {
        on!(self, conn => matching!(self, filter)
            .filter(table::seq.between(first, last))
            .filter(table::seq.gt(gone.up_to).or(table::at.ge(gone.before)))
            .order((table::seq.desc(), table::id.desc()))
            .limit(limit)
            .select(Stored::as_select())
            .load(conn).await)
    }
}

/// Returns how many entries are still to be found.
fn count_missing(found: &[Stored], limit: i64) -> i64 {
    limit.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX)).max(0)
}
