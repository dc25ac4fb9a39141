//! `apps.update`.

mod application;
mod name;
mod others;
mod service;
mod source;
mod table;

use covibe_domain::{AppUuid, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::application::is_pinned;
use self::others::refer;
use self::table::{AppPatch, SPELLINGS};
use crate::patch::Fates;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Workspace};

/// Change an app. Tells which members were applied, ignored (and why) or belong to another tool.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct UpdateApp {
    uuid: AppUuid,
    patch: AppPatch,
}

/// What became of each member of the patch.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Updated {
    uuid: AppUuid,
    #[serde(flatten)]
    fates: Fates,
    /// Whether apps.deploy must follow for it to take effect.
    needs_deploy: bool,
    /// What is not wrong and yet worth telling.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
}

impl Operation<Workspace> for UpdateApp {
    const SPEC: Spec = Spec::write("apps.update", Route::patch("/apps/{uuid}"))
        .idempotent()
        .open(&["patch"])
        .spelled(SPELLINGS);

    type Output = Updated;

    async fn run(self, cx: &Workspace) -> Result<Updated, Failure> {
        let Self { uuid, patch } = self;
        if patch.is_empty() {
            return Err(Failure::invalid("`patch` has no members.")
                .hint(r#"Like {"patch":{"branch":"main"}}."#));
        }
        patch.check()?;
        let coolify = cx.coolify().await?;
        let app = coolify.app(&uuid).await?;
        let mut fates = Fates::default();
        refer(&patch, &mut fates);
        let (needs_deploy, hints) = match &app {
            AnyApp::Application(found) => {
                application::update(cx, &coolify, found, patch, &mut fates).await?
            }
            AnyApp::Service(found) => {
                service::update(cx, &coolify, found, patch, &mut fates).await?
            }
        };
        Ok(Updated { uuid, fates, needs_deploy, hints })
    }
}
