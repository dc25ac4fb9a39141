//! Finding an app by its name.

use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure};
use covibe_workspace::{Namesake, Workspace};

/// Returns the workspace's apps with this name; those of this kind come first.
pub(super) async fn find(
    cx: &Workspace,
    name: &str,
    kind: AppKind,
) -> Result<Vec<Namesake<AppUuid>>, Failure> {
    let coolify = cx.coolify().await?.refreshed();
    let (applications, services) =
        tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
    let applications = applications.iter().filter(|app| app.name == name);
    let applications = applications.map(|app| Namesake::of(app.uuid.clone(), &**app));
    let services = services.iter().filter(|service| service.name == name);
    let services = services.map(|each| Namesake::of(AppUuid::from(&each.uuid), &**each));
    Ok(match kind {
        AppKind::Application | AppKind::Other => applications.chain(services).collect(),
        AppKind::Service => services.chain(applications).collect(),
    })
}
