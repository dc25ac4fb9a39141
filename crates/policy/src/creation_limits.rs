//! Limits on what may be created: auth providers from an allowlist, public ports that the platform does
//! not need, and repositories of the workspace's own organisation.

use std::ops::RangeInclusive;

use covibe_domain::entities::Provider;
use covibe_domain::names::is_visible;
use covibe_domain::secret::has_credential_form;
use covibe_domain::shell::RepositoryName;
use covibe_domain::{Failure, has_uuid_form, names};

/// Returns the auth providers that may be created. Those that mount Docker's socket are included only if
/// the operator allows it (`docker_sock`).
pub fn providers(docker_sock: bool) -> Vec<Provider> {
    let all = Provider::ALL.iter().copied();
    all.filter(|each| docker_sock || !each.mounts_docker_sock()).collect()
}

/// Returns the auth provider of this name.
///
/// # Errors
/// 400 for an unknown name, with the allowlist as the hint; 403 for a provider that mounts Docker's
/// socket without `docker_sock`.
pub fn provider(word: &str, docker_sock: bool) -> Result<Provider, Failure> {
    let allowed = providers(docker_sock);
    let list = || allowed.iter().map(|each| each.as_str()).collect::<Vec<_>>().join(", ");
    let Some(provider) = Provider::from_word(word) else {
        let shown = names::displayable(word, 64);
        return Err(Failure::invalid(format!("Auth provider {shown} is not on the allowlist."))
            .hint(format!("Allowed: {}", list())));
    };
    if allowed.contains(&provider) {
        return Ok(provider);
    }
    let message = format!(
        "{provider} mounts the Docker socket, which would make its administrators root on the host."
    );
    let hint = format!(
        "Allowed: {}. The operator can allow it with COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS=true.",
        list()
    );
    Err(Failure::forbidden(message).hint(hint))
}

/// The ports above 1023 that a Coolify host needs: its dashboard and realtime server, the proxy, Docker's
/// API and swarm (Coolify's documentation on firewalls, 4.x), and Gitea's for HTTP and SSH. A database
/// that holds one of them while the platform restarts would replace the platform's service.
const PLATFORM_PORTS: [u16; 11] =
    [2222, 2375, 2376, 2377, 3000, 6001, 6002, 7946, 8000, 8080, 8443];

/// Checks that the platform does not need a port of the host, and that it is one of those that the
/// operator provides, if there are any.
///
/// # Errors
/// 422 if it is not.
pub fn public_port(port: u16, provided: Option<&RangeInclusive<u16>>) -> Result<(), Failure> {
    if let Some(ports) = provided.filter(|ports| !ports.contains(&port)) {
        let message = format!("`publicPort` {port} is not one of the host's public ports.");
        let (first, last) = (ports.start(), ports.end());
        let hint = format!("Use a port from {first} to {last}, or leave `publicPort` out.");
        return Err(Failure::rejected(message).hint(hint));
    }
    if PLATFORM_PORTS.contains(&port) {
        return Err(Failure::rejected(format!(
            "`publicPort` {port} is reserved for the platform."
        ))
        .hint("Use another port from 1024 to 65535, such as 15432."));
    }
    Ok(())
}

/// Checks that a name is not a credential in the wrong place: names are shown and recorded.
///
/// # Errors
/// 400 if it has the form of one.
pub fn harmless_name(name: &str) -> Result<(), Failure> {
    if has_credential_form(name) {
        // The text is not repeated.
        return Err(Failure::invalid("The name looks like a credential.").hint(
            "Pass another name. If this one is a credential, revoke it: it has been disclosed.",
        ));
    }
    Ok(())
}

/// Checks that a name is not a credential, and has no characters that are not displayed, or that change how
/// the text around them is: an operator's terminal acts on some of them.
///
/// # Errors
/// 400 if it has, or is.
pub fn check_label(name: &str) -> Result<(), Failure> {
    if !name.chars().all(is_visible) {
        return Err(Failure::invalid("`name` is not allowed.").hint(
            "Use only printable characters: no control characters, line breaks, zero-width \
             joiners or direction marks.",
        ));
    }
    harmless_name(name)
}

/// Checks the name of something that calls name by its uuid or its name.
///
/// # Errors
/// 400 if it has the form of a uuid or of a credential.
pub fn resource_name(name: &str) -> Result<(), Failure> {
    harmless_name(name)?;
    if has_uuid_form(name) {
        let message = "The name has the form of a uuid: 24 lowercase letters and digits.";
        return Err(Failure::invalid(message).hint("Pass another name, such as one with a hyphen."));
    }
    Ok(())
}

/// Returns the name of a repository that is written as `name` or `organisation/name`.
///
/// # Errors
/// 403 if the organisation is not the workspace's own, 400 if the name is malformed.
pub fn repository_name<'a>(written: &'a str, organisation: &str) -> Result<&'a str, Failure> {
    let (owner, name) = written.split_once('/').unwrap_or((organisation, written));
    let name = name.strip_suffix(".git").unwrap_or(name);
    if !owner.eq_ignore_ascii_case(organisation) {
        // The text is not repeated, because it may be a clone URL with a token.
        let message = format!("That repository is outside the organisation {organisation}.");
        return Err(Failure::forbidden(message)
            .hint("Stop and ask the user; do not guess other names. Name the workspace's own repositories \
                   without an owner."));
    }
    if !RepositoryName::is_valid(name) {
        return Err(Failure::invalid("`repo` is not a valid repository name.")
            .hint(format!("Pass the name alone, such as my-site for {organisation}/my-site.")));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_names_that_may_be_a_uuid_or_a_credential() {
        for bad in ["shopshopshopshopshop2345", "vibn_sk_abc", &"0f".repeat(20)] {
            let refused = resource_name(bad).unwrap_err();
            assert_eq!(refused.kind.status(), 400, "{bad}");
            assert!(!format!("{refused:?}").contains(bad), "{refused:?}");
        }
        assert!(
            resource_name("my-shop").is_ok() && harmless_name("shopshopshopshopshop2345").is_ok()
        );
    }

    #[test]
    fn rejects_public_ports_of_the_platform() {
        for port in [2375, 6001, 8000, 8080] {
            assert_eq!(public_port(port, None).unwrap_err().kind.status(), 422, "{port}");
        }
        for port in [1024, 5432, 15_432, 65_535] {
            assert!(public_port(port, None).is_ok(), "{port}");
        }
    }

    #[test]
    fn rejects_a_public_port_of_gitea() {
        for port in [2222, 3000] {
            let range = 2_000..=4_000;
            assert_eq!(public_port(port, None).unwrap_err().kind.status(), 422, "{port}");
            assert_eq!(public_port(port, Some(&range)).unwrap_err().kind.status(), 422, "{port}");
        }
    }

    #[test]
    fn rejects_a_public_port_outside_the_operators_range() {
        let range = 20_000..=20_009;
        for port in [15_432, 19_999, 20_010] {
            let refused = public_port(port, Some(&range)).unwrap_err();
            assert_eq!(refused.kind.status(), 422, "{port}");
            assert!(refused.hint.unwrap().contains("20000 to 20009"));
        }
        assert_eq!(public_port(20_009, Some(&range)), Ok(()));
    }

    #[test]
    fn accepts_only_auth_providers_on_the_allowlist() {
        assert_eq!(provider("pocketbase", false), Ok(Provider::Pocketbase));
        let refused = provider("zitadel", false).unwrap_err();
        assert_eq!(refused.kind.status(), 400);
        let hint = refused.hint.unwrap();
        assert!(hint.contains("pocket-id-with-postgresql") && !hint.contains("authentik"));
        assert!(provider("zitadel", true).unwrap_err().hint.unwrap().contains("authentik"));
    }

    #[test]
    fn providers_with_the_docker_socket_need_the_operators_permission() {
        let refused = provider("authentik", false).unwrap_err();
        assert_eq!(refused.kind.status(), 403);
        assert!(refused.hint.unwrap().contains("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS=true"));
        assert_eq!(provider("authentik", true), Ok(Provider::Authentik));
        assert_eq!(providers(true), Provider::ALL);
        assert_eq!(providers(false).len(), Provider::ALL.len() - 1);
    }

    #[test]
    fn accepts_only_repositories_of_the_organisation() {
        assert_eq!(repository_name("my-site", "vibn-mark"), Ok("my-site"));
        assert_eq!(repository_name("vibn-mark/my-site.git", "vibn-mark"), Ok("my-site"));
        assert_eq!(repository_name("vibn-x/s", "vibn-mark").unwrap_err().kind.status(), 403);
        let url = "https://mark-bot:0123@git.vibnai.com/vibn-mark/my-site.git";
        assert!(!format!("{:?}", repository_name(url, "vibn-mark")).contains("0123"));
        for bad in ["", "a b", "../x", "a;b", ".git", "vibn-mark/", "a\nb"] {
            assert!(repository_name(bad, "vibn-mark").is_err(), "{bad:?}");
        }
    }
}
