//! Variables that must be set before a provider is started for the first time.
//!
//! Coolify's templates (4.3.11) leave them to the user. Without `API_KEYS`, SuperTokens serves
//! unauthenticated requests; without its endpoints, Logto redirects to addresses that do not exist; without
//! a password of `akadmin`, the first visitor of authentik sets it. Coolify gives each container of a service
//! all variables of the service, also those that its template does not name (`env_file`).

use covibe_coolify::{Env, EnvKey, EnvWrite, Service};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Secret};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, unopened_env};

use super::errors::unsaved_variable;
use super::provider_hosts::Hosts;

/// The random bytes of an API key or password. SuperTokens accepts 20 or more letters, digits, `=` and `-`.
const KEY_BYTES: usize = 24;

/// The variables that keep a value which they have. authentik reads its password at its first start alone, and
/// what a person opened stays open.
const SET_ONCE: [EnvKey; 2] = [EnvKey::AUTHENTIK_BOOTSTRAP_PASSWORD, EnvKey::COVIBE_OPENED];

/// The variables that a provider requires.
#[derive(Debug, Default)]
pub(super) struct RequiredEnvs {
    envs: Vec<EnvWrite>,
    /// The API key among them. It is returned once.
    pub(super) api_key: Option<Secret>,
}

impl RequiredEnvs {
    /// Returns the variables for a provider, with a new API key on every call.
    pub(super) fn for_provider(provider: Provider, hosts: &Hosts) -> Self {
        match provider {
            Provider::SupertokensWithPostgresql => {
                let key = random_secret();
                let env = EnvWrite::literal(EnvKey::API_KEYS, key.clone());
                let envs = vec![EnvWrite { is_shown_once: true, ..env }];
                Self { envs, api_key: Some(key) }
            }
            Provider::Authentik => {
                let env = EnvWrite::literal(EnvKey::AUTHENTIK_BOOTSTRAP_PASSWORD, random_secret());
                Self { envs: vec![env], api_key: None }
            }
            Provider::PocketId | Provider::PocketIdWithPostgresql => {
                Self { envs: vec![unopened_env()], api_key: None }
            }
            Provider::Logto => {
                let url = |host: &str| Secret::new(format!("https://{host}"));
                let admin = hosts.admin.as_deref().unwrap_or(&hosts.main);
                let envs = vec![
                    EnvWrite::literal(EnvKey::LOGTO_ENDPOINT, url(&hosts.main)),
                    EnvWrite::literal(EnvKey::LOGTO_ADMIN_ENDPOINT, url(admin)),
                    unopened_env(),
                ];
                Self { envs, api_key: None }
            }
            _ => Self::default(),
        }
    }

    /// Leaves out the variables that an earlier call has set and that keep their value.
    pub(super) async fn without_present(
        mut self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<Self, Failure> {
        if self.envs.iter().any(|env| SET_ONCE.contains(&env.key)) {
            let present = coolify.service_envs(service).await?;
            let is_kept = |env: &EnvWrite| SET_ONCE.contains(&env.key) && is_present(env, &present);
            self.envs.retain(|env| !is_kept(env));
        }
        Ok(self)
    }

    /// Returns whether a provider can be started as its template creates it.
    pub(super) fn is_empty(&self) -> bool {
        self.envs.is_empty()
    }

    /// Sets the variables and checks that Coolify saved them. The provider must not be started before.
    pub(super) async fn set(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        // Since 4.2, Coolify does not return variables that are shown once: they are checked before
        // they become so.
        let readable = self.envs.iter().map(|env| EnvWrite { is_shown_once: false, ..env.clone() });
        self.write(coolify, service, readable.collect()).await?;
        if self.envs.iter().any(|env| env.is_shown_once) {
            self.write(coolify, service, self.envs.clone()).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
        envs: Vec<EnvWrite>,
    ) -> Result<(), Failure> {
        coolify.upsert_service_envs(service, &envs).await?;
        let present = coolify.service_envs(service).await?;
        match envs.iter().find(|env| !is_saved(env, &present)) {
            None => Ok(()),
            Some(env) => Err(unsaved_variable(&env.key)),
        }
    }
}

fn random_secret() -> Secret {
    Secret::new(hex::encode(covibe_crypto::random::<KEY_BYTES>()))
}

/// Returns true if a variable of this name has a value, which Coolify may hide.
fn is_present(written: &EnvWrite, present: &[Env]) -> bool {
    let mut same_key = present.iter().filter(|env| env.key == written.key.as_str());
    same_key.any(|env| env.value.as_ref().is_none_or(|value| !value.is_empty()))
}

/// Returns whether Coolify has a variable as it was written. A value that Coolify hides is not compared.
fn is_saved(written: &EnvWrite, present: &[Env]) -> bool {
    let mut same_key = present.iter().filter(|env| env.key == written.key.as_str());
    let has_values = present.iter().any(|env| env.value.as_ref().is_some_and(|v| !v.is_empty()));
    let may_be_hidden = written.is_shown_once || !has_values;
    same_key.any(|env| {
        let is_same = match &env.value {
            Some(value) => *value == written.value,
            None => may_be_hidden,
        };
        is_same && env.is_shown_once == written.is_shown_once && env.is_literal
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn required_envs(provider: Provider) -> RequiredEnvs {
        let admin = Some("a-admin.test".to_owned());
        RequiredEnvs::for_provider(provider, &Hosts { main: "a.test".to_owned(), admin })
    }

    #[test]
    fn generates_keys_that_supertokens_accepts() {
        let (one, other) = (
            required_envs(Provider::SupertokensWithPostgresql),
            required_envs(Provider::SupertokensWithPostgresql),
        );
        let key = one.api_key.unwrap();
        assert!(
            key.expose().len() >= 20 && key.expose().bytes().all(|b| b.is_ascii_alphanumeric())
        );
        assert_ne!(Some(key), other.api_key);
        assert!(one.envs[0].is_literal && one.envs[0].is_shown_once);
        assert!(required_envs(Provider::Pocketbase).is_empty());
    }

    #[test]
    fn sets_both_endpoints_of_logto() {
        let envs = required_envs(Provider::Logto).envs;
        let pairs: Vec<_> = envs.iter().map(|env| (env.key.as_str(), env.value.expose())).collect();
        let main = ("LOGTO_ENDPOINT", "https://a.test");
        let admin = ("LOGTO_ADMIN_ENDPOINT", "https://a-admin.test");
        assert_eq!(pairs, [main, admin, ("COVIBE_OPENED", "false")]);
    }

    #[test]
    fn only_providers_claimed_by_the_first_visitor_are_created_unopened() {
        for provider in Provider::ALL.iter().copied() {
            let envs = required_envs(provider).envs;
            let is_unopened = |env: &EnvWrite| env.key == EnvKey::COVIBE_OPENED;
            assert_eq!(
                envs.iter().any(is_unopened),
                provider.belongs_to_first_visitor(),
                "{provider}"
            );
        }
    }

    #[test]
    fn a_variable_with_an_empty_value_counts_as_absent() {
        let password = EnvWrite::literal(EnvKey::API_KEYS, Secret::new("new"));
        for (value, expected) in [(json!("old"), true), (json!(null), true), (json!(""), false)] {
            let env = present_env(&json!({ "value": value }));
            assert_eq!(is_present(&password, &[env]), expected, "{value}");
        }
        assert!(!is_present(&password, &[present_env(&json!({ "key": "OTHER", "value": "x" }))]));
    }

    fn present_env(value: &serde_json::Value) -> Env {
        let mut env = json!({ "uuid": "env4567", "key": "API_KEYS", "is_literal": true });
        env.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(env).unwrap()
    }

    #[test]
    fn a_variable_counts_as_saved_only_if_visible_value_and_flag_match() {
        let written = |is_shown_once| {
            let env = EnvWrite::literal(EnvKey::API_KEYS, Secret::new("k"));
            EnvWrite { is_shown_once, ..env }
        };
        let other = present_env(&json!({ "key": "OTHER", "value": "x" }));
        let saved = |written, env: &Env| is_saved(&written, &[other.clone(), env.clone()]);
        assert!(saved(written(false), &present_env(&json!({ "value": "k" }))));
        assert!(saved(written(true), &present_env(&json!({ "is_shown_once": true }))));
        assert!(!saved(written(true), &present_env(&json!({ "value": "k" }))));
        assert!(!saved(written(false), &present_env(&json!({ "value": "" }))));
        assert!(
            !saved(written(false), &present_env(&json!({}))),
            "other values are shown, this one is not"
        );
        assert!(is_saved(&written(false), &[present_env(&json!({}))]), "no value is shown");
        assert!(!is_saved(&written(false), &[other]));
    }
}
