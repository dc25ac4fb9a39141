//! `apps.envs.delete`.

use covibe_coolify::Env;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec, nearest, shown};
use covibe_policy::own_variable;
use covibe_workspace::{AnyApp, Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Delete an environment variable of an app, its preview twin too. Takes effect at the next
/// apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeleteEnv {
    uuid: AppUuid,
    #[schemars(length(min = 1, max = 255))]
    key: String,
}

/// What was deleted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gone {
    /// Its name.
    deleted: String,
    /// Whether a deployment must follow for the app to lose it.
    needs_deploy: bool,
}

impl Operation<Workspace> for DeleteEnv {
    const SPEC: Spec = Spec::destroy("apps.envs.delete", Route::delete("/apps/{uuid}/envs"));

    type Output = Gone;

    async fn run(self, cx: &Workspace) -> Result<Gone, Failure> {
        let coolify = cx.coolify().await?;
        let app = coolify.app(&self.uuid).await?;
        if app.is_compose() {
            own_variable(&self.key)?;
        }
        let envs = coolify.app_envs(&app).await?;
        if !envs.iter().any(|env| env.key == self.key) {
            return Err(unknown(&self.key, &envs));
        }
        self.delete(&coolify, &app, &envs).await?;
        Ok(Gone { deleted: self.key, needs_deploy: true })
    }
}

impl DeleteEnv {
    /// Deletes all of that name, and looks whether they are gone.
    async fn delete(&self, coolify: &Coolify, app: &AnyApp, envs: &[Env]) -> Result<(), Failure> {
        let mut begun = false;
        for env in envs.iter().filter(|env| env.key == self.key) {
            match coolify.delete_app_env(app, &env.uuid).await {
                // Another call was faster.
                Err(failure) if failure.kind == Kind::NotFound => {}
                Err(failure) if begun => return Err(failure.in_doubt().hint(HALF)),
                result => result?,
            }
            begun = true;
        }
        let left = coolify.app_envs(app).await.map_err(Failure::in_doubt)?;
        if left.iter().any(|env| env.key == self.key) {
            let message = format!("{} is there again.", shown(&self.key));
            return Err(Failure::conflict(message)
                .hint("Another call may have set it meanwhile: apps.envs.list tells.")
                .in_doubt());
        }
        Ok(())
    }
}

const HALF: &str = "The variable or its preview twin is left: repeat the call.";

fn unknown(key: &str, envs: &[Env]) -> Failure {
    let failure = Failure::not_found(format!("The app has no variable {}.", shown(key)));
    match nearest(key, envs.iter().map(|env| env.key.as_str())) {
        Some(near) => failure.hint(format!("Did you mean {near}? apps.envs.list has them all.")),
        None => failure.hint("apps.envs.list has the names; it may be deleted already."),
    }
}
