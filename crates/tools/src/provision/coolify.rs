//! The project and its environment.

use covibe_coolify::{Client, Project};
use covibe_domain::{Failure, ProjectUuid, names};
use covibe_store::WorkspaceRecord;

use super::stage::Ground;

/// The workspace's project is there. Names are not unique in Coolify, so this looks by name before
/// it makes one, and keeps the uuid.
pub(super) async fn ensure_project(on: &mut Ground) -> Result<(), Failure> {
    let name = names::coolify_project(&on.record.slug);
    let uuid = match look(on).await? {
        Found::Ours(uuid) => uuid,
        Found::None => on.coolify()?.create_project(&name, &mark(&on.record)).await?,
        Found::Strangers => return Err(taken(&name)),
    };
    on.record.coolify_project_uuid = Some(uuid);
    Ok(())
}

/// What there is of a workspace's project.
pub(super) enum Found {
    /// The recorded one, or one of its name that was made for it or has nothing in it yet.
    Ours(ProjectUuid),
    /// No project of its name.
    None,
    /// Only such with resources of somebody else, which would become the workspace's.
    Strangers,
}

/// What tells a project that was made for a workspace from one that only has its name.
fn mark(of: &WorkspaceRecord) -> String {
    format!("A workspace of Co-Vibe ({})", of.id)
}

/// Looks for the project.
pub(super) async fn look(on: &Ground) -> Result<Found, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_project_uuid
        && coolify.find_project(uuid).await?.is_some()
    {
        return Ok(Found::Ours(uuid.clone()));
    }
    let (name, mark) = (names::coolify_project(&on.record.slug), mark(&on.record));
    let mut named = coolify.projects().await?;
    named.retain(|project| project.name == name);
    if let Some(ours) = named.iter().find(|it| it.description.as_deref() == Some(&*mark)) {
        return Ok(Found::Ours(ours.uuid.clone()));
    }
    for project in &named {
        if is_empty(&coolify, project).await? {
            return Ok(Found::Ours(project.uuid.clone()));
        }
    }
    Ok(if named.is_empty() { Found::None } else { Found::Strangers })
}

fn taken(name: &str) -> Failure {
    Failure::conflict(format!("Coolify has a project {name} with resources of somebody else."))
        .hint("An operator has to rename that project, or the workspace needs another slug.")
}

/// Whether no resource is in any environment of a project.
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
