//! `auth.list`.

use std::pin::pin;

use covibe_domain::Failure;
use covibe_domain::entities::{AppKind, AuthProvider, Provider};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::provider::provider_of;
use super::provider_answers;
use crate::resource_state::{Sight, sights};

/// List the workspace's auth providers, and those that auth.create allows.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListAuth {}

/// The deployed providers, sorted by name, and the allowlist.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthProviders {
    /// The providers, sorted by name.
    providers: Vec<AuthProvider>,
    /// The providers that auth.create allows.
    allowed: Vec<Provider>,
}

impl Operation<Workspace> for ListAuth {
    const SPEC: Spec = Spec::read("auth.list", Route::get("/auth"));

    type Output = AuthProviders;

    async fn run(self, cx: &Workspace) -> Result<AuthProviders, Failure> {
        let coolify = cx.coolify().await?;
        let mut services = coolify.services().await?;
        services.retain(|service| provider_of(service).is_some());
        let hand_made = coolify.hand_made(&services).await?;
        let mut details = pin!(coolify.whole_services(services));
        let mut resources = Vec::new();
        while let Some(each) = details.next().await {
            resources.extend(each.found?.map(Hosted::Provider));
        }
        let seen = sights(&coolify, &resources).await;
        let mut providers: Vec<_> =
            resources.iter().zip(&seen).filter_map(|(each, sight)| as_seen(each, sight)).collect();
        for each in
            providers.iter_mut().filter(|it| hand_made.iter().any(|id| id == it.uuid.as_str()))
        {
            each.kind = Some(AppKind::Other.to_string());
        }
        providers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(AuthProviders {
            providers,
            allowed: covibe_policy::providers(cx.settings().docker_sock_providers),
        })
    }
}

/// Returns a provider with the state that was seen, or `None` if it is not one.
fn as_seen(resource: &Hosted, sight: &Sight) -> Option<AuthProvider> {
    provider_answers::as_seen(resource.service()?, sight)
}
