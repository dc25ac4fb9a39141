//! `auth.create`.

use covibe_coolify::NewService;
use covibe_domain::entities::{AuthProvider, Provider};
use covibe_domain::{Failure, ServiceUuid};
use covibe_policy::provider;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;
use crate::context::Workspace;
use crate::creation::{Create, carry_out};
use crate::names::NAME;
use crate::operation::{Operation, Route, Spec};

/// Create an auth provider: pocketbase, authentik, keycloak, keycloak-with-postgres, pocket-id,
/// pocket-id-with-postgresql, logto or supertokens-with-postgresql.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateAuth {
    #[schemars(length(min = 1, max = 64))]
    provider: String,
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 255))]
    description: Option<String>,
    /// Default true.
    #[serde(default)]
    instant_deploy: Option<bool>,
}

impl Operation for CreateAuth {
    const SPEC: Spec = Spec::write("auth.create", Route::post("/auth")).creates();

    type Output = AuthProvider;

    async fn run(self, cx: &Workspace) -> Result<AuthProvider, Failure> {
        let provider = provider(&self.provider)?;
        let creation = NewProvider { params: &self, provider };
        carry_out(cx, &creation, self.name.as_deref(), provider.as_str(), &self).await
    }
}

/// A provider of the allowlist, to be created.
struct NewProvider<'a> {
    params: &'a CreateAuth,
    provider: Provider,
}

impl NewProvider<'_> {
    /// Where the template's public container is reached. Set at creation: variables that the
    /// template makes of its domain stay old when that changes.
    fn urls(&self, host: &str) -> Vec<(String, String)> {
        let public = covibe_coolify::public_service(self.provider.as_str());
        let url = |(service, port): (&str, Option<u16>)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            (service.to_owned(), format!("https://{host}{port}"))
        };
        public.map(url).into_iter().collect()
    }
}

impl Create for NewProvider<'_> {
    const KIND: &'static str = "service";

    type Id = ServiceUuid;

    type Made = AuthProvider;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<ServiceUuid>, Failure> {
        let services = cx.coolify().await?.now().services().await?;
        Ok(services.iter().find(|each| each.name == name).map(|each| each.uuid.clone()))
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<ServiceUuid, Failure> {
        let coolify = cx.coolify().await?;
        let new = NewService {
            name: name.to_owned(),
            description: self.params.description.clone(),
            service_type: self.provider.as_str().to_owned(),
            instant_deploy: self.params.instant_deploy.unwrap_or(true),
            urls: self.urls(&cx.namespace().host_for(name)),
        };
        coolify.create_service(&new).await
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: ServiceUuid,
    ) -> Result<AuthProvider, Failure> {
        let found = cx.coolify().await?.service(&uuid).await?;
        let made = view::provider(&found).filter(|made| made.provider == self.provider);
        made.ok_or_else(|| {
            Failure::conflict(format!("There is a service named {name} of another kind."))
                .hint("Pass another name.")
        })
    }
}
