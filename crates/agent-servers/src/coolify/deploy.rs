//! `deploy`, and `deploy_app`, which takes a name.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::Deserialize;

use super::context::CoolifyContext;
use super::deployment_request::{ApplicationUuid, DeployRequestResult};

/// Deploy an application. Returns before the deployment ends; protected applications are refused.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct Deploy {
    application_uuid: ApplicationUuid,
    /// Build without cache, even if this commit is already queued; default false.
    #[serde(default)]
    force: bool,
}

impl Operation<CoolifyContext> for Deploy {
    const SPEC: Spec = Spec::write("deploy", Route::NONE);

    type Output = DeployRequestResult;

    async fn run(self, cx: &CoolifyContext) -> Result<DeployRequestResult, Failure> {
        let app = cx.application(&self.application_uuid.parse()?).await?;
        cx.request_deployment(app, self.force).await
    }
}

/// Deploy an application by its name. Returns before the deployment ends; protected applications are refused.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct DeployApp {
    /// Its name, or its uuid if several have the name.
    #[schemars(length(min = 1, max = 255), example = &"shop")]
    app_name: String,
}

impl Operation<CoolifyContext> for DeployApp {
    const SPEC: Spec = Spec::write("deploy_app", Route::NONE);

    type Output = DeployRequestResult;

    async fn run(self, cx: &CoolifyContext) -> Result<DeployRequestResult, Failure> {
        let app = cx.find_by_name(&self.app_name).await?;
        cx.request_deployment(app, false).await
    }
}
