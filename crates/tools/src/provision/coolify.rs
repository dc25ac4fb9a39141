//! The project and its environment.

use covibe_domain::{Failure, ProjectUuid, names};

use super::stage::Ground;

/// The workspace's project is there. Names are not unique in Coolify, so this looks by name before
/// it makes one, and keeps the uuid.
pub(super) async fn ensure_project(on: &mut Ground) -> Result<(), Failure> {
    if let Some(uuid) = present(on).await? {
        on.record.coolify_project_uuid = Some(uuid);
        return Ok(());
    }
    let name = names::coolify_project(&on.record.slug);
    let made = on.coolify()?.create_project(&name, "A workspace of Co-Vibe").await?;
    on.record.coolify_project_uuid = Some(made);
    Ok(())
}

/// The recorded project, or the first one of its name.
pub(super) async fn present(on: &Ground) -> Result<Option<ProjectUuid>, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_project_uuid
        && coolify.find_project(uuid).await?.is_some()
    {
        return Ok(Some(uuid.clone()));
    }
    let name = names::coolify_project(&on.record.slug);
    let projects = coolify.projects().await?;
    Ok(projects.into_iter().find(|project| project.name == name).map(|project| project.uuid))
}

/// The project has the workspace's environment: Coolify makes `production` with each project, but
/// somebody may have removed it.
pub(super) async fn ensure_environment(on: &mut Ground) -> Result<(), Failure> {
    let Some(project) = on.record.coolify_project_uuid.clone() else {
        return Err(Failure::unready("The workspace has no Coolify project yet."));
    };
    let (coolify, wanted) = (on.coolify()?, &on.record.coolify_environment_name);
    let environments = coolify.project(&project).await?.environments;
    if !environments.iter().any(|environment| environment.name == *wanted) {
        coolify.create_environment(&project, wanted).await?;
    }
    // What is made in it belongs to the workspace at once.
    on.platform.boundaries.forget(&project);
    Ok(())
}
