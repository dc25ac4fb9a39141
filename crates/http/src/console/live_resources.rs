//! The running apps, auth providers and databases, and deployments.

use covibe_console::pages::resources::auth_provider::{self as auth_page, Opened};
use covibe_console::pages::resources::{
    Live, app as app_page, deployment as deployment_page, live,
};
use covibe_domain::{Failure, Kind};
use serde_json::json;

use super::workspace_and_rights::Workplace;
use crate::people::{PageResult, page};

/// The number of lines of a log that a page shows.
pub(super) const LINES: usize = 1000;

/// Shows the apps, auth providers and databases of the workspace.
pub(super) async fn show(at: &Workplace) -> PageResult {
    let (apps, databases, auth, domains, storage) = tokio::join!(
        at.load("apps.list", json!({})),
        at.load("databases.list", json!({})),
        at.load("auth.list", json!({})),
        at.load("domains.list", json!({})),
        at.load("storage.describe", json!({})),
    );
    Ok(page(200, live(&at.frame, &Live { apps, databases, auth, domains, storage })))
}

/// Shows an app.
pub(super) async fn app(at: &Workplace) -> PageResult {
    let uuid = at.part("uuid");
    let (details, deployments) = tokio::join!(
        at.view("apps.get", json!({ "uuid": uuid })),
        at.load("apps.deployments", json!({ "uuid": uuid })),
    );
    Ok(page(200, app_page::app(&at.frame, &details.map_err(elsewhere)?, &deployments)))
}

/// Shows an auth provider.
pub(super) async fn auth(at: &Workplace) -> PageResult {
    provider(at, None).await
}

/// Opens an auth provider, which starts it, and leads the person to where they set it up.
pub(super) async fn open(at: &Workplace) -> PageResult {
    let opened = at.view::<Opened>("auth.open", json!({ "uuid": at.part("uuid") })).await;
    provider(at, Some(&opened?)).await
}

async fn provider(at: &Workplace, opened: Option<&Opened>) -> PageResult {
    let details = at.view("auth.get", json!({ "uuid": at.part("uuid") })).await;
    Ok(page(200, auth_page::auth(&at.frame, &details.map_err(elsewhere)?, opened)))
}

/// Agents pass on links to apps, deployments and providers, which may be of another workspace than the person is in.
fn elsewhere(why: Failure) -> Failure {
    if !matches!(why.kind, Kind::NotFound | Kind::Forbidden) {
        return why;
    }
    why.hint("If it belongs to another workspace, choose that workspace above, then open the link again.")
}

/// Shows a deployment.
pub(super) async fn deployment(at: &Workplace) -> PageResult {
    let params = json!({ "uuid": at.part("uuid"), "lines": LINES });
    let log = at.view("deployments.logs", params).await.map_err(elsewhere)?;
    Ok(page(200, deployment_page::deployment(&at.frame, &log)))
}
