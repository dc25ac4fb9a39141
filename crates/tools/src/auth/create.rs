//! `auth.create`.

use std::fmt;
use std::sync::OnceLock;

use covibe_coolify::{Description, Mark, NewService, Service, ServicePatch, Volumes};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Kind, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Namespace, Owned, provider};
use covibe_workspace::{
    Coolify, Create, Hosted, Namesake, WaitingDeployment, Workspace, check_created,
    create_journaled, with_hosts_claimed,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::admin_and_addresses::ProviderFacts;
use super::errors::{missing_template, service_of_another_kind};
use super::provider::{KIND, provider_of, start};
use super::provider_answers::CreatedProvider;
use super::provider_hosts::Hosts;
use super::required_envs::RequiredEnvs;
use crate::app_and_auth_hosts::HostsInUse;
use crate::deletion::until_gone;
use crate::deployment_verdict::{follow_new, last_sight, unfollowed_warning};
use crate::free_name::free_name;
use crate::resource_names::{NAME, NAME_RULE, is_unrecorded};

/// Create an auth provider: a server that signs in an app's users.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateAuth {
    /// The product. pocketbase: users and data, small. pocket-id: OIDC, passkeys. keycloak: OIDC and SAML. logto:
    /// OIDC, with a console. supertokens-with-postgresql: sessions via an SDK. Those with postgres keep the users in
    /// PostgreSQL.
    #[schemars(length(min = 1, max = 64), extend("x-aliases" = Provider::spellings()))]
    #[schemars(example = &"pocketbase")]
    provider: String,
    /// Its name, unique in the workspace, such as `users`. Default: the provider's.
    #[serde(default)]
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"users")]
    name: Option<String>,
    /// A note for people.
    #[serde(default)]
    #[schemars(length(min = 1, max = 216))]
    #[schemars(example = &"The shop of the spring campaign.")]
    description: Option<String>,
    /// Start it at once. false only creates it; the same call with true starts it. Default: true.
    #[serde(default)]
    instant_deploy: Option<bool>,
    /// Return once it runs or fails, or after 10 minutes. Default: false.
    #[serde(default, skip_serializing_if = "is_unrecorded")]
    wait: Option<bool>,
}

impl Operation<Workspace> for CreateAuth {
    const SPEC: Spec = Spec::write("auth.create", Route::post("/auth")).creates().waits("wait");

    type Output = CreatedProvider;

    async fn run(self, cx: &Workspace) -> Result<CreatedProvider, Failure> {
        let provider = provider(&self.provider, cx.settings().docker_sock_providers)?;
        let creation = NewProvider { params: &self, provider, is_adopted: OnceLock::new() };
        let name = self.name.as_deref();
        let created =
            Box::pin(create_journaled(cx, &creation, name, provider.as_str(), &self)).await?;
        let is_started = self.instant_deploy.unwrap_or(true) && !created.waits_for_person();
        // The containers of one that an earlier call created may be older than this call.
        let is_own = creation.is_adopted.get() == Some(&false);
        if self.wait != Some(true) || !is_started || !is_own {
            return Ok(created);
        }
        Ok(Box::pin(follow_creation(cx, created)).await)
    }
}

/// Waits for a provider that this call created. A failure meanwhile does not undo the creation, whose answer has
/// secrets that are shown once.
async fn follow_creation(cx: &Workspace, created: CreatedProvider) -> CreatedProvider {
    let follow = async {
        let coolify = cx.coolify().await?;
        let resource = Hosted::Provider(coolify.service(created.uuid()).await?);
        let waits = created.waiting_start();
        let judged = follow_new(cx, &coolify, resource.clone(), waits).await?;
        Ok((judged.parts(), last_sight(cx, &coolify, &resource).await))
    };
    match follow.await {
        Ok(((outcome, deployment), seen)) => {
            created.with_outcome(seen.as_ref(), outcome, deployment)
        }
        Err(failure) => created.warn(&unfollowed_warning(&failure, "auth.get")),
    }
}

/// A provider to create.
struct NewProvider<'a> {
    params: &'a CreateAuth,
    provider: Provider,
    /// True if an earlier call created it; unset until that is known.
    is_adopted: OnceLock<bool>,
}

/// A provider that exists in Coolify.
#[derive(Clone)]
struct ServiceHandle {
    uuid: ServiceUuid,
    /// True if an earlier call created it, perhaps with other values.
    is_adopted: bool,
}

impl fmt::Display for ServiceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}

impl Create for NewProvider<'_> {
    const KIND: &'static str = KIND;

    type Id = ServiceHandle;

    type Created = CreatedProvider;

    fn hosts(&self, cx: &Workspace, name: &str) -> Result<Vec<String>, Failure> {
        Ok(self.hosts_of(cx, name).all())
    }

    async fn find(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> Result<Vec<Namesake<ServiceHandle>>, Failure> {
        let services = cx.coolify().await?.refreshed().services().await?;
        let found = services.iter().filter(|each| each.name == name);
        let handle = |each: &Service| ServiceHandle { uuid: each.uuid.clone(), is_adopted: true };
        Ok(found.map(|each| Namesake::from_resource(handle(each), &**each)).collect())
    }

    async fn create(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
    ) -> Result<ServiceHandle, Failure> {
        self.create_service(cx, name, mark, &self.hosts_of(cx, name)).await
    }

    async fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        handle: ServiceHandle,
    ) -> Result<CreatedProvider, Failure> {
        let coolify = cx.coolify().await?;
        let service = coolify.service(&handle.uuid).await?;
        check_created(name, &service.name)?;
        if provider_of(&service) != Some(self.provider) {
            return Err(service_of_another_kind(name));
        }
        let _first = self.is_adopted.set(handle.is_adopted);
        let hosts = self.hosts_of(cx, name);
        let mut required = RequiredEnvs::for_provider(self.provider, &hosts);
        let mut is_changed = !handle.is_adopted;
        if handle.is_adopted {
            is_changed = self.update(cx, &service, &hosts).await?;
            required = required.without_present(&coolify, &service).await?;
        }
        if !required.is_empty() {
            required.set(&coolify, &service).await?;
            is_changed = true;
        }
        let facts = ProviderFacts::read(cx, &coolify, &service, self.provider).await;
        let in_doubt = |failure: Failure| if is_changed { failure.in_doubt() } else { failure };
        let facts = facts.map_err(in_doubt)?;
        // One that was just created without a start does not run.
        let runs = handle.is_adopted && coolify.service_runs(&service).await?;
        // Boxed because the future is large.
        let started = Box::pin(self.start(&coolify, &service, runs, !required.is_empty(), &facts));
        let waiting = started.await.map_err(in_doubt)?;
        let is_read = !handle.is_adopted && required.is_empty();
        let service = if is_read { service } else { coolify.service(&handle.uuid).await? };
        let warnings = self.warnings(&service, &hosts, runs);
        let is_started = self.is_start_wanted() && facts.open_at().is_none();
        let created =
            CreatedProvider::new(&service, facts, required.api_key, &warnings, is_started);
        created
            .map(|created| created.with_waiting_start(waiting.as_ref()))
            .ok_or_else(|| service_of_another_kind(name))
    }

    async fn remove(&self, cx: &Workspace, handle: ServiceHandle) -> Result<(), Failure> {
        let coolify = cx.coolify().await?;
        let service = coolify.service(&handle.uuid).await?;
        coolify.delete_service(&service, Volumes::Delete).await?;
        until_gone(cx, || coolify.has_service(&service)).await
    }
}

impl NewProvider<'_> {
    fn hosts_of(&self, cx: &Workspace, name: &str) -> Hosts {
        Hosts::for_provider(self.provider, name, &cx.namespace())
    }

    /// Creates the service if its hosts are free, without starting it. The URLs are set here because
    /// variables that a template derives from its domain do not follow a later change.
    async fn create_service(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
        hosts: &Hosts,
    ) -> Result<ServiceHandle, Failure> {
        let new = NewService {
            name: name.to_owned(),
            description: Description {
                text: self.params.description.clone(),
                mark: Some(mark.clone()),
            },
            service_type: self.provider.as_str().to_owned(),
            urls: hosts.urls(self.provider),
        };
        let coolify = cx.coolify().await?;
        // Checked before anything is created: a provider whose start can't even wait is not created.
        if self.is_start_wanted() && !self.provider.belongs_to_first_visitor() {
            coolify.check_deployment_queue().await?;
        }
        let taken = self.check_hosts(cx, &coolify, name, hosts, None).await?;
        let created = coolify.create_service(&new).await;
        let created = created.map(|uuid| ServiceHandle { uuid, is_adopted: false });
        // Domains are the only thing that a creation can conflict with.
        created.map_err(|failure| match failure.kind {
            Kind::Conflict => self.domain_taken(&hosts.main, name, &cx.namespace(), &taken),
            Kind::NotFound if failure.details.contains_key("known") => {
                missing_template(self.provider)
            }
            _ => failure,
        })
    }

    /// Returns the taken hosts. Fails if one of the provider's hosts is among them.
    async fn check_hosts(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        name: &str,
        hosts: &Hosts,
        own: Option<&ServiceUuid>,
    ) -> Result<HostsInUse, Failure> {
        let taken = HostsInUse::read(coolify, own.map(ServiceUuid::as_str)).await?;
        match hosts.all().iter().find(|host| taken.contains(host)) {
            Some(host) => Err(self.domain_taken(host, name, &cx.namespace(), &taken)),
            None => Ok(taken),
        }
    }

    /// The failure for a taken domain. It suggests a name, because the domain follows from the name.
    fn domain_taken(
        &self,
        host: &str,
        name: &str,
        namespace: &Namespace,
        taken: &HostsInUse,
    ) -> Failure {
        let is_free = |name: &str| {
            let hosts = Hosts::for_provider(self.provider, name, namespace).all();
            hosts.iter().all(|each| each != host && !taken.contains(each))
        };
        let failure = Failure::conflict(format!("The domain {host} is taken."));
        match free_name(name, is_free) {
            Some(free) => failure
                .hint(format!("Pass another name, like {free}."))
                .detail("suggestion", json!({ "name": free })),
            None => failure.hint("Pass another name."),
        }
    }

    fn is_start_wanted(&self) -> bool {
        self.params.instant_deploy.unwrap_or(true)
    }

    /// Updates a service that an earlier call created: sets this call's description, and the URLs
    /// if Coolify stopped between creating the service and setting them. Returns whether it differed.
    async fn update(
        &self,
        cx: &Workspace,
        service: &Owned<Service>,
        hosts: &Hosts,
    ) -> Result<bool, Failure> {
        let (coolify, unattached) = (cx.coolify().await?.refreshed(), hosts.unattached(service));
        let description = self.params.description.clone();
        let description =
            description.filter(|text| service.description.text.as_ref() != Some(text));
        let urls = (!unattached.is_empty()).then(|| hosts.urls(self.provider));
        let differs = description.is_some() || urls.is_some();
        let patch = ServicePatch { description, urls, ..ServicePatch::default() };
        let write = async {
            if !unattached.is_empty() {
                self.check_hosts(cx, &coolify, &service.name, hosts, Some(&service.uuid)).await?;
            }
            coolify.update_service(service, &patch).await
        };
        with_hosts_claimed(cx, &unattached, write).await?;
        Ok(differs)
    }

    /// Starts the service unless a person has to, or restarts a running one if variables were just set: an earlier
    /// call may have started it with another key, which is lost. Returns the start if it waits for a place.
    async fn start(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
        runs: bool,
        has_new_envs: bool,
        facts: &ProviderFacts,
    ) -> Result<Option<WaitingDeployment>, Failure> {
        let is_wanted = if runs { has_new_envs } else { self.is_start_wanted() };
        if !is_wanted || facts.waits_for_person {
            return Ok(None);
        }
        start(coolify, service, has_new_envs).await
    }

    /// Returns the warnings; `runs` is whether it ran before this call.
    fn warnings(&self, service: &Service, hosts: &Hosts, runs: bool) -> Vec<String> {
        let unattached = hosts.unattached(service);
        let mut warnings: Vec<_> = unattached.iter().map(|host| domain_warning(host)).collect();
        if runs && !self.is_start_wanted() {
            warnings.push("It is running: an earlier call with this name started it.".to_owned());
        }
        warnings
    }
}

/// Warns of a domain that Coolify lost. A missing proxy is not the cause: unlike an application's,
/// a service's URLs do not depend on it.
fn domain_warning(host: &str) -> String {
    format!(
        "Coolify did not save the domain {host}, and no tool can set it: delete the provider with \
         auth.delete and create it again. If that does not help, tell the operator."
    )
}
