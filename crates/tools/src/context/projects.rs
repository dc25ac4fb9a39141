//! The workspace's own projects.

use covibe_domain::entities::Project;
use covibe_domain::{Failure, ProjectId, WorkspaceId};
use covibe_policy::Principal;
use covibe_store::{ProjectRecord, Store, Tx};

use crate::now;

/// How many projects a workspace may have.
const MAX_PROJECTS: usize = 1000;

/// Projects of this workspace and of no other.
#[derive(Debug)]
pub(crate) struct Projects<'a> {
    store: &'a Store,
    principal: &'a Principal,
}

impl<'a> Projects<'a> {
    /// The projects of the principal's workspace.
    pub(super) fn new(store: &'a Store, principal: &'a Principal) -> Self {
        Self { store, principal }
    }

    /// All of them by name, without their texts.
    pub(crate) async fn list(&self) -> Result<Vec<Project>, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let projects = tx.projects(&self.principal.workspace).await?;
        tx.commit().await?;
        Ok(projects)
    }

    /// One of them.
    pub(crate) async fn get(&self, id: &ProjectId) -> Result<ProjectRecord, Failure> {
        let mut tx = self.store.tenant_read(&self.principal.tenant).await?;
        let project = present(&mut tx, &self.principal.workspace, id).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Adds one; `new` is told its id.
    pub(crate) async fn add(
        &self,
        new: impl FnOnce(ProjectId) -> ProjectRecord + Send,
    ) -> Result<ProjectRecord, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        if tx.projects(&self.principal.workspace).await?.len() >= MAX_PROJECTS {
            let message = format!("The workspace has {MAX_PROJECTS} projects already.");
            return Err(Failure::conflict(message).hint("Update one that is there."));
        }
        let project = new(ProjectId::from_random(covibe_crypto::random()));
        tx.insert_project(&project).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Changes one.
    pub(crate) async fn change(
        &self,
        id: &ProjectId,
        change: impl FnOnce(&mut ProjectRecord) + Send,
    ) -> Result<ProjectRecord, Failure> {
        let mut tx = self.store.tenant(&self.principal.tenant).await?;
        let mut project = present(&mut tx, &self.principal.workspace, id).await?;
        change(&mut project);
        project.updated_at = now();
        if !tx.update_project(&project).await? {
            return Err(missing(id));
        }
        tx.commit().await?;
        Ok(project)
    }
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
        .hint("projects.list tells which there are.")
}
