//! The workspace's projects.

use covibe_domain::entities::{Link, Project, ProjectKind};
use covibe_domain::{Failure, ProjectId, Timestamp, WorkspaceId, boxed};
use covibe_policy::Principal;
use covibe_store::{ProjectPage, ProjectRecord, Store, Tx};

use super::resource_access_errors::{
    missing_project, project_limit_reached, project_texts_too_long,
};

/// The maximum number of projects of a workspace.
const MAX_PROJECTS: u64 = 1000;

/// The maximum number of bytes of the texts and links of a workspace's projects.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The same of a tenant's.
const MAX_BYTES_OF_TENANT: u64 = 256 * 1024 * 1024;

/// The values of a project to add or change.
#[derive(Debug)]
pub struct NewProject {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: ProjectKind,
    /// The text.
    pub body: String,
    /// The repository.
    pub repo: Option<String>,
    /// The links.
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

    /// Returns projects sorted by name, without their texts: those after the project `after`, or from the
    /// first one on, and at least one that exceeds `max_bytes`. Returns `None` if `after` does not exist.
    #[boxed]
    pub async fn list(
        &self,
        after: Option<&str>,
        max_bytes: u64,
    ) -> Result<Option<ProjectPage>, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let projects = tx.projects(&self.principal.workspace, after, max_bytes).await?;
        tx.commit().await?;
        Ok(projects)
    }

    /// Returns a project with its text.
    #[boxed]
    pub async fn get(&self, id: &ProjectId) -> Result<Project, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let project = find(&mut tx, &self.principal.workspace, id).await?;
        tx.commit().await?;
        Ok(project.into())
    }

    /// Adds a project. Returns it without its text.
    ///
    /// # Errors
    ///
    /// Conflict if the workspace has 1,000 projects, or too long texts and links in all.
    #[boxed]
    pub async fn add(&self, new: NewProject) -> Result<Project, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.lock_workspace(&self.principal.workspace).await?;
        if tx.count_projects(&self.principal.workspace).await? >= MAX_PROJECTS {
            return Err(project_limit_reached(MAX_PROJECTS));
        }
        let project = self.record(new);
        self.check_room(&mut tx, project.bytes()).await?;
        tx.insert_project(&project).await?;
        tx.commit().await?;
        Ok(without_body(project))
    }

    /// Changes a project. Returns it without its text.
    ///
    /// # Errors
    ///
    /// Conflict if the text or the links are longer and the workspace has too long ones in all.
    pub async fn change(
        &self,
        id: &ProjectId,
        change: impl FnOnce(&mut NewProject) + Send,
    ) -> Result<Project, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        tx.lock_workspace(&self.principal.workspace).await?;
        let before = find(&mut tx, &self.principal.workspace, id).await?;
        let bytes = before.bytes();
        let ProjectRecord { name, kind, body, repo, links, created_at, .. } = before;
        let mut changed = NewProject { name, kind, body, repo, links };
        change(&mut changed);
        let project = ProjectRecord { id: id.clone(), created_at, ..self.record(changed) };
        self.check_room(&mut tx, project.bytes().saturating_sub(bytes)).await?;
        if !tx.update_project(&project).await? {
            return Err(missing_project(id));
        }
        tx.commit().await?;
        Ok(without_body(project))
    }

    /// Checks that this many bytes may be added. Texts and links are kept for as long as their projects.
    async fn check_room(&self, tx: &mut Tx, added: u64) -> Result<(), Failure> {
        if added == 0 {
            return Ok(());
        }
        let used = tx.project_bytes().await?;
        let own = used.get(self.principal.workspace.as_str()).copied().unwrap_or_default();
        for (used, most) in [(own, MAX_BYTES), (used.values().sum(), MAX_BYTES_OF_TENANT)] {
            if used + added > most {
                return Err(project_texts_too_long(most));
            }
        }
        Ok(())
    }

    fn record(&self, new: NewProject) -> ProjectRecord {
        let NewProject { name, kind, body, repo, links } = new;
        let (id, at) = (ProjectId::from_random(covibe_crypto::random()), Timestamp::now());
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

/// Returns a project without its text, which the caller has just written.
fn without_body(project: ProjectRecord) -> Project {
    Project { body: None, ..project.into() }
}

async fn find(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    id: &ProjectId,
) -> Result<ProjectRecord, Failure> {
    let project = tx.project(workspace, id.as_str()).await?;
    project.ok_or_else(|| missing_project(id))
}
