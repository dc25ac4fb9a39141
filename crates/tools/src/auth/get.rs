//! `auth.get`.

use covibe_domain::{Failure, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{self, Detailed};

/// Get one auth provider: URLs, containers, what to do next, and its first admin's password where
/// there is one.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetAuth {
    uuid: ServiceUuid,
}

impl Operation<Workspace> for GetAuth {
    const SPEC: Spec = Spec::read("auth.get", Route::get("/auth/{uuid}")).discloses();

    type Output = Detailed;

    async fn run(self, cx: &Workspace) -> Result<Detailed, Failure> {
        let coolify = cx.coolify().await?;
        let (service, provider) = super::found(&coolify, &self.uuid).await?;
        let envs = if view::has_admin(provider) {
            coolify.service_envs(&service).await?
        } else {
            Vec::new()
        };
        Detailed::new(&service, &envs).ok_or_else(|| super::other(&service))
    }
}
