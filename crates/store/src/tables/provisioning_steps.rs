//! The steps of a workspace's provisioning.

use covibe_domain::entities::{Step, StepState};
use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;
// The prelude has `filter` for queries; this trait has it for upserts.
use diesel::query_dsl::methods::FilterDsl;

use crate::error::{Error, Result};
use crate::prepare_once::prepare_once;
use crate::row::{moment, word};
use crate::schema::provision_steps as table;
use crate::tx::{RunQueryDsl, Tx};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    name: String,
    #[diesel(embed)]
    mutable: Mutable,
}

/// The columns that a later state overwrites; `None` writes NULL.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Mutable {
    state: String,
    started_at: Option<i64>,
    at: i64,
    error: Option<String>,
    hint: Option<String>,
}

impl From<&Step> for Mutable {
    fn from(step: &Step) -> Self {
        Self {
            state: step.state.to_string(),
            started_at: step.started_at.map(Timestamp::as_millis),
            at: step.at.as_millis(),
            error: step.error.clone(),
            hint: step.hint.clone(),
        }
    }
}

impl TryFrom<Row> for Step {
    type Error = Error;

    fn try_from(Row { name, mutable }: Row) -> Result<Self> {
        Ok(Self {
            name,
            state: word(StepState::from_word(&mutable.state), "provision_steps.state")?,
            started_at: moment(mutable.started_at),
            at: Timestamp::from_millis(mutable.at),
            error: mutable.error,
            hint: mutable.hint,
        })
    }
}

impl Tx {
    /// Returns the recorded steps of a workspace, oldest first.
    #[boxed]
    pub async fn steps(&mut self, workspace: &WorkspaceId) -> Result<Vec<Step>> {
        let rows: Vec<Row> = on!(self, conn => QueryDsl::filter(
            QueryDsl::filter(table::table, table::workspace_id.eq(workspace.as_str())),
            table::tenant_id.eq(self.scope.tenant()))
            .order((table::at, table::name))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Inserts a step, or replaces its earlier state.
    #[boxed]
    pub async fn put_step(&mut self, workspace: &WorkspaceId, step: &Step) -> Result<()> {
        let changes = Mutable::from(step);
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(workspace.as_str()),
            Row { name: step.name.clone(), mutable: changes.clone() },
        );
        let put = on!(self, conn => prepare_once(diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::workspace_id, table::name))
            .do_update()
            .set(changes)
            .filter(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        if put == 1 { Ok(()) } else { Err(Error::OtherTenant) }
    }

    /// Deletes all steps of a workspace.
    #[boxed]
    pub async fn delete_steps(&mut self, workspace: &WorkspaceId) -> Result<()> {
        let all = table::workspace_id.eq(workspace.as_str());
        on!(self, conn => diesel::delete(table::table)
            .filter(all.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(())
    }

    /// Deletes one step of a workspace.
    #[boxed]
    pub async fn delete_step(&mut self, workspace: &WorkspaceId, name: &str) -> Result<()> {
        let one = table::workspace_id.eq(workspace.as_str()).and(table::name.eq(name));
        on!(self, conn => diesel::delete(table::table)
            .filter(one.and(table::tenant_id.eq(self.scope.tenant())))
            .execute(conn).await)?;
        Ok(())
    }
}
