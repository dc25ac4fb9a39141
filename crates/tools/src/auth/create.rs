//! `auth.create`.

use std::fmt;

use covibe_coolify::{NewService, Service, ServicePatch, Start, State};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Kind, ServiceUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::{Namespace, Owned, provider};
use covibe_workspace::{Coolify, Create, Workspace, create_journaled, with_hosts_claimed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::KIND;
use super::hosts::Hosts;
use super::needs::Needs;
use super::view::{self, Created};
use crate::apps::Taken;
use crate::names::NAME;

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

impl Operation<Workspace> for CreateAuth {
    const SPEC: Spec = Spec::write("auth.create", Route::post("/auth")).creates();

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        let provider = provider(&self.provider, cx.settings().docker_sock_providers)?;
        let creation = NewProvider { params: &self, provider };
        create_journaled(cx, &creation, self.name.as_deref(), provider.as_str(), &self).await
    }
}

/// A provider of the allowlist, to be created.
struct NewProvider<'a> {
    params: &'a CreateAuth,
    provider: Provider,
}

/// A provider that exists: made by this call, or by an earlier one with values of its own.
#[derive(Clone)]
struct Begun {
    uuid: ServiceUuid,
    is_found: bool,
}

impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid.fmt(f)
    }
}

impl Create for NewProvider<'_> {
    const KIND: &'static str = KIND;

    type Id = Begun;

    type Created = Created;

    async fn find(&self, cx: &Workspace, name: &str) -> Result<Option<Begun>, Failure> {
        let services = cx.coolify().await?.refreshed().services().await?;
        let found = services.iter().find(|each| each.name == name);
        Ok(found.map(|each| Begun { uuid: each.uuid.clone(), is_found: true }))
    }

    async fn create(&self, cx: &Workspace, name: &str) -> Result<Begun, Failure> {
        let hosts = self.hosts(cx, name);
        with_hosts_claimed(cx, &hosts.all(), self.make(cx, name, &hosts)).await
    }

    async fn finish(&self, cx: &Workspace, name: &str, begun: Begun) -> Result<Created, Failure> {
        let coolify = cx.coolify().await?;
        let service = coolify.service(&begun.uuid).await?;
        if view::provider_of(&service) != Some(self.provider) {
            return Err(other_kind(name));
        }
        let hosts = self.hosts(cx, name);
        let needs = Needs::of(self.provider, &hosts);
        if begun.is_found {
            self.renew(cx, &service, &hosts).await?;
        }
        if !needs.are_none() {
            needs.set(&coolify, &service).await?;
        }
        if begun.is_found || !needs.are_none() {
            let started = self.start(&coolify, &service, !needs.are_none()).await;
            started.map_err(Failure::in_doubt)?;
        }
        let service = coolify.service(&begun.uuid).await?;
        let warnings = self.warnings(&service, &hosts, &begun);
        Created::new(&service, needs.api_key, &warnings).ok_or_else(|| other_kind(name))
    }
}

impl NewProvider<'_> {
    fn hosts(&self, cx: &Workspace, name: &str) -> Hosts {
        Hosts::of(self.provider, name, &cx.namespace())
    }

    /// Makes it, if its hosts are free; one that needs something first is not started yet. Its URLs
    /// are set here: variables that a template makes of its domain stay old when that changes.
    async fn make(&self, cx: &Workspace, name: &str, hosts: &Hosts) -> Result<Begun, Failure> {
        let new = NewService {
            name: name.to_owned(),
            description: self.params.description.clone(),
            service_type: self.provider.as_str().to_owned(),
            instant_deploy: self.starts() && Needs::of(self.provider, hosts).are_none(),
            urls: hosts.urls(self.provider),
        };
        let coolify = cx.coolify().await?.refreshed();
        let taken = self.look(cx, &coolify, name, hosts, None).await?;
        let made = coolify.create_service(&new).await;
        let made = made.map(|uuid| Begun { uuid, is_found: false });
        // Of the domains: there is nothing else that a creation could be in the way of.
        made.map_err(|failure| match failure.kind {
            Kind::Conflict => self.domain_taken(&hosts.main, name, &cx.namespace(), &taken),
            _ => failure,
        })
    }

    /// What is taken, unless that is one of its hosts.
    async fn look(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        name: &str,
        hosts: &Hosts,
        own: Option<&ServiceUuid>,
    ) -> Result<Taken, Failure> {
        let taken = Taken::look(coolify, own.map(ServiceUuid::as_str)).await?;
        match hosts.all().iter().find(|host| taken.has(host)) {
            Some(host) => Err(self.domain_taken(host, name, &cx.namespace(), &taken)),
            None => Ok(taken),
        }
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

    /// Gives one that an earlier call began what this call asks for: another description, and the
    /// URLs, where Coolify came to its end between making it and setting them.
    async fn renew(
        &self,
        cx: &Workspace,
        service: &Owned<Service>,
        hosts: &Hosts,
    ) -> Result<(), Failure> {
        let (coolify, lost) = (cx.coolify().await?.refreshed(), hosts.lost(service));
        let description = self.params.description.clone();
        let description = description.filter(|text| service.description.as_ref() != Some(text));
        let urls = (!lost.is_empty()).then(|| hosts.urls(self.provider));
        let patch = ServicePatch { description, urls, ..ServicePatch::default() };
        let tell = async {
            if !lost.is_empty() {
                self.look(cx, &coolify, &service.name, hosts, Some(&service.uuid)).await?;
            }
            coolify.update_service(service, &patch).await
        };
        with_hosts_claimed(cx, &lost, tell).await
    }

    /// Starts it, with what was just set where there is something. An earlier call may have started
    /// it with another key, which nobody knows any more.
    async fn start(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
        was_set: bool,
    ) -> Result<(), Failure> {
        let wanted = if is_up(service) { was_set } else { self.starts() };
        if !wanted {
            return Ok(());
        }
        match coolify.start_service(service).await? {
            Start::Running if was_set => coolify.restart_service(service, false).await,
            _ => Ok(()),
        }
    }

    fn warnings(&self, service: &Service, hosts: &Hosts, begun: &Begun) -> Vec<String> {
        let lost = hosts.lost(service);
        let mut warnings: Vec<_> = lost.iter().map(|host| not_kept(host)).collect();
        if begun.is_found && !self.starts() && is_up(service) {
            warnings
                .push("It runs: the earlier call that this one finishes started it.".to_owned());
        }
        warnings
    }
}

/// Unlike an application's, a service's URLs do not depend on the server's proxy.
fn not_kept(host: &str) -> String {
    format!(
        "Coolify did not keep the domain {host}, and no tool sets it: delete the provider by \
         auth.delete and create it again. If that does not help, tell the operator."
    )
}

fn is_up(service: &Service) -> bool {
    !matches!(service.status.state, State::Exited | State::Unknown)
}

fn other_kind(name: &str) -> Failure {
    Failure::conflict(format!("There is a service named {name} of another kind."))
        .hint("Pass another name.")
}
