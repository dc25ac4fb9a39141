//! The next steps with a provider after its creation.

use covibe_domain::entities::Provider;

use super::admin_and_addresses::ProviderFacts;

/// Returns the next steps in a few sentences. `url` is the provider's URL, `admin` its admin
/// console's.
pub(super) fn next_steps(
    provider: Provider,
    url: &str,
    admin: Option<&str>,
    facts: &ProviderFacts,
) -> String {
    let oidc =
        |path: &str| format!("OIDC discovery: {url}{path}/.well-known/openid-configuration.");
    match provider {
        Provider::Pocketbase => format!(
            "Nobody can administer it before its superuser exists. At each start it prints a link to \
             /_/#/pbinstall/…, valid for 30 minutes: read it with apps.logs, replace its origin with \
             {url}, and give it to a person; apps.control with action restart prints another. API: {url}/api/."
        ),
        Provider::Authentik if facts.admin.is_none() => format!(
            "If {url}/if/flow/initial-setup/ (with the final slash) asks for a password, have a \
             person set the password of akadmin at once: anyone can until then. {}",
            oidc("/application/o/<slug>")
        ),
        Provider::Authentik => format!(
            "Sign in at {url}/if/admin/ with `admin` from this answer, create your own admin and \
             deactivate this one. Create a provider and an application for the apps. {}",
            oidc("/application/o/<slug>")
        ),
        Provider::Keycloak | Provider::KeycloakWithPostgres => format!(
            "Sign in at {url}/admin/ with `admin` from this answer, create your own admin and delete \
             this one. Create a realm for the apps. {}",
            oidc("/realms/<realm>")
        ),
        Provider::PocketId | Provider::PocketIdWithPostgresql => {
            format!("{} {}", first_visit(provider, url, admin, facts), oidc(""))
        }
        Provider::Logto => {
            format!("{} {}", first_visit(provider, url, admin, facts), oidc("/oidc"))
        }
        Provider::SupertokensWithPostgresql => format!(
            "Set `connectionURI` {url} and the API key in the app's backend SDK (apps.envs.upsert \
             with `isShownOnce`). The key was shown once, by auth.create, and cannot be read again. If it \
             is lost: while there are no users, call auth.delete with `volumes` delete, then auth.create; \
             otherwise ask the operator to set another API_KEYS in Coolify and restart."
        ),
    }
}

/// Returns the page where the first visitor of a provider becomes its administrator; `None` for
/// other providers.
pub(super) fn set_up_url(provider: Provider, url: &str, admin: Option<&str>) -> Option<String> {
    match provider {
        Provider::PocketId | Provider::PocketIdWithPostgresql => Some(format!("{url}/setup")),
        Provider::Logto => Some(admin.unwrap_or(url).to_owned()),
        _ => None,
    }
}

fn first_visit(
    provider: Provider,
    url: &str,
    admin: Option<&str>,
    facts: &ProviderFacts,
) -> String {
    let at = set_up_url(provider, url, admin).unwrap_or_else(|| url.to_owned());
    if !facts.waits_for_person {
        return format!(
            "A person has opened it. Have them register its first admin at {at}, if they have not \
             yet: anyone can until then."
        );
    }
    let page = facts.page.as_deref().unwrap_or("its page in the console");
    format!(
        "It is not started, because its first visitor becomes its administrator. Give a person of \
         this workspace {page}: they sign in, open the provider, which starts it, and register its \
         first admin at {at}. No API key can open it."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(provider: Provider, facts: &ProviderFacts) -> String {
        next_steps(provider, "https://a.test", Some("https://a-admin.test"), facts)
    }

    #[test]
    fn every_provider_has_next_steps_with_its_url() {
        let page = Some("https://covibe.test/console/live/auth/u".to_owned());
        let waits = ProviderFacts { waits_for_person: true, page, ..ProviderFacts::default() };
        for provider in Provider::ALL.iter().copied() {
            for facts in [&waits, &ProviderFacts::default()] {
                let text = steps(provider, facts);
                assert!(text.contains("https://a.test") && text.len() < 500, "{provider}: {text}");
            }
            let text = steps(provider, &waits);
            let has_page = text.contains("https://covibe.test/console/live/auth/u");
            assert_eq!(has_page, provider.belongs_to_first_visitor(), "{provider}: {text}");
        }
        let supertokens = steps(Provider::SupertokensWithPostgresql, &waits);
        assert!(supertokens.contains("auth.delete") && supertokens.contains("auth.create;"));
        assert!(steps(Provider::Logto, &waits).contains("https://a-admin.test"));
    }

    #[test]
    fn only_providers_claimed_by_the_first_visitor_have_a_set_up_page() {
        for provider in Provider::ALL.iter().copied() {
            let page = set_up_url(provider, "https://a.test", None);
            assert_eq!(page.is_some(), provider.belongs_to_first_visitor(), "{provider}");
        }
    }
}
