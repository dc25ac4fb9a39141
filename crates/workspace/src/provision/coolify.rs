//! The project and its environment.

use covibe_coolify::Project;
use covibe_domain::{Failure, ProjectUuid, names};
use covibe_store::UnlistedDatabase;

use super::context::ProvisionContext;
use super::marks;

/// Ensures that the workspace's project exists. Names are not unique in Coolify, so this searches for
/// the mark before it creates one, and records the uuid.
pub(super) async fn ensure_project(on: &mut ProvisionContext) -> Result<(), Failure> {
    let name = names::coolify_project(&on.record.slug);
    let uuid = match find_project(on).await? {
        ExistingProject::Ours(uuid) => {
            note_unlisted(on).await?;
            uuid
        }
        ExistingProject::None => {
            let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
            on.coolify()?.create_project(&name, mark).await?
        }
        ExistingProject::Strangers => return Err(taken_project(&name)),
    };
    on.record.coolify_project_uuid = Some(uuid);
    Ok(())
}

/// The result of a search for the project of a workspace.
pub(super) enum ExistingProject {
    /// The recorded one, or the one with the workspace's mark.
    Ours(ProjectUuid),
    /// No project.
    None,
    /// Only projects of its name that were not created for it.
    Strangers,
}

/// Searches for the workspace's project.
pub(super) async fn find_project(on: &ProvisionContext) -> Result<ExistingProject, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_project_uuid
        && coolify.find_project(uuid).await?.is_some()
    {
        return Ok(ExistingProject::Ours(uuid.clone()));
    }
    let projects = coolify.projects().await?;
    let is_ours = |it: &&Project| marks::is_marked(&on.record, it.description.as_deref());
    if let Some(ours) = projects.iter().find(is_ours) {
        return Ok(ExistingProject::Ours(ours.uuid.clone()));
    }
    let name = names::coolify_project(&on.record.slug);
    let has_name = projects.iter().any(|project| project.name == name);
    Ok(if has_name { ExistingProject::Strangers } else { ExistingProject::None })
}

fn taken_project(name: &str) -> Failure {
    let message = format!("Coolify has a project {name} that was not created for this workspace.");
    Failure::conflict(message)
        .hint("Tell the operator to rename that project, or choose another slug for the workspace.")
}

/// Ensures that the project has the workspace's environment. Coolify creates `production` with each
/// project, but somebody may have removed it.
pub(super) async fn ensure_environment(on: &mut ProvisionContext) -> Result<(), Failure> {
    let Some(project) = on.record.coolify_project_uuid.clone() else {
        return Err(Failure::unready("The workspace has no Coolify project yet."));
    };
    let (coolify, wanted) = (on.coolify()?, &on.record.coolify_environment_name);
    let environments = coolify.project(&project).await?.environments;
    if !environments.iter().any(|environment| environment.name == *wanted) {
        coolify.create_environment(&project, wanted).await?;
    }
    // What is created in it must belong to the workspace at once.
    on.cell()?.boundaries.forget(&project);
    Ok(())
}

/// Notes that the project may have databases that neither its contents nor the records have, such as
/// one that an operator created by hand.
async fn note_unlisted(on: &ProvisionContext) -> Result<(), Failure> {
    let mut tx = on.platform.store.tenant(&on.record.tenant).await?;
    tx.put_unlisted_database(&on.record.id, &UnlistedDatabase::any()).await?;
    Ok(tx.commit().await?)
}
