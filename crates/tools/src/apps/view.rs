//! Coolify's application in our own, small shape.

use covibe_coolify::{Application, GitUrl};
use covibe_domain::entities::{App, AppKind};

/// Projects an application; nothing of Coolify's passes that is not named here.
pub(super) fn app(app: &Application) -> App {
    let (status, health) = app.state();
    let domains = app.domains();
    let scheme = if app.fqdn.as_deref().is_some_and(|f| f.starts_with("http://")) {
        "http"
    } else {
        "https"
    };
    let is_image = app.runs_image();
    App {
        uuid: app.uuid.clone(),
        name: app.name.clone(),
        kind: AppKind::Application,
        status: status.to_owned(),
        health: health.to_owned(),
        build_pack: app.build_pack.clone(),
        repo: app.git_repository.as_ref().and_then(GitUrl::repo_name).filter(|_| !is_image),
        branch: app.git_branch.clone().filter(|_| !is_image),
        image: app.image().filter(|_| is_image),
        ports: app.ports_exposes.clone(),
        url: domains.first().map(|host| format!("{scheme}://{host}")),
        domains,
        updated_at: app.updated_at,
    }
}
