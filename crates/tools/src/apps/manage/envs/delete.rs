//! `apps.envs.delete`.

use covibe_coolify::Env;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::own_variable;
use covibe_workspace::{AnyApp, Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errors::{partial_deletion, restored_variable, unknown_variable};
use crate::apps::compose::generated_file_check;

/// Delete an app's environment variable and its preview copy. Takes effect at the next apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteEnv {
    uuid: AppUuid,
    /// The name of the variable, such as `LOG_LEVEL`.
    #[schemars(length(min = 1, max = 255))]
    #[schemars(example = &"LOG_LEVEL")]
    key: String,
}

/// The deleted variable.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeletedEnv")]
pub(crate) struct Deleted {
    /// Its name.
    #[schemars(example = &"LOG_LEVEL")]
    deleted: String,
    /// True if the change takes effect only after apps.deploy.
    needs_deploy: bool,
}

impl Operation<Workspace> for DeleteEnv {
    const SPEC: Spec = Spec::destroy("apps.envs.delete", Route::delete("/apps/{uuid}/envs"));

    type Output = Deleted;

    async fn run(self, cx: &Workspace) -> Result<Deleted, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&self.uuid).await?;
        if app.is_compose() {
            own_variable(&self.key)?;
        }
        let turn = coolify.variable_turn(&self.uuid).await;
        let envs = coolify.app_env_names(&app).await?;
        if !envs.iter().any(|env| env.key == self.key) {
            return Err(unknown_variable(&self.key, &envs));
        }
        // Another variable of this name must not be public because this one was.
        cx.withdraw_variables(&self.uuid, &[self.key.as_str()]).await?;
        self.delete(&coolify, &app, &envs).await?;
        drop(turn);
        if let AnyApp::Service(service) = &app {
            generated_file_check::check(cx, &coolify, service).await?;
        }
        Ok(Deleted { deleted: self.key, needs_deploy: true })
    }
}

impl DeleteEnv {
    /// Deletes the variable and its copy, and checks that they are gone.
    async fn delete(&self, coolify: &Coolify, app: &AnyApp, envs: &[Env]) -> Result<(), Failure> {
        let mut begun = false;
        for env in envs.iter().filter(|env| env.key == self.key) {
            match coolify.delete_app_env(app, &env.uuid).await {
                // Another call deleted it first.
                Err(failure) if failure.kind == Kind::NotFound => {}
                Err(failure) if begun => return Err(partial_deletion(failure)),
                result => result?,
            }
            begun = true;
        }
        let left = coolify.app_env_names(app).await.map_err(Failure::in_doubt)?;
        if left.iter().any(|env| env.key == self.key) {
            return Err(restored_variable(&self.key));
        }
        Ok(())
    }
}
