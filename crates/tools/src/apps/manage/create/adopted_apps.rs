//! Apps that exist already: found by their name, or left by a failed creation.

use covibe_coolify::{Service, Volumes};
use covibe_domain::entities::AppKind;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Namesake, Workspace};

use super::errors::other_source;
use crate::deletion::until_gone;

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
    let applications = applications.map(|app| Namesake::from_resource(app.uuid.clone(), &**app));
    let services = services.iter().filter(|service| service.name == name);
    let services = services.map(|each| Namesake::from_resource(AppUuid::from(&each.uuid), &**each));
    Ok(match kind {
        AppKind::Application | AppKind::Other => applications.chain(services).collect(),
        AppKind::Service => services.chain(applications).collect(),
    })
}

/// Deletes what a failed creation of an app left.
pub(super) async fn remove(cx: &Workspace, uuid: &AppUuid) -> Result<(), Failure> {
    let coolify = cx.coolify().await?;
    let app = match coolify.app(uuid).await {
        Err(failure) if failure.kind == Kind::NotFound => return Ok(()),
        found => found?,
    };
    coolify.delete_app(&app, Volumes::Delete).await?;
    until_gone(cx, || coolify.has_app(&app)).await?;
    cx.clone_keys().clear().await;
    Ok(())
}

/// Returns the service of an unfinished app that was made of this template, or of a compose file if
/// there is none.
///
/// # Errors
///
/// Conflict if the app was made of something else.
pub(super) fn service_of<'a>(
    app: &'a AnyApp,
    name: &str,
    template: Option<&str>,
) -> Result<&'a Owned<Service>, Failure> {
    let AnyApp::Service(service) = app else {
        return Err(other_source(name, "a repository or an image"));
    };
    match service.service_type.as_deref() {
        present if present == template => Ok(service),
        Some(present) => Err(other_source(name, &format!("the template {present}"))),
        None => Err(other_source(name, "a compose file")),
    }
}
