//! `apps.delete`.

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::apps::constants::KIND;
use crate::apps::run::open_deployments::end_deployments;
use crate::deletion::{Deletion, DeletionRequest, MAX_CONFIRM, WithVolumes, delete, volumes};

/// The tool that returns an app.
const LOOK: &str = "apps.get";

/// Delete an app for good. Its volumes are kept by default.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteApp {
    uuid: AppUuid,
    /// The app's exact name: without it, nothing is deleted.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    /// `delete` removes the volumes, too. Default: they are kept.
    #[serde(default)]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteApp {
    const SPEC: Spec = Spec::destroy("apps.delete", Route::delete("/apps/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let request = DeletionRequest {
            uuid: self.uuid.as_str(),
            confirm: self.confirm.as_deref(),
            volumes: volumes(self.volumes),
            kind: KIND,
            get: LOOK,
        };
        let found = coolify.app(&self.uuid).await.map(Hosted::App);
        let deleted = delete(cx, &coolify, request, found, async |app| {
            let Hosted::App(AnyApp::Application(app)) = app else { return Ok(None) };
            let barred = coolify.bar_deployments(app).await;
            end_deployments(cx, &coolify, app).await?;
            Ok(Some(barred))
        })
        .await?;
        cx.following().unfollow(&self.uuid).await.map_err(Failure::in_doubt)?;
        cx.clone_keys().clear().await;
        Ok(deleted)
    }
}
