//! Renaming: a name leads to one app of the workspace.

use covibe_domain::{AppUuid, Failure};

use crate::apps::create::KIND;
use crate::context::Workspace;

/// Fails when another app has the name, or one that is being created is to have it.
pub(super) async fn refuse_taken(cx: &Workspace, name: &str, own: &AppUuid) -> Result<(), Failure> {
    let coolify = cx.coolify().await?.now();
    let (applications, services) =
        tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
    let applications = applications.iter().map(|app| (app.name.as_str(), app.uuid.as_str()));
    let services = services.iter().map(|each| (each.name.as_str(), each.uuid.as_str()));
    let has = applications.chain(services).any(|(of, uuid)| of == name && uuid != own.as_str());
    // Last: a creation notes its name before it looks for others of that name.
    if has || cx.journal().holds(KIND, name).await? {
        return Err(Failure::conflict(format!("The app {name} exists in this workspace already."))
            .hint("Pass another name; apps.list tells which there are."));
    }
    Ok(())
}
