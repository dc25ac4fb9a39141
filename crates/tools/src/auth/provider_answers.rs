//! Coolify's services as auth providers.

use std::slice;

use covibe_coolify::Service;
use covibe_domain::entities::{AppKind, AuthProvider, Provider, WaitingStart};
use covibe_domain::{Revealed, Secret, ServiceUuid};
use covibe_workspace::WaitingDeployment;
use schemars::JsonSchema;
use serde::Serialize;

use super::admin_and_addresses::{Admin, ProviderFacts};
use super::next_steps::next_steps;
use super::provider::provider_of;
use crate::deployment_verdict::Outcome;
use crate::queued_deployments::start_waits;
use crate::resource_state::{Container, Sight, containers, state_of_created};

/// Returns a service as an auth provider, or `None` if it is not one.
pub(super) fn provider(from: &Service) -> Option<AuthProvider> {
    Some(AuthProvider {
        uuid: from.uuid.clone(),
        name: from.name.clone(),
        provider: provider_of(from)?,
        kind: None,
        status: from.status.state.to_string(),
        health: None,
        status_as_of: None,
        domains: from.domains(),
    })
}

/// Returns a service as an auth provider with the state that was seen, or `None` if it is not one.
pub(super) fn as_seen(from: &Service, sight: &Sight) -> Option<AuthProvider> {
    let mut provider = provider(from)?;
    set_state(&mut provider, sight);
    Some(provider)
}

fn set_state(provider: &mut AuthProvider, sight: &Sight) {
    provider.status = sight.status.state.to_string();
    provider.health = sight.health();
    provider.status_as_of = sight.as_of;
}

/// A provider with its URLs and next steps.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderAccess {
    #[serde(flatten)]
    provider: AuthProvider,
    /// The URL to open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://shop.mark.example.com")]
    url: Option<String>,
    /// Its admin console's URL, if that is on another host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://admin-shop.mark.example.com")]
    admin_url: Option<String>,
    /// The page where a person opens it; until then, it is not started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://co-vibe.example/console/live/auth/vgsco4occ8ksgsc4s8ck4kco")]
    open_at: Option<String>,
    /// Its first admin, if one is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin: Option<Admin>,
    /// Its start while it waits in the queue; deployments.cancel cancels it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<WaitingStart>,
    /// The next call to make.
    #[schemars(example = &"apps.get shows its state.")]
    next: String,
}

/// A provider that was just created.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CreatedAuthProvider")]
pub(crate) struct CreatedProvider {
    #[serde(flatten)]
    access: ProviderAccess,
    /// The API key, which is shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"0123456789abcdef")]
    api_key: Option<Revealed>,
    /// The result of its start, if the call waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

/// A provider with its containers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuthProviderDetails")]
pub(crate) struct DetailedProvider {
    #[serde(flatten)]
    access: ProviderAccess,
    /// Its containers.
    services: Vec<Container>,
}

impl ProviderAccess {
    fn new(from: &Service, facts: ProviderFacts) -> Option<Self> {
        let provider = self::provider(from)?;
        let (url, admin_url) = urls(&provider);
        let at = url.as_deref().unwrap_or("its URL (not assigned yet)");
        let next = next_steps(provider.provider, at, admin_url.as_deref(), &facts);
        let open_at = facts.open_at().map(ToOwned::to_owned);
        Some(Self { provider, url, admin_url, open_at, admin: facts.admin, deployment: None, next })
    }

    /// Sets the state that was seen.
    fn set_sight(&mut self, sight: &Sight) {
        set_state(&mut self.provider, sight);
    }
}

/// Returns the URL of a provider, and of its admin console if that is another one.
pub(super) fn urls(of: &AuthProvider) -> (Option<String>, Option<String>) {
    let mut urls = of.domains.iter().map(|host| format!("https://{host}"));
    let (url, second) = (urls.next(), urls.next());
    (url, second.filter(|_| of.provider == Provider::Logto))
}

impl CreatedProvider {
    /// Returns a service with its new key. The warnings come before the next steps.
    pub(super) fn new(
        from: &Service,
        facts: ProviderFacts,
        api_key: Option<Secret>,
        warnings: &[String],
        is_started: bool,
    ) -> Option<Self> {
        let mut access = ProviderAccess::new(from, facts)?;
        access.provider.status = state_of_created(from.status, is_started).to_string();
        let next = [warnings, slice::from_ref(&access.next)].concat().join(" ");
        let access = ProviderAccess { next, ..access };
        Some(Self { access, api_key: api_key.map(Revealed::new), outcome: None })
    }

    /// Returns its id.
    pub(super) fn uuid(&self) -> &ServiceUuid {
        &self.access.provider.uuid
    }

    /// Returns whether it is started only when a person opens it.
    pub(super) fn waits_for_person(&self) -> bool {
        self.access.open_at.is_some()
    }

    /// Returns its start, if that waits for a place.
    pub(super) fn waiting_start(&self) -> Option<WaitingStart> {
        self.access.deployment.clone()
    }

    /// Adds a warning before the next steps.
    pub(super) fn warn(mut self, warning: &str) -> Self {
        self.access.next = format!("{warning} {}", self.access.next);
        self
    }

    /// Adds the outcome of its start, and the state that was seen.
    pub(super) fn with_outcome(
        mut self,
        sight: Option<&Sight>,
        outcome: Option<Outcome>,
        deployment: Option<WaitingStart>,
    ) -> Self {
        if let Some(sight) = sight {
            self.access.set_sight(sight);
        }
        self.access.deployment = deployment;
        Self { outcome, ..self }
    }

    /// Adds its start, if that waits for a place.
    pub(super) fn with_waiting_start(mut self, waiting: Option<&WaitingDeployment>) -> Self {
        self.access.deployment = waiting.map(start_waits);
        self
    }
}

impl DetailedProvider {
    /// Returns a service with the facts from its variables and the state that was seen.
    pub(super) fn new(from: &Service, facts: ProviderFacts, sight: &Sight) -> Option<Self> {
        let mut access = ProviderAccess::new(from, facts)?;
        access.set_sight(sight);
        Some(Self { access, services: containers(from, Some(sight)) })
    }

    /// Adds its start, if that waits for a place.
    pub(super) fn with_waiting_start(mut self, start: Option<WaitingStart>) -> Self {
        self.access.deployment = start;
        self
    }

    /// Marks it as created by hand, so that no tool changes it.
    pub(super) fn made_by_hand(mut self) -> Self {
        self.access.provider.kind = Some(AppKind::Other.to_string());
        self
    }
}
