//! Renaming: a name leads to one app of the workspace.

use covibe_domain::{AppUuid, Failure};
use covibe_workspace::Workspace;

use crate::apps::create::KIND;

/// Gives an app this name by `there`, before anything else of it is changed; and takes it away again
/// by `back` if somebody took the name at the same time.
pub(super) async fn rename(
    cx: &Workspace,
    own: &AppUuid,
    name: &str,
    there: impl Future<Output = Result<(), Failure>>,
    back: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    refuse_taken(cx, name, own).await?;
    there.await?;
    if let Err(taken) = refuse_taken(cx, name, own).await {
        // Neither is to keep it, or one of them alone.
        back.await.map_err(Failure::in_doubt)?;
        return Err(taken.in_doubt());
    }
    Ok(())
}

/// Fails when another app has the name, or one that is being created is to have it.
async fn refuse_taken(cx: &Workspace, name: &str, own: &AppUuid) -> Result<(), Failure> {
    let coolify = cx.coolify().await?.refreshed();
    let (applications, services) =
        tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
    let applications = applications.iter().map(|app| (app.name.as_str(), app.uuid.as_str()));
    let services = services.iter().map(|each| (each.name.as_str(), each.uuid.as_str()));
    let has = applications.chain(services).any(|(of, uuid)| of == name && uuid != own.as_str());
    // Last: a creation notes its name before it looks for others of that name.
    if has || cx.journal().has(KIND, name).await? {
        return Err(Failure::conflict(format!("The app {name} exists in this workspace already."))
            .hint("Pass another name; apps.list tells which there are."));
    }
    Ok(())
}
