//! Finding an app by its name.

use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure};
use covibe_workspace::Workspace;

/// Returns the workspace's app with this name; of two apps, the one of this kind.
pub(super) async fn find(
    cx: &Workspace,
    name: &str,
    kind: AppKind,
) -> Result<Option<AppUuid>, Failure> {
    let coolify = cx.coolify().await?.refreshed();
    let (applications, services) =
        tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
    let application = applications.iter().find(|app| app.name == name).map(|app| app.uuid.clone());
    let service = services.iter().find(|each| each.name == name);
    let service = service.map(|service| AppUuid::from(&service.uuid));
    Ok(match kind {
        AppKind::Application => application.or(service),
        AppKind::Service => service.or(application),
    })
}
