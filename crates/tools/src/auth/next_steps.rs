//! What to do with a provider after its creation.

use covibe_domain::entities::Provider;

/// Returns the next steps in a few sentences. `url` is the provider's URL, `admin` its admin
/// console's.
pub(super) fn next_steps(provider: Provider, url: &str, admin: Option<&str>) -> String {
    match provider {
        Provider::Pocketbase => format!(
            "Have a person open {url}/_/ at once and create the first superuser: anybody can until \
             then. API: {url}/api/."
        ),
        Provider::Authentik => format!(
            "Have a person open {url}/if/flow/initial-setup/ (with the final slash) at once and set \
             the password of akadmin: anybody can until then. Then create a provider and an \
             application; OIDC discovery: {url}/application/o/<slug>/.well-known/openid-configuration."
        ),
        Provider::Keycloak | Provider::KeycloakWithPostgres => format!(
            "Sign in at {url}/admin/ with `admin` from this answer, create your own admin and delete \
             this one. Create a realm for the apps; OIDC discovery: \
             {url}/realms/<realm>/.well-known/openid-configuration."
        ),
        Provider::PocketId | Provider::PocketIdWithPostgresql => format!(
            "Have a person open {url}/setup at once and register the first admin's passkey: anybody \
             can until then. OIDC discovery: {url}/.well-known/openid-configuration."
        ),
        Provider::Logto => format!(
            "Have a person open the console at {} at once and create the first account: anybody can \
             until then. OIDC discovery: {url}/oidc/.well-known/openid-configuration.",
            admin.unwrap_or(url)
        ),
        Provider::SupertokensWithPostgresql => format!(
            "Set connectionURI {url} and the API key in the app's backend SDK (apps.envs.upsert \
             with isShownOnce). The key was shown once, by auth.create, and cannot be read again. If it \
             is lost: while there are no users, auth.delete with volumes delete, then auth.create; \
             otherwise ask the operator to set another API_KEYS in Coolify and restart."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_next_steps_with_its_url() {
        for provider in Provider::ALL {
            let text = next_steps(*provider, "https://a.test", Some("https://a-admin.test"));
            assert!(text.contains("https://a.test") && text.len() < 500, "{provider}: {text}");
        }
        let supertokens = next_steps(Provider::SupertokensWithPostgresql, "https://a.test", None);
        assert!(supertokens.contains("auth.delete") && supertokens.contains("auth.create;"));
        let logto = next_steps(Provider::Logto, "https://a.test", Some("https://a-admin.test"));
        assert!(logto.contains("https://a-admin.test"));
    }
}
