//! `apps.delete`.

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::confirm;
use covibe_workspace::{AnyApp, Barred, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ending::end_deployments;
use super::kind::KIND;
use crate::deletion::{Deletion, MAX_CONFIRM, WithVolumes, follow, volumes};

/// The tool that returns an app.
const LOOK: &str = "apps.get";

/// Delete an app for good. Its volumes are kept unless volumes is delete.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteApp {
    uuid: AppUuid,
    /// Its exact name.
    #[serde(default)]
    #[schemars(length(max = MAX_CONFIRM))]
    #[schemars(example = &"shop")]
    confirm: Option<String>,
    #[serde(default)]
    #[schemars(title = "The folders that outlast deployments.")]
    volumes: Option<WithVolumes>,
}

impl Operation<Workspace> for DeleteApp {
    const SPEC: Spec = Spec::destroy("apps.delete", Route::delete("/apps/{uuid}"));

    type Output = Deletion;

    async fn run(self, cx: &Workspace) -> Result<Deletion, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&self.uuid).await?;
        confirm(self.confirm.as_deref(), app.name(), LOOK)?;
        coolify.check_host_of_app(&app).await?;
        let volumes = volumes(self.volumes);
        let had_volumes = coolify.has_volumes(&app).await;
        let barred = match &app {
            AnyApp::Application(app) => Some(coolify.bar_deployments(app).await),
            AnyApp::Service(_) => None,
        };
        if let AnyApp::Application(app) = &app {
            end_deployments(cx, &coolify, app).await?;
        }
        coolify.delete_app(&app, volumes).await?;
        barred.into_iter().for_each(Barred::keep);
        // An unfinished creation of this app must not be resumed for the next app of this name.
        cx.journal()
            .forget(KIND, app.name(), self.uuid.as_str())
            .await
            .map_err(Failure::in_doubt)?;
        let gone = follow(cx, || coolify.has_app(&app)).await;
        Ok(Deletion::new(&self.uuid, gone, volumes, had_volumes, LOOK))
    }
}
