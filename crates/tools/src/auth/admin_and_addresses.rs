//! The facts of a provider that its variables contain.

use covibe_coolify::{Env, Service};
use covibe_domain::entities::Provider;
use covibe_domain::{Failure, Revealed, Secret};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace, waits_for_person};
use schemars::JsonSchema;
use serde::Serialize;

/// The path of the console's page for a provider, before its uuid.
const PAGE: &str = "/console/live/auth/";

/// The first admin of a provider.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuthProviderAdmin")]
pub(super) struct Admin {
    /// The user name.
    #[schemars(example = &"admin")]
    user: String,
    /// The password.
    #[schemars(example = &"correct-horse-battery-staple")]
    password: Revealed,
}

/// The facts of a provider that its variables contain.
#[derive(Debug, Default)]
pub(super) struct ProviderFacts {
    /// Its first admin, if one is created at its first start.
    pub(super) admin: Option<Admin>,
    /// True if it is not started before a person opens it.
    pub(super) waits_for_person: bool,
    /// The provider's page in the console, if this server knows its own address.
    pub(super) page: Option<String>,
}

impl ProviderFacts {
    /// Reads the facts from the variables of a provider.
    pub(super) async fn read(
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
        provider: Provider,
    ) -> Result<Self, Failure> {
        if !provider.belongs_to_first_visitor() && admin_keys(provider).is_none() {
            return Ok(Self::default());
        }
        let envs = coolify.service_envs(service).await?;
        let origin = cx.settings().origin().ok();
        Ok(Self {
            admin: admin(provider, &envs),
            waits_for_person: waits_for_person(service, &envs),
            page: origin.map(|origin| format!("{origin}{PAGE}{}", service.uuid)),
        })
    }

    /// Returns the page where a person opens it, if it waits for that.
    pub(super) fn open_at(&self) -> Option<&str> {
        self.page.as_deref().filter(|_| self.waits_for_person)
    }
}

/// A user name: of a variable, or always the same.
enum User {
    Variable(&'static str),
    Always(&'static str),
}

/// Returns the name of the first admin and the variable that has the password, if one is created at the first start.
fn admin_keys(provider: Provider) -> Option<(User, &'static str)> {
    match provider {
        Provider::Keycloak | Provider::KeycloakWithPostgres => {
            Some((User::Variable("SERVICE_USER_ADMIN"), "SERVICE_PASSWORD_ADMIN"))
        }
        Provider::Authentik => Some((User::Always("akadmin"), "AUTHENTIK_BOOTSTRAP_PASSWORD")),
        _ => None,
    }
}

fn admin(provider: Provider, envs: &[Env]) -> Option<Admin> {
    let value = |key: &str| -> Option<Secret> {
        let value = envs.iter().find(|env| env.key == key)?.value.clone()?;
        (!value.is_empty()).then_some(value)
    };
    let (user, password) = admin_keys(provider)?;
    let user = match user {
        User::Variable(key) => value(key)?.expose().to_owned(),
        User::Always(name) => name.to_owned(),
    };
    Some(Admin { user, password: Revealed::new(value(password)?) })
}

#[cfg(test)]
mod tests {
    use covibe_coolify::EnvKey;

    use super::*;

    #[test]
    fn the_password_of_authentik_is_in_the_variable_that_it_reads() {
        let (_, key) = admin_keys(Provider::Authentik).unwrap();
        assert_eq!(key, EnvKey::AUTHENTIK_BOOTSTRAP_PASSWORD.as_str());
    }
}
