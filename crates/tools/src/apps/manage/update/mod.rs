//! `apps.update`.
//!
//! With each change of a container, Coolify writes the container's image into the stored compose file, even for a
//! service that the file lost. So lost containers are changed before the file is written, and others after it. The
//! file that Coolify then stores is read back, and written again if it has other services. A renamed service gets
//! the domains of the old one once its container is there. Until then the old one keeps them, so that a repeated
//! call finds them.
//!
//! Volumes are compared with those that the app was started with, and not with the stored file
//! (`workspace/src/scoped/coolify/unstarted_compose_apps.rs`). So a repeated call returns the same `warnings`, `hints`
//! and `needsDeploy` as one whose answer was lost.

mod app_rename;
mod applicable_fields;
mod application;
pub(super) mod application_ports;
mod build_settings;
mod changes_since_start;
mod compose_app;
mod compose_file;
mod domains_of_removed_services;
mod follow_settings;
pub(super) mod moved_urls;
mod patch_columns;
mod patch_parameter;
mod runtime_settings;
mod text_fields;
mod unknown_fields;

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::compose_app::UpdateEffect;
use self::follow_settings::Following;
use self::patch_parameter::AppPatch;
use self::text_fields::SPELLINGS;
use crate::apps::errors::{app_without_file, empty_patch};
use crate::patch_outcome::PatchOutcome;

/// Change an app: source, ports, memory, CPUs, volumes and more. Returns the fields applied, ignored (and
/// why) or left to another tool.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateApp {
    uuid: AppUuid,
    /// The fields to change; others are kept. Most take effect at the next apps.deploy.
    patch: AppPatch,
    /// Volumes whose mounts composeRaw or the repository's compose file may replace.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(max = 255)), example = vec!["data"])]
    confirm_volumes: Vec<String>,
}

/// The effect of the patch.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UpdatedApp")]
pub(crate) struct Updated {
    uuid: AppUuid,
    #[serde(flatten)]
    fates: PatchOutcome,
    /// True if the change takes effect only after apps.deploy.
    needs_deploy: bool,
    /// The changes of volumes and domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["services.web: /data had the volume data, and gets files."])]
    warnings: Vec<String>,
    /// Notes on the app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["The app has no health check."])]
    hints: Vec<String>,
}

impl Operation<Workspace> for UpdateApp {
    const SPEC: Spec = Spec::write("apps.update", Route::patch("/apps/{uuid}"))
        .idempotent()
        .open(&["patch"])
        .switches(&["healthCheck"])
        .spellings(SPELLINGS);

    type Output = Updated;

    async fn run(self, cx: &Workspace) -> Result<Updated, Failure> {
        let Self { uuid, patch, confirm_volumes } = self;
        if patch.is_empty() {
            return Err(empty_patch());
        }
        patch.check()?;
        let coolify = cx.coolify().await?;
        let _turn = coolify.source_turn(&uuid).await;
        let app = find(&coolify, &uuid, &patch).await?;
        if let AnyApp::Application(found) = &app
            && !found.is_compose()
            && !confirm_volumes.is_empty()
        {
            return Err(app_without_file());
        }
        let mut fates = patch.others.outcome();
        unknown_fields::report(&patch, &mut fates);
        let UpdateEffect { needs_deploy, warnings, hints } = match &app {
            AnyApp::Application(found) => {
                let following = Following::from_patch(&patch, found, &mut fates);
                let patch = (patch, confirm_volumes.as_slice());
                let updated = application::update(cx, &coolify, found, patch, &mut fates).await?;
                following
                    .write(cx, &coolify, found, &mut fates)
                    .await
                    .map_err(Failure::in_doubt)?;
                UpdateEffect {
                    needs_deploy: updated.0,
                    hints: updated.1,
                    ..UpdateEffect::default()
                }
            }
            AnyApp::Service(found) => {
                Following::ignore_members(&patch, &mut fates);
                build_settings::ignore_build_pack(&patch, &mut fates);
                compose_app::update(cx, &coolify, found, patch, &confirm_volumes, &mut fates)
                    .await?
            }
        };
        Ok(Updated { uuid, fates, needs_deploy, warnings, hints })
    }
}

/// Returns the app to change. Renaming needs the contents of the project, which also contain the whole of an
/// application.
async fn find(coolify: &Coolify, uuid: &AppUuid, patch: &AppPatch) -> Result<AnyApp, Failure> {
    if !patch.renames() {
        return coolify.app(uuid).await;
    }
    match coolify.clone().refreshed().listed_app(uuid).await? {
        // They lack the file that Coolify generated for a service.
        AnyApp::Service(_) => coolify.app(uuid).await,
        app @ AnyApp::Application(_) => Ok(app),
    }
}
