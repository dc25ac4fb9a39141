//! Auth providers whose first visitor becomes their administrator: none is started before a person opens it.
//!
//! A variable of the service records whether one did, so the record ends with the service. No tool writes variables of
//! auth providers.

use covibe_coolify::{Env, EnvKey, EnvWrite, Service};
use covibe_domain::entities::Provider;
use covibe_domain::{Deployable, Failure, Secret, boxed};
use covibe_policy::Owned;

use super::Coolify;
use crate::scoped::resource_access_errors::unopened_provider;

const YES: &str = "true";
const NO: &str = "false";

/// Returns whether a service must not be started before a person opens it. One without the variable that runs was
/// started before there was this rule.
pub fn waits_for_person(service: &Service, envs: &[Env]) -> bool {
    if !belongs_to_first_visitor(service) {
        return false;
    }
    let is_it = |env: &&Env| env.key == EnvKey::COVIBE_OPENED.as_str();
    let said = envs.iter().find(is_it).and_then(|env| env.value.as_ref());
    match said.map(Secret::expose) {
        Some(YES) => false,
        Some(NO) => true,
        _ => service.status.state.runs_nothing(),
    }
}

/// Returns the variable that says that nobody has opened a provider.
pub fn unopened_env() -> EnvWrite {
    EnvWrite::literal(EnvKey::COVIBE_OPENED, Secret::new(NO))
}

fn belongs_to_first_visitor(service: &Service) -> bool {
    let provider = service.service_type.as_deref().and_then(Provider::from_word);
    provider.is_some_and(Provider::belongs_to_first_visitor)
}

impl Coolify {
    /// Lets an auth provider be started from now on, because a person has opened it.
    #[boxed]
    pub async fn open_provider(&self, service: &Owned<Service>) -> Result<(), Failure> {
        let opened = EnvWrite::literal(EnvKey::COVIBE_OPENED, Secret::new(YES));
        self.upsert_service_envs(service, &[opened]).await
    }

    /// Takes that back before the provider loses its users, and cancels a start that was accepted and waits.
    #[boxed]
    pub async fn close_provider(&self, service: &Owned<Service>) -> Result<(), Failure> {
        if !belongs_to_first_visitor(service) {
            return Ok(());
        }
        self.upsert_service_envs(service, &[unopened_env()]).await?;
        self.cancel_waiting_deployments(&Deployable::Service(service.uuid.clone())).await
    }

    /// Checks that a service does not wait for a person.
    ///
    /// # Errors
    ///
    /// Conflict if it does.
    pub(super) async fn check_opened(&self, service: &Owned<Service>) -> Result<(), Failure> {
        if !belongs_to_first_visitor(service) {
            return Ok(());
        }
        let envs = self.service_envs(service).await?;
        if waits_for_person(service, &envs) {
            Err(unopened_provider(&service.name))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn waits(kind: &str, status: &str, value: &Value) -> bool {
        let service = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "name": "login", "service_type": kind,
            "status": status });
        let service: Service = serde_json::from_value(service).unwrap();
        let env = json!({ "uuid": "env4567", "key": "COVIBE_OPENED", "value": value });
        let envs: Vec<Env> = vec![serde_json::from_value(env).unwrap()];
        waits_for_person(&service, &envs)
    }

    #[test]
    fn the_opened_variable_decides_whatever_the_state_of_the_service_is() {
        for kind in ["pocket-id", "pocket-id-with-postgresql", "logto"] {
            for status in ["exited", "running", "starting", "new-word"] {
                assert!(waits(kind, status, &json!("false")), "{kind} {status}");
                assert!(!waits(kind, status, &json!("true")), "{kind} {status}");
            }
        }
    }

    #[test]
    fn without_the_variable_only_a_running_service_counts_as_opened() {
        for nothing in [json!(null), json!(""), json!("yes")] {
            assert!(waits("logto", "exited", &nothing) && waits("logto", "new-word", &nothing));
            assert!(!waits("logto", "running:healthy", &nothing));
        }
    }

    #[test]
    fn services_of_other_kinds_never_wait_to_be_opened() {
        for kind in ["pocketbase", "authentik", "keycloak", "supertokens-with-postgresql", "n8n"] {
            assert!(!waits(kind, "exited", &json!("false")), "{kind}");
        }
    }
}
