//! `apps.envs.list`.

use covibe_domain::entities::EnvVar;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::view;

/// List an app's environment variables. A key that only reads gets their names without values. Values of
/// shown-once secrets are left out for all; Coolify sets isGenerated ones.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListEnvs {
    uuid: AppUuid,
    /// From the previous page.
    #[serde(default)]
    #[schemars(length(max = 300))]
    #[schemars(example = &"LOG_LEVEL")]
    next: Option<String>,
}

/// The variables, by name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EnvVars")]
pub(crate) struct Envs {
    /// The variables, sorted by name.
    envs: Vec<EnvVar>,
    /// Pass as next to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"LOG_LEVEL")]
    next: Option<String>,
}

/// Returns what identifies a variable: a variable and its preview twin share the key.
fn id(env: &EnvVar) -> String {
    format!("{}{}", env.key, if env.is_preview { ":preview" } else { "" })
}

impl Operation<Workspace> for ListEnvs {
    const SPEC: Spec = Spec::read("apps.envs.list", Route::get("/apps/{uuid}/envs"));

    type Output = Envs;

    async fn run(self, cx: &Workspace) -> Result<Envs, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&self.uuid).await?;
        let mut envs = view(&app, &coolify.app_envs(&app).await?, cx.access());
        envs.sort_by(|a, b| (&a.key, a.is_preview).cmp(&(&b.key, b.is_preview)));
        let (envs, next) = page(envs, self.next.as_deref(), id)?;
        Ok(Envs { envs, next })
    }
}
