//! `apps.envs.upsert`.

use covibe_coolify::EnvWrite;
use covibe_domain::{AppUuid, Failure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EnvInput, MAX_VALUE, check, writes};
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// Set one environment variable of an app (key, value), or several (envs). Takes effect at the
/// next apps.deploy.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpsertEnvs {
    uuid: AppUuid,
    /// Like DATABASE_URL.
    #[serde(default)]
    #[schemars(length(max = 255))]
    key: Option<String>,
    #[serde(default)]
    #[schemars(length(max = MAX_VALUE))]
    value: Option<String>,
    #[serde(default)]
    is_preview: Option<bool>,
    #[serde(default)]
    is_multiline: Option<bool>,
    #[serde(default)]
    is_literal: Option<bool>,
    #[serde(default)]
    is_shown_once: Option<bool>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    envs: Option<Vec<EnvInput>>,
}

/// What was written.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Written {
    /// The names of the variables.
    written: Vec<String>,
    /// Whether a deployment must follow for the app to see them.
    needs_deploy: bool,
}

impl Operation for UpsertEnvs {
    /// Whether the build needs a variable follows from the Dockerfile (C section 3.3).
    const SPEC: Spec = Spec::write("apps.envs.upsert", Route::patch("/apps/{uuid}/envs"))
        .idempotent()
        .ignores(&["is_build_time", "isBuildTime"]);

    type Output = Written;

    async fn run(self, cx: &Workspace) -> Result<Written, Failure> {
        let (uuid, envs) = self.split()?;
        check(&envs)?;
        let coolify = cx.coolify().await?;
        let app = coolify.application(&uuid).await?;
        let writes = writes(&envs, &coolify.envs(&app).await?);
        coolify.upsert_envs(&app, &writes).await?;
        Ok(Written { written: names(&writes), needs_deploy: true })
    }
}

impl UpsertEnvs {
    /// One way of saying it or the other, never both.
    fn split(self) -> Result<(AppUuid, Vec<EnvInput>), Failure> {
        let Self { uuid, key, value, is_preview, is_multiline, is_literal, is_shown_once, envs } =
            self;
        let flags = [is_preview, is_multiline, is_literal, is_shown_once];
        let envs = match (key, value, envs) {
            (None, None, Some(envs)) if flags.iter().all(Option::is_none) => envs,
            (Some(key), Some(value), None) => {
                vec![EnvInput { key, value, is_preview, is_multiline, is_literal, is_shown_once }]
            }
            _ => {
                return Err(Failure::invalid("Pass key and value, or envs.")
                    .hint(r#"Like {"uuid":"…","key":"DATABASE_URL","value":"…"}."#));
            }
        };
        Ok((uuid, envs))
    }
}

fn names(writes: &[EnvWrite]) -> Vec<String> {
    let mut names: Vec<_> = writes.iter().map(|write| write.key.clone()).collect();
    names.dedup();
    names
}
