//! `auth.get`.

use covibe_domain::{Deployable, Failure, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::admin_and_addresses::ProviderFacts;
use super::errors::not_a_provider;
use super::provider::find;
use super::provider_answers::DetailedProvider;
use crate::queued_deployments::waiting_start;
use crate::resource_state::sight;

/// Get one auth provider: URLs, containers, next steps, and its first admin's password if it has
/// one.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetAuth {
    uuid: ServiceUuid,
}

impl Operation<Workspace> for GetAuth {
    const SPEC: Spec = Spec::read("auth.get", Route::get("/auth/{uuid}")).discloses();

    type Output = DetailedProvider;

    async fn run(self, cx: &Workspace) -> Result<DetailedProvider, Failure> {
        let coolify = cx.coolify().await?;
        let (service, provider) = find(&coolify, &self.uuid).await?;
        let facts = ProviderFacts::read(cx, &coolify, &service, provider).await?;
        let is_hand_made = coolify.is_hand_made(&*service).await?;
        let resource = Hosted::Provider(service.clone());
        let sight = sight(&coolify, &resource).await;
        let shown = DetailedProvider::new(&service, facts, &sight)
            .ok_or_else(|| not_a_provider(&service))?;
        let waiting = waiting_start(&coolify, &Deployable::Service(self.uuid.clone())).await?;
        let shown = shown.with_waiting_start(waiting);
        Ok(if is_hand_made { shown.made_by_hand() } else { shown })
    }
}
