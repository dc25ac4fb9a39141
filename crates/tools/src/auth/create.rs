//! `auth.create`.

use covibe_coolify::{NewService, Service, Start};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Kind, ServiceUuid};
use covibe_policy::{Namespace, Owned, provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::KIND;
use super::hosts::Hosts;
use super::needs::Needs;
use super::view::{self, Created};
use crate::apps::Taken;
use crate::context::{Coolify, Workspace};
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

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        let provider = provider(&self.provider, cx.docker_sock_providers())?;
        let creation = NewProvider { params: &self, provider };
        carry_out(cx, &creation, self.name.as_deref(), provider.as_str(), &self).await
    }
}

/// A provider of the allowlist, to be created.
struct NewProvider<'a> {
    params: &'a CreateAuth,
    provider: Provider,
}

impl Create for NewProvider<'_> {
    const KIND: &'static str = KIND;

    type Id = ServiceUuid;

    type Made = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<ServiceUuid>, Failure> {
        let services = cx.coolify().await?.now().services().await?;
        Ok(services.iter().find(|each| each.name == name).map(|each| each.uuid.clone()))
    }

    /// Makes it; one that needs something first is not started yet. Its URLs are set here: variables
    /// that a template makes of its domain stay old when that changes.
    async fn create(&self, cx: &Workspace, name: &str) -> Result<ServiceUuid, Failure> {
        let (coolify, hosts) = (cx.coolify().await?, self.hosts(cx, name));
        let new = NewService {
            name: name.to_owned(),
            description: self.params.description.clone(),
            service_type: self.provider.as_str().to_owned(),
            instant_deploy: self.starts() && Needs::of(self.provider, &hosts).are_none(),
            urls: hosts.urls(self.provider),
        };
        let (taken, namespace) = (Taken::look(&coolify, None).await?, cx.namespace());
        if let Some(host) = hosts.all().iter().find(|host| taken.has(host)) {
            return Err(self.domain_taken(host, name, &namespace, &taken));
        }
        let made = coolify.create_service(&new).await;
        // Of the domains: there is nothing else that a creation could be in the way of.
        made.map_err(|failure| match failure.kind {
            Kind::Conflict => self.domain_taken(&hosts.main, name, &namespace, &taken),
            _ => failure,
        })
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        uuid: ServiceUuid,
    ) -> Result<Created, Failure> {
        let coolify = cx.coolify().await?;
        let service = coolify.service(&uuid).await?;
        if view::provider_of(&service) != Some(self.provider) {
            return Err(other_kind(name));
        }
        let needs = Needs::of(self.provider, &self.hosts(cx, name));
        if !needs.are_none() {
            needs.set(&coolify, &service).await?;
            self.start(&coolify, &service).await.map_err(Failure::in_doubt)?;
        }
        let service = coolify.service(&uuid).await?;
        Created::new(&service, needs.api_key).ok_or_else(|| other_kind(name))
    }
}

impl NewProvider<'_> {
    fn hosts(&self, cx: &Workspace, name: &str) -> Hosts {
        Hosts::of(self.provider, name, &cx.namespace())
    }

    /// A domain goes by the name: another name is what helps.
    fn domain_taken(
        &self,
        host: &str,
        name: &str,
        namespace: &Namespace,
        taken: &Taken,
    ) -> Failure {
        let is_free = |name: &String| {
            let hosts = Hosts::of(self.provider, name, namespace).all();
            hosts.iter().all(|each| each != host && !taken.has(each))
        };
        let base: String = name.chars().take(60).collect();
        let free = (2..100).map(|number| format!("{base}-{number}")).find(is_free);
        let failure = Failure::conflict(format!("The domain {host} is taken."));
        match free {
            Some(free) => failure
                .hint(format!("Pass another name, like {free}."))
                .detail("suggestion", json!({ "name": free })),
            None => failure.hint("Pass another name."),
        }
    }

    fn starts(&self) -> bool {
        self.params.instant_deploy.unwrap_or(true)
    }

    /// Starts it with what was just set. An earlier call may have started it with another key, which
    /// nobody knows any more.
    async fn start(&self, coolify: &Coolify, service: &Owned<Service>) -> Result<(), Failure> {
        if !self.starts() {
            return Ok(());
        }
        match coolify.start_service(service).await? {
            Start::Queued => Ok(()),
            Start::Running => coolify.restart_service(service, false).await,
        }
    }
}

fn other_kind(name: &str) -> Failure {
    Failure::conflict(format!("There is a service named {name} of another kind."))
        .hint("Pass another name.")
}
