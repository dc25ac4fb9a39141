//! The projects of a workspace.

use covibe_domain::entities::{Link, Project, ProjectKind};
use covibe_domain::{Failure, ProjectId, WorkspaceId};
use covibe_policy::Principal;
use covibe_store::{ProjectRecord, Store, Tx};

use crate::clock::now;

/// The maximum number of projects of a workspace.
const MAX_PROJECTS: usize = 1000;

/// A project that is about to be added.
#[derive(Debug)]
pub struct NewProject {
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
}

/// The projects of this workspace.
#[derive(Debug)]
pub struct Projects<'a> {
    store: &'a Store,
    principal: &'a Principal,
}

impl<'a> Projects<'a> {
    /// Restricts the store to the principal's workspace.
    pub(crate) fn new(store: &'a Store, principal: &'a Principal) -> Self {
        Self { store, principal }
    }

    /// Returns all of them by name, without their texts.
    pub async fn list(&self) -> Result<Vec<Project>, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let projects = tx.projects(&self.principal.workspace).await?;
        tx.commit().await?;
        Ok(projects)
    }

    /// Returns a project with its text.
    pub async fn get(&self, id: &ProjectId) -> Result<Project, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let project = present(&mut tx, &self.principal.workspace, id).await?;
        tx.commit().await?;
        Ok(project.into())
    }

    /// Adds a project. Returns it without its text.
    ///
    /// # Errors
    ///
    /// Conflict if the workspace has 1,000 projects.
    pub async fn add(&self, new: NewProject) -> Result<Project, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        if tx.projects(&self.principal.workspace).await?.len() >= MAX_PROJECTS {
            let message = format!("The workspace already has {MAX_PROJECTS} projects.");
            return Err(Failure::conflict(message).hint("Update one of them instead."));
        }
        let project = self.record(new);
        tx.insert_project(&project).await?;
        tx.commit().await?;
        Ok(without_body(project))
    }

    /// Changes a project. Returns it without its text.
    pub async fn change(
        &self,
        id: &ProjectId,
        change: impl FnOnce(&mut NewProject) + Send,
    ) -> Result<Project, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let ProjectRecord { name, kind, body, repo, links, created_at, .. } =
            present(&mut tx, &self.principal.workspace, id).await?;
        let mut changed = NewProject { name, kind, body, repo, links };
        change(&mut changed);
        let project = ProjectRecord { id: id.clone(), created_at, ..self.record(changed) };
        if !tx.update_project(&project).await? {
            return Err(missing(id));
        }
        tx.commit().await?;
        Ok(without_body(project))
    }

    fn record(&self, new: NewProject) -> ProjectRecord {
        let NewProject { name, kind, body, repo, links } = new;
        let (id, at) = (ProjectId::from_random(covibe_crypto::random()), now());
        let workspace = self.principal.workspace.clone();
        ProjectRecord {
            id,
            workspace,
            name,
            kind,
            body,
            repo,
            links,
            created_at: at,
            updated_at: at,
        }
    }
}

/// A caller that has just written the text does not need to read it.
fn without_body(project: ProjectRecord) -> Project {
    Project { body: None, ..project.into() }
}

async fn present(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    id: &ProjectId,
) -> Result<ProjectRecord, Failure> {
    let project = tx.project(workspace, id.as_str()).await?;
    project.ok_or_else(|| missing(id))
}

fn missing(id: &ProjectId) -> Failure {
    Failure::not_found(format!("Project {id} was not found."))
        .hint("projects.list returns the existing ones.")
}
