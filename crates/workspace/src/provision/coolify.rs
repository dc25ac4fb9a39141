//! The project and its environment.

use covibe_coolify::{Client, Project};
use covibe_domain::{Failure, ProjectUuid, names};
use covibe_store::WorkspaceRecord;

use super::ground::Ground;

/// Ensures that the workspace's project exists. Names are not unique in Coolify, so this searches by
/// name before it creates one, and records the uuid.
pub(super) async fn ensure_project(on: &mut Ground) -> Result<(), Failure> {
    let name = names::coolify_project(&on.record.slug);
    let uuid = match look(on).await? {
        Existing::Ours(uuid) => uuid,
        Existing::None => on.coolify()?.create_project(&name, &mark(&on.record)).await?,
        Existing::Strangers => return Err(taken(&name)),
    };
    on.record.coolify_project_uuid = Some(uuid);
    Ok(())
}

/// Which project of a workspace's name exists.
pub(super) enum Existing {
    /// The recorded one, or one of its name that was created for it or is empty.
    Ours(ProjectUuid),
    /// None.
    None,
    /// Only projects with somebody else's resources, which would become the workspace's.
    Strangers,
}

/// Returns the description that marks a project as created for a workspace.
fn mark(of: &WorkspaceRecord) -> String {
    format!("A workspace of Co-Vibe ({})", of.id)
}

/// Searches for the workspace's project.
pub(super) async fn look(on: &Ground) -> Result<Existing, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_project_uuid
        && coolify.find_project(uuid).await?.is_some()
    {
        return Ok(Existing::Ours(uuid.clone()));
    }
    let (name, mark) = (names::coolify_project(&on.record.slug), mark(&on.record));
    let mut named = coolify.projects().await?;
    named.retain(|project| project.name == name);
    if let Some(ours) = named.iter().find(|it| it.description.as_deref() == Some(&*mark)) {
        return Ok(Existing::Ours(ours.uuid.clone()));
    }
    for project in &named {
        if is_empty(&coolify, project).await? {
            return Ok(Existing::Ours(project.uuid.clone()));
        }
    }
    Ok(if named.is_empty() { Existing::None } else { Existing::Strangers })
}

fn taken(name: &str) -> Failure {
    Failure::conflict(format!(
        "Coolify has a project {name} that contains somebody else's resources."
    ))
    .hint("Tell the operator to rename that project, or choose another slug for the workspace.")
}

/// Whether no environment of a project contains a resource.
async fn is_empty(coolify: &Client, project: &Project) -> Result<bool, Failure> {
    coolify.forget_lists();
    let environments = coolify.project(&project.uuid).await?.environments;
    let within = |id: Option<i64>| environments.iter().any(|it| Some(it.id) == id);
    let (applications, databases, services) =
        tokio::try_join!(coolify.applications(), coolify.databases(), coolify.services())?;
    Ok(!applications.iter().any(|it| within(it.environment_id))
        && !databases.iter().any(|it| within(it.environment_id))
        && !services.iter().any(|it| within(it.environment_id)))
}

/// Ensures that the project has the workspace's environment. Coolify creates `production` with each
/// project, but somebody may have removed it.
pub(super) async fn ensure_environment(on: &mut Ground) -> Result<(), Failure> {
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
