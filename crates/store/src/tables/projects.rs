//! The projects of a workspace.

use std::collections::HashMap;

use covibe_domain::entities::{Link, Project, ProjectKind};
use covibe_domain::{ProjectId, Timestamp, WorkspaceId};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::error::{Error, Result};
use crate::row::{parse, word};
use crate::schema::projects as table;
use crate::tx::Tx;

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRecord {
    /// Its id.
    pub id: ProjectId,
    /// The workspace that it belongs to.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ProjectKind,
    /// Its text.
    pub body: String,
    /// Its repository.
    pub repo: Option<String>,
    /// Its links.
    pub links: Vec<Link>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<ProjectRecord> for Project {
    fn from(record: ProjectRecord) -> Self {
        let ProjectRecord { id, name, kind, body, repo, links, created_at, updated_at, .. } =
            record;
        Self { id, name, kind, body: Some(body), repo, links, created_at, updated_at }
    }
}

/// All columns except the owner and the text, which lists do not read.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    created_at: i64,
    #[diesel(embed)]
    mutable: Mutable,
}

/// The columns that an update writes, except the text; `None` writes NULL.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Mutable {
    name: String,
    kind: String,
    repo: Option<String>,
    links: String,
    updated_at: i64,
}

impl From<&ProjectRecord> for Mutable {
    fn from(project: &ProjectRecord) -> Self {
        Self {
            name: project.name.clone(),
            kind: project.kind.to_string(),
            repo: project.repo.clone(),
            links: serde_json::json!(project.links).to_string(),
            updated_at: project.updated_at.as_millis(),
        }
    }
}

impl TryFrom<Row> for Project {
    type Error = Error;

    fn try_from(Row { id, created_at, mutable }: Row) -> Result<Self> {
        let links = serde_json::from_str(&mutable.links);
        Ok(Self {
            id: parse(id, "projects.id")?,
            name: mutable.name,
            kind: word(ProjectKind::from_word(&mutable.kind), "projects.kind")?,
            body: None,
            repo: mutable.repo,
            links: links.map_err(|_| Error::Corrupt("projects.links"))?,
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(mutable.updated_at),
        })
    }
}

fn record(row: Row, body: String, workspace: &WorkspaceId) -> Result<ProjectRecord> {
    let Project { id, name, kind, repo, links, created_at, updated_at, .. } = row.try_into()?;
    let workspace = workspace.clone();
    Ok(ProjectRecord { id, workspace, name, kind, body, repo, links, created_at, updated_at })
}

impl Tx {
    /// Inserts a project of a workspace of the tenant.
    pub async fn insert_project(&mut self, project: &ProjectRecord) -> Result<()> {
        let row = Row {
            id: project.id.to_string(),
            created_at: project.created_at.as_millis(),
            mutable: project.into(),
        };
        let place = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(project.workspace.as_str()),
            table::body.eq(&project.body),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values((row, place)).execute(conn).await)?;
        Ok(())
    }

    /// Returns the bytes of the texts of the tenant's projects, by workspace.
    pub async fn project_bytes(&mut self) -> Result<HashMap<String, u64>> {
        let bytes = sql::<BigInt>("CAST(sum(octet_length(body)) AS bigint)");
        let sums: Vec<(String, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .group_by(table::workspace_id)
            .select((table::workspace_id, bytes))
            .load(conn).await)?;
        Ok(sums.into_iter().map(|(workspace, bytes)| (workspace, bytes.unsigned_abs())).collect())
    }

    /// Returns the workspace's project with this id.
    pub async fn project(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<Option<ProjectRecord>> {
        let row: Option<(Row, String)> = on!(self, conn => table::table
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .select((Row::as_select(), table::body))
            .first(conn).await.optional())?;
        row.map(|(row, body)| record(row, body, workspace)).transpose()
    }

    /// Returns the workspace's projects by name, without their texts.
    pub async fn projects(&mut self, workspace: &WorkspaceId) -> Result<Vec<Project>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .order((table::name, table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Updates all columns except id, workspace and creation time. Returns whether it exists.
    pub async fn update_project(&mut self, project: &ProjectRecord) -> Result<bool> {
        let columns = (Mutable::from(project), table::body.eq(&project.body));
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(project.id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(project.workspace.as_str()))
            .set(columns)
            .execute(conn).await)?;
        Ok(changed == 1)
    }
}
