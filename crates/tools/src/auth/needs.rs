//! What has to be set before a provider is started for the first time.
//!
//! Coolify's templates leave it to whoever clicks through them (4.3.11): a SuperTokens without
//! `API_KEYS` answers anybody, and Logto without its endpoints sends people to addresses that do
//! not exist.

use covibe_coolify::{Env, EnvKey, EnvWrite, Service};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Kind, Secret};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

use super::hosts::Hosts;

/// How many random bytes an API key has; SuperTokens takes letters, digits, `=` and `-`, 20 or more.
const KEY_BYTES: usize = 24;

/// The variables that a provider needs.
#[derive(Debug, Default)]
pub(super) struct Needs {
    envs: Vec<EnvWrite>,
    /// The API key among them, for the one answer that hands it out.
    pub(super) api_key: Option<Secret>,
}

impl Needs {
    /// What this provider needs; the key is another one each time.
    pub(super) fn of(provider: Provider, hosts: &Hosts) -> Self {
        match provider {
            Provider::SupertokensWithPostgresql => {
                let key = Secret::new(hex::encode(covibe_crypto::random::<KEY_BYTES>()));
                let envs = vec![env(EnvKey::API_KEYS, key.clone(), true)];
                Self { envs, api_key: Some(key) }
            }
            Provider::Logto => {
                let url = |host: &str| Secret::new(format!("https://{host}"));
                let admin = hosts.admin.as_deref().unwrap_or(&hosts.main);
                let envs = vec![
                    env(EnvKey::LOGTO_ENDPOINT, url(&hosts.main), false),
                    env(EnvKey::LOGTO_ADMIN_ENDPOINT, url(admin), false),
                ];
                Self { envs, api_key: None }
            }
            _ => Self::default(),
        }
    }

    /// Whether a provider can be started as its template makes it.
    pub(super) fn are_none(&self) -> bool {
        self.envs.is_empty()
    }

    /// Sets them and looks whether Coolify has them; only then may it be started.
    pub(super) async fn set(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        // What is shown once is not told any more since 4.2: it is looked at before it becomes so.
        let shown = self.envs.iter().map(|env| EnvWrite { is_shown_once: false, ..env.clone() });
        self.write(coolify, service, shown.collect()).await?;
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
        match envs.iter().find(|env| !is_kept(env, &present)) {
            None => Ok(()),
            Some(env) => Err(not_kept(&env.key)),
        }
    }
}

fn env(key: EnvKey, value: Secret, is_shown_once: bool) -> EnvWrite {
    EnvWrite {
        key,
        value,
        is_preview: false,
        is_literal: true,
        is_multiline: false,
        is_shown_once,
        is_buildtime: None,
    }
}

/// Whether Coolify has a variable as it was written; a value that it does not tell can't be compared.
fn is_kept(written: &EnvWrite, present: &[Env]) -> bool {
    let mut same_key = present.iter().filter(|env| env.key == written.key.as_str());
    let tells_values = present.iter().any(|env| env.value.as_ref().is_some_and(|v| !v.is_empty()));
    let may_be_untold = written.is_shown_once || !tells_values;
    same_key.any(|env| {
        let is_same = match &env.value {
            Some(value) => *value == written.value,
            None => may_be_untold,
        };
        is_same && env.is_shown_once == written.is_shown_once && env.is_literal
    })
}

fn not_kept(key: &EnvKey) -> Failure {
    let message = format!("Coolify did not keep {key}: the provider was not started.");
    Failure::new(Kind::Upstream, message)
        .hint("Repeat the same call: it sets the variable again before it starts it.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(provider: Provider) -> Needs {
        let admin = Some("a-admin.test".to_owned());
        Needs::of(provider, &Hosts { main: "a.test".to_owned(), admin })
    }

    #[test]
    fn a_key_is_what_supertokens_takes() {
        let (one, other) = (
            needs(Provider::SupertokensWithPostgresql),
            needs(Provider::SupertokensWithPostgresql),
        );
        let key = one.api_key.unwrap();
        assert!(
            key.expose().len() >= 20 && key.expose().bytes().all(|b| b.is_ascii_alphanumeric())
        );
        assert_ne!(Some(key), other.api_key);
        assert!(one.envs[0].is_literal && one.envs[0].is_shown_once);
        assert!(needs(Provider::Pocketbase).are_none());
    }

    #[test]
    fn logto_knows_both_its_addresses() {
        let envs = needs(Provider::Logto).envs;
        let told: Vec<_> = envs.iter().map(|env| (env.key.as_str(), env.value.expose())).collect();
        let main = ("LOGTO_ENDPOINT", "https://a.test");
        assert_eq!(told, [main, ("LOGTO_ADMIN_ENDPOINT", "https://a-admin.test")]);
    }

    fn present(value: &serde_json::Value) -> Env {
        let mut env = json!({ "uuid": "env4567", "key": "API_KEYS", "is_literal": true });
        env.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        serde_json::from_value(env).unwrap()
    }

    #[test]
    fn only_what_is_there_is_kept() {
        let written = |shown_once| env(EnvKey::API_KEYS, Secret::new("k"), shown_once);
        let other = present(&json!({ "key": "OTHER", "value": "x" }));
        let kept = |written, env: &Env| is_kept(&written, &[other.clone(), env.clone()]);
        assert!(kept(written(false), &present(&json!({ "value": "k" }))));
        assert!(kept(written(true), &present(&json!({ "is_shown_once": true }))));
        assert!(!kept(written(true), &present(&json!({ "value": "k" }))));
        assert!(!kept(written(false), &present(&json!({ "value": "" }))));
        assert!(!kept(written(false), &present(&json!({}))), "others are told, this one is not");
        assert!(is_kept(&written(false), &[present(&json!({}))]), "no value is told");
        assert!(!is_kept(&written(false), &[other]));
    }
}
