//! What runs.

use covibe_console::pages::live::{Live, app as app_page, deployment as deployment_page, live};
use serde_json::json;

use super::workplace::Workplace;
use crate::people::{Answer, page};

/// How many lines of a log a page shows.
pub(super) const LINES: usize = 1000;

/// Shows what runs in the workspace.
pub(super) async fn show(at: &Workplace) -> Answer {
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
pub(super) async fn app(at: &Workplace) -> Answer {
    let uuid = at.part("uuid");
    let (details, deployments) = tokio::join!(
        at.view("apps.get", json!({ "uuid": uuid })),
        at.load("apps.deployments", json!({ "uuid": uuid })),
    );
    Ok(page(200, app_page::app(&at.frame, &details?, &deployments)))
}

/// Shows a deployment.
pub(super) async fn deployment(at: &Workplace) -> Answer {
    let params = json!({ "uuid": at.part("uuid"), "lines": LINES });
    let log = at.view("deployments.logs", params).await?;
    Ok(page(200, deployment_page::deployment(&at.frame, &log)))
}
