//! The steps of a workspace's set-up.

use covibe_domain::entities::{Step, StepState};
use covibe_domain::{Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
// diesel's filter of queries is in scope by its prelude; this one is of upserts.
use diesel::query_dsl::methods::FilterDsl;

use crate::row::word;
use crate::schema::provision_steps as table;
use crate::{Error, Result, Tx};

impl Tx {
    /// The steps that a workspace has taken, oldest first.
    pub async fn steps(&mut self, workspace: &WorkspaceId) -> Result<Vec<Step>> {
        let rows: Vec<(String, String, i64)> = on!(self, conn => QueryDsl::filter(
            QueryDsl::filter(table::table, table::workspace_id.eq(workspace.as_str())),
            table::tenant_id.eq(self.scope.tenant()))
            .order((table::at, table::name))
            .select((table::name, table::state, table::at))
            .load(conn).await)?;
        rows.into_iter().map(step).collect()
    }

    /// Writes a step down, anew or over its earlier state.
    pub async fn put_step(&mut self, workspace: &WorkspaceId, step: &Step) -> Result<()> {
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(workspace.as_str()),
            table::name.eq(&step.name),
            table::state.eq(step.state.as_str()),
            table::at.eq(step.at.as_millis()),
        );
        let changes = (table::state.eq(step.state.as_str()), table::at.eq(step.at.as_millis()));
        let put = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::workspace_id, table::name))
            .do_update()
            .set(changes)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .execute(conn).await)?;
        if put == 1 { Ok(()) } else { Err(Error::OtherTenant) }
    }
}

fn step((name, state, at): (String, String, i64)) -> Result<Step> {
    let state = word(StepState::from_word(&state), "provision_steps.state")?;
    Ok(Step { name, state, at: Timestamp::from_millis(at) })
}
