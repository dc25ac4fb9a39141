//! `apps.get`.

use covibe_domain::entities::App;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sight::{Seen, sight};
use super::view::{self, RoutedContainer};

/// Get one app: status, health, domains, URL, git source or image; for a compose app also its
/// services.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetApp {
    uuid: AppUuid,
}

/// An app and its containers.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    #[serde(flatten)]
    app: App,
    /// How often Docker restarted the container since the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    restarts: Option<i64>,
    /// The services of its compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<RoutedContainer>,
}

impl Operation<Workspace> for GetApp {
    const SPEC: Spec = Spec::read("apps.get", Route::get("/apps/{uuid}"));

    type Output = Details;

    async fn run(self, cx: &Workspace) -> Result<Details, Failure> {
        let coolify = cx.coolify().await?;
        let found = coolify.app(&self.uuid).await?;
        let Seen { app, looks } = sight(&coolify, &found).await;
        let (restarts, services) = match &found {
            AnyApp::Application(app) => (app.restart_count.filter(|count| *count > 0), Vec::new()),
            AnyApp::Service(service) => (None, view::routed_containers(service, looks.as_ref())),
        };
        Ok(Details { app, restarts, services })
    }
}
