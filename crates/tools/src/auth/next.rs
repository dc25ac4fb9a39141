//! What to do with a provider once it is there.

use covibe_domain::entities::Provider;

/// The next steps, in a few sentences; `url` and `admin` are where it is reached.
pub(super) fn next(provider: Provider, url: &str, admin: Option<&str>) -> String {
    match provider {
        Provider::Pocketbase => format!(
            "A person opens {url}/_/ and makes the first superuser, before anybody else does. \
             API: {url}/api/."
        ),
        Provider::Authentik => format!(
            "A person opens {url}/if/flow/initial-setup/ (with the last slash) and sets the \
             password of akadmin, before anybody else does. Then make a provider and an \
             application; OIDC discovery: {url}/application/o/<slug>/.well-known/openid-configuration."
        ),
        Provider::Keycloak | Provider::KeycloakWithPostgres => format!(
            "Sign in at {url}/admin/ with `admin` of this answer, make an admin of your own and \
             remove this one. Make a realm for the apps; OIDC discovery: \
             {url}/realms/<realm>/.well-known/openid-configuration."
        ),
        Provider::PocketId | Provider::PocketIdWithPostgresql => format!(
            "A person opens {url}/setup and registers the first admin's passkey, before anybody \
             else does. OIDC discovery: {url}/.well-known/openid-configuration."
        ),
        Provider::Logto => format!(
            "A person opens the console at {} and makes the first account, before anybody else \
             does. OIDC discovery: {url}/oidc/.well-known/openid-configuration.",
            admin.unwrap_or(url)
        ),
        Provider::SupertokensWithPostgresql => format!(
            "Set connectionURI {url} and the API key in the app's backend SDK (apps.envs.upsert \
             with isShownOnce). The key was shown once, by auth.create: nothing tells it again. Lost \
             while there are no users: auth.delete with volumes delete, then auth.create; else ask \
             the operator to set another API_KEYS in Coolify and restart."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_says_where_to_go() {
        for provider in Provider::ALL {
            let told = next(*provider, "https://a.test", Some("https://a-admin.test"));
            assert!(told.contains("https://a.test") && told.len() < 500, "{provider}: {told}");
        }
        let supertokens = next(Provider::SupertokensWithPostgresql, "https://a.test", None);
        assert!(supertokens.contains("auth.delete") && supertokens.contains("auth.create;"));
        let logto = next(Provider::Logto, "https://a.test", Some("https://a-admin.test"));
        assert!(logto.contains("https://a-admin.test"));
    }
}
