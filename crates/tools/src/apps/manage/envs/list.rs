//! `apps.envs.list`.

use covibe_coolify::Env;
use covibe_domain::entities::EnvVar;
use covibe_domain::{AppUuid, Failure, Revealed};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::is_generated;
use covibe_workspace::{AnyApp, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::public_variables::{Visibility, public_names};

/// List an app's environment variables. Omits shown-once values and, for read-only keys, all that are not isPublic.
/// Coolify sets the isGenerated ones.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListEnvs {
    uuid: AppUuid,
    /// `next` from the previous answer. Default: the first page.
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
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"LOG_LEVEL")]
    next: Option<String>,
}

/// Returns what identifies a variable: a variable and its preview copy share the key.
fn id(env: &EnvVar) -> String {
    format!("{}{}", env.key, if env.is_preview { ":preview" } else { "" })
}

impl Operation<Workspace> for ListEnvs {
    const SPEC: Spec = Spec::read("apps.envs.list", Route::get("/apps/{uuid}/envs"));

    type Output = Envs;

    async fn run(self, cx: &Workspace) -> Result<Envs, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&self.uuid).await?;
        let before = public_names(cx, &self.uuid).await?;
        let envs = coolify.app_envs(&app).await?;
        let visibility = Visibility::read(cx, &self.uuid, before, &envs).await?;
        let mut envs = view(&app, &envs, &visibility);
        envs.sort_by(|a, b| (&a.key, a.is_preview).cmp(&(&b.key, b.is_preview)));
        let (envs, next) = page(envs, self.next.as_deref(), id)?;
        Ok(Envs { envs, next })
    }
}

/// Converts the variables of an app, with the values that the caller may see.
fn view(app: &AnyApp, envs: &[Env], visibility: &Visibility<'_>) -> Vec<EnvVar> {
    let each = envs.iter().map(|env| EnvVar {
        key: env.key.clone(),
        value: env.value.clone().filter(|_| visibility.is_shown(env)).map(Revealed::new),
        // Coolify stores these two for a service's variables, but does not use them.
        is_preview: env.is_preview && app.has_env_flags(),
        is_build_time: env.is_buildtime && app.has_env_flags(),
        is_literal: env.is_literal,
        is_multiline: env.is_multiline,
        is_shown_once: env.is_shown_once,
        is_public: visibility.is_public(env),
        is_generated: app.is_compose() && is_generated(&env.key),
    });
    each.collect()
}
