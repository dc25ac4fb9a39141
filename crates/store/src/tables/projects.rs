//! The projects of a workspace.

use std::collections::HashMap;

use covibe_domain::entities::{Link, Project, ProjectKind};
use covibe_domain::{ProjectId, Timestamp, WorkspaceId, boxed};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;

use crate::error::{Error, Result};
use crate::row::{parse, word};
use crate::schema::projects as table;
use crate::tx::{RunQueryDsl, Tx};

/// The maximum number of projects that are read at once.
const MAX_ROWS: i64 = 256;

/// A part of the projects of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectPage {
    /// The projects by name, without their texts.
    pub projects: Vec<Project>,
    /// True if more projects follow.
    pub more: bool,
}

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

impl ProjectRecord {
    /// Returns the bytes that [`Tx::project_bytes`] counts for this project.
    pub fn bytes(&self) -> u64 {
        (self.body.len() + json!(self.links).to_string().len()) as u64
    }
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
            links: json!(project.links).to_string(),
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
    #[boxed]
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

    /// Returns the bytes of the texts and links of the tenant's projects, by workspace.
    #[boxed]
    pub async fn project_bytes(&mut self) -> Result<HashMap<String, u64>> {
        let bytes = sql::<BigInt>("CAST(sum(octet_length(body) + octet_length(links)) AS bigint)");
        let sums: Vec<(String, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .group_by(table::workspace_id)
            .select((table::workspace_id, bytes))
            .load(conn).await)?;
        Ok(sums.into_iter().map(|(workspace, bytes)| (workspace, bytes.unsigned_abs())).collect())
    }

    /// Returns the workspace's project with this id.
    #[boxed]
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

    /// Returns the workspace's projects by name, without their texts: those after the project `after`, or
    /// from the first one on. Reads no more than it needs to return `max_bytes` of links, but at least one
    /// project. Returns `None` if the project `after` does not exist.
    #[boxed]
    pub async fn projects(
        &mut self,
        workspace: &WorkspaceId,
        after: Option<&str>,
        max_bytes: u64,
    ) -> Result<Option<ProjectPage>> {
        let start = match after {
            Some(id) => match self.project_name(workspace, id).await? {
                Some(name) => (name, id),
                None => return Ok(None),
            },
            // Neither a name nor an id is empty.
            None => (String::new(), ""),
        };
        let (ids, more) = self.project_ids(workspace, start, max_bytes).await?;
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::id.eq_any(&ids))
            .order((table::name, table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        let projects = rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
        Ok(Some(ProjectPage { projects, more }))
    }

    /// Returns how many projects the workspace has.
    #[boxed]
    pub async fn count_projects(&mut self, workspace: &WorkspaceId) -> Result<u64> {
        let count: i64 = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .count()
            .get_result(conn).await)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn project_name(&mut self, workspace: &WorkspaceId, id: &str) -> Result<Option<String>> {
        on!(self, conn => table::table
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .select(table::name)
            .first(conn).await.optional())
    }

    /// Returns the ids of the projects after a name and id that have `max_bytes` of links, and whether
    /// there are more projects.
    async fn project_ids(
        &mut self,
        workspace: &WorkspaceId,
        (name, id): (String, &str),
        max_bytes: u64,
    ) -> Result<(Vec<String>, bool)> {
        let bytes = sql::<BigInt>("CAST(octet_length(links) AS bigint)");
        let sizes: Vec<(String, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::name.ge(&name))
            .filter(table::name.gt(&name).or(table::id.gt(id)))
            .order((table::name, table::id))
            .limit(MAX_ROWS)
            .select((table::id, bytes))
            .load(conn).await)?;
        let (found, mut ids, mut total) = (sizes.len(), Vec::new(), 0);
        for (id, bytes) in sizes {
            ids.push(id);
            total += u64::try_from(bytes).unwrap_or_default();
            if total >= max_bytes {
                break;
            }
        }
        let more = ids.len() < found || i64::try_from(found).is_ok_and(|found| found == MAX_ROWS);
        Ok((ids, more))
    }

    /// Updates all columns except id, workspace and creation time. Returns whether it exists.
    #[boxed]
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
