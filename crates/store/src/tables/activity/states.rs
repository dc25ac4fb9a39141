//! The latest states of worktrees and sessions.

use std::time::Duration;

use covibe_domain::companion::ActivityKey;
use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::schema::activity_states as table;
use crate::tx::{RunQueryDsl, Tx};

/// The kind of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// Of a worktree.
    Worktree,
    /// Of a session of an agent.
    Session,
}

impl ActivityKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Worktree => "worktree",
            Self::Session => "session",
        }
    }
}

/// The latest state of a worktree or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityState {
    /// The machine that sent it.
    pub machine: ActivityKey,
    /// The key of the worktree or session.
    pub subject: ActivityKey,
    /// The key of the repository.
    pub repo: ActivityKey,
    /// The state, as JSON.
    pub details: String,
    /// The time of the state.
    pub at: Timestamp,
}

type Row = (String, String, String, String, i64);

fn read_state((machine, subject, repo, details, at): Row) -> Result<ActivityState> {
    let key = |text: String| text.parse().map_err(|_| Error::Corrupt("activity_states"));
    Ok(ActivityState {
        machine: key(machine)?,
        subject: key(subject)?,
        repo: key(repo)?,
        details,
        at: Timestamp::from_millis(at),
    })
}

impl Tx {
    /// Returns the state of a worktree or a session on a machine.
    #[boxed]
    pub async fn activity_state(
        &mut self,
        workspace: &WorkspaceId,
        kind: ActivityKind,
        machine: &ActivityKey,
        subject: &ActivityKey,
    ) -> Result<Option<ActivityState>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind.as_str()))
            .filter(table::machine.eq(machine.as_str()))
            .filter(table::subject.eq(subject.as_str()))
            .select((table::machine, table::subject, table::repo, table::details, table::at))
            .first(conn).await.optional())?;
        row.map(read_state).transpose()
    }

    /// Writes the state of a worktree or a session, instead of its earlier one, for this long.
    #[boxed]
    pub async fn put_activity_state(
        &mut self,
        workspace: &WorkspaceId,
        kind: ActivityKind,
        state: &ActivityState,
        kept: Duration,
    ) -> Result<()> {
        let changed = (
            table::repo.eq(state.repo.as_str()),
            table::details.eq(&state.details),
            table::at.eq(state.at.as_millis()),
            table::expires_at.eq(Timestamp::now().after(kept).as_millis()),
        );
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.as_str()),
            table::kind.eq(kind.as_str()),
            table::machine.eq(state.machine.as_str()),
            table::subject.eq(state.subject.as_str()),
            changed,
        );
        let key =
            (table::tenant_id, table::workspace_id, table::kind, table::machine, table::subject);
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict(key)
            .do_update()
            .set(changed)
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns the number of states that a workspace has of a kind.
    #[boxed]
    pub async fn count_activity_states(
        &mut self,
        workspace: &WorkspaceId,
        kind: ActivityKind,
    ) -> Result<i64> {
        on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind.as_str()))
            .count()
            .get_result(conn).await)
    }

    /// Returns the latest states of a workspace, of one repository or of all, that are not older than `since`.
    #[boxed]
    pub async fn activity_states(
        &mut self,
        workspace: &WorkspaceId,
        kind: ActivityKind,
        repo: Option<&ActivityKey>,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<ActivityState>> {
        let any = repo.is_none();
        let repo = repo.map(ActivityKey::as_str).unwrap_or_default();
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind.as_str()))
            .filter(table::at.ge(since.as_millis()))
            .filter(table::repo.eq(repo).or(any.into_sql::<diesel::sql_types::Bool>()))
            .order((table::at.desc(), table::machine, table::subject))
            .limit(limit)
            .select((table::machine, table::subject, table::repo, table::details, table::at))
            .load(conn).await)?;
        rows.into_iter().map(read_state).collect()
    }
}
