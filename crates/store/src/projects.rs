//! The projects of a workspace: what its owner plans to build.

use covibe_domain::{Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::row::parse;
use crate::schema::projects as table;
use crate::{Error, Result, Tx};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRecord {
    /// Random text of the caller.
    pub id: String,
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What sort of project.
    pub kind: String,
    /// Its content, as its sort defines it.
    pub body: String,
    /// Its repository.
    pub repo: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    workspace_id: String,
    name: String,
    kind: String,
    body: String,
    repo: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl From<&ProjectRecord> for Row {
    fn from(project: &ProjectRecord) -> Self {
        Self {
            id: project.id.clone(),
            workspace_id: project.workspace.to_string(),
            name: project.name.clone(),
            kind: project.kind.clone(),
            body: project.body.clone(),
            repo: project.repo.clone(),
            created_at: project.created_at.as_millis(),
            updated_at: project.updated_at.as_millis(),
        }
    }
}

impl TryFrom<Row> for ProjectRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            workspace: parse(row.workspace_id, "projects.workspace_id")?,
            name: row.name,
            kind: row.kind,
            body: row.body,
            repo: row.repo,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        })
    }
}

impl Tx {
    /// Adds a project to a workspace of the tenant.
    pub async fn insert_project(&mut self, project: &ProjectRecord) -> Result<()> {
        let row = (Row::from(project), table::tenant_id.eq(self.scope.tenant()));
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// The workspace's project with this id.
    pub async fn project(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<Option<ProjectRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// The workspace's projects, by name.
    pub async fn projects(&mut self, workspace: &WorkspaceId) -> Result<Vec<ProjectRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .order((table::name, table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
