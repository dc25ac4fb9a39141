//! The app that has a name, of whichever kind.

use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure};
use covibe_workspace::Workspace;

/// The workspace's app of this name; of two, the one of this kind.
pub(super) async fn named(
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

/// An app of another pathway has the name: to turn it into this one would break it.
pub(super) fn other(name: &str, source: &str) -> Failure {
    Failure::conflict(format!("There is an app named {name} from {source}."))
        .hint("Pass another name.")
}
