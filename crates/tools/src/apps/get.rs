//! `apps.get`.

use covibe_domain::entities::App;
use covibe_domain::{AppUuid, Failure};
use schemars::JsonSchema;
use serde::Deserialize;

use super::view;
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// Get one app: status, health, domains, URL, git source or image.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetApp {
    uuid: AppUuid,
}

impl Operation for GetApp {
    const SPEC: Spec = Spec::read("apps.get", Route::get("/apps/{uuid}"));

    type Output = App;

    async fn run(self, cx: &Workspace) -> Result<App, Failure> {
        let coolify = cx.coolify().await?;
        Ok(view::app(&*coolify.application(&self.uuid).await?))
    }
}
