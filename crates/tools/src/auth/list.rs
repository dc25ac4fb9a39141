//! `auth.list`.

use covibe_domain::entities::{AuthProvider, Provider};
use covibe_domain::{Failure, Kind};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;
use crate::context::{Coolify, Workspace};
use crate::operation::{Operation, Route, Spec};

/// How many providers are asked for their domains at once.
const AT_ONCE: usize = 4;

/// List the workspace's auth providers, and the allowlist that auth.create takes from.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListAuth {}

/// The deployed providers, by name, and the allowlist.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthProviders {
    providers: Vec<AuthProvider>,
    #[schemars(with = "Vec<String>")]
    allowed: Vec<Provider>,
}

async fn with_domains(coolify: &Coolify, listed: AuthProvider) -> Result<AuthProvider, Failure> {
    match coolify.service(&listed.uuid).await {
        Ok(service) => Ok(AuthProvider { domains: service.domains(), ..listed }),
        Err(failure) if failure.kind == Kind::NotFound => Ok(listed),
        Err(failure) => Err(failure),
    }
}

impl Operation for ListAuth {
    const SPEC: Spec = Spec::read("auth.list", Route::get("/auth"));

    type Output = AuthProviders;

    async fn run(self, cx: &Workspace) -> Result<AuthProviders, Failure> {
        let coolify = cx.coolify().await?;
        let services = coolify.services().await?;
        let listed: Vec<_> = services.iter().filter_map(|each| view::provider(each)).collect();
        // Coolify's list leaves out what the domains are told by.
        let whole: Vec<_> = listed.into_iter().map(|each| with_domains(&coolify, each)).collect();
        let mut providers: Vec<_> = stream::iter(whole).buffered(AT_ONCE).try_collect().await?;
        providers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(AuthProviders {
            providers,
            allowed: covibe_policy::providers(cx.docker_sock_providers()),
        })
    }
}
