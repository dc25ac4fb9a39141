//! The project and its environment.

use covibe_domain::{Failure, ProjectUuid, names};
use covibe_store::UnlistedDatabase;

use super::ownership_marks;
use super::run_context::ProvisionContext;

/// Ensures that the workspace's project exists, and records its uuid. Names are not unique in Coolify and prove nothing:
/// another project of the name stays whose it is.
pub(super) async fn ensure_project(on: &mut ProvisionContext) -> Result<(), Failure> {
    let uuid = if let Some(uuid) = find_project(on).await? {
        note_unlisted(on).await?;
        uuid
    } else {
        let name = names::coolify_project(&on.record.slug);
        let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
        on.coolify()?.create_project(&name, mark).await?
    };
    on.record.coolify_project_uuid = Some(uuid);
    Ok(())
}

/// Searches for the workspace's project: the recorded one, or the one with its mark. The list of all projects is only
/// read where an earlier run may have created one that is not recorded.
pub(super) async fn find_project(on: &ProvisionContext) -> Result<Option<ProjectUuid>, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_project_uuid
        && coolify.find_project(uuid).await?.is_some()
    {
        return Ok(Some(uuid.clone()));
    }
    if on.is_first {
        return Ok(None);
    }
    let projects = coolify.projects().await?.into_iter();
    let mut ours =
        projects.filter(|it| ownership_marks::is_marked(&on.record, it.description.as_deref()));
    Ok(ours.next().map(|project| project.uuid))
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
