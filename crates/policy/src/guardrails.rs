//! What may be created at all (C section 7.3).

use covibe_domain::entities::Provider;
use covibe_domain::{Failure, names};

/// The auth providers that may be created; those that mount docker's socket only where the operator
/// allows it (`docker_sock`).
pub fn providers(docker_sock: bool) -> Vec<Provider> {
    let all = Provider::ALL.iter().copied();
    all.filter(|each| docker_sock || !each.mounts_docker_sock()).collect()
}

/// The auth provider of this name, or the allowlist as the hint.
pub fn provider(word: &str, docker_sock: bool) -> Result<Provider, Failure> {
    let allowed = providers(docker_sock);
    let list = || allowed.iter().map(|each| each.as_str()).collect::<Vec<_>>().join(", ");
    let Some(provider) = Provider::from_word(word) else {
        let shown = names::shown(word, 64);
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
        "Allowed: {}. The operator may allow it too: COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS=true.",
        list()
    );
    Err(Failure::forbidden(message).hint(hint))
}

/// Ports of a usual Coolify host above 1023: its dashboard and realtime server, the proxy, docker's
/// API and swarm (Coolify's documentation on firewalls, 4.x). Whoever had one of them while the
/// platform restarts would stand in its place.
const PLATFORM_PORTS: [u16; 9] = [2375, 2376, 2377, 6001, 6002, 7946, 8000, 8080, 8443];

/// Refuses a port of the host that the platform itself may need.
pub fn public_port(port: u16) -> Result<(), Failure> {
    if PLATFORM_PORTS.contains(&port) {
        return Err(Failure::invalid(format!("publicPort {port} is the platform's own."))
            .hint("Pass another one from 1024 to 65535, like 15432."));
    }
    Ok(())
}

/// The repository's name out of `name` or `organisation/name`, when it is the workspace's own
/// organisation; else 403.
pub fn repository_name<'a>(written: &'a str, organisation: &str) -> Result<&'a str, Failure> {
    let (owner, name) = written.split_once('/').unwrap_or((organisation, written));
    let name = name.strip_suffix(".git").unwrap_or(name);
    if !owner.eq_ignore_ascii_case(organisation) {
        // Not repeated: it may be a clone URL with a token inside.
        let message = format!("That repository is outside the organisation {organisation}.");
        return Err(Failure::forbidden(message)
            .hint("Stop and ask the user; do not guess others. Own ones go by their bare names."));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 100 || !name.chars().all(plain) || name.starts_with('.') {
        return Err(Failure::invalid("repo is not a repository's name.")
            .hint(format!("Pass its bare name, like my-site for {organisation}/my-site.")));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_ports_are_not_given_away() {
        for port in [2375, 6001, 8000, 8080] {
            assert_eq!(public_port(port).unwrap_err().kind.status(), 400, "{port}");
        }
        for port in [1024, 5432, 15_432, 65_535] {
            assert!(public_port(port).is_ok(), "{port}");
        }
    }

    #[test]
    fn providers_come_from_the_list() {
        assert_eq!(provider("pocketbase", false), Ok(Provider::Pocketbase));
        let refused = provider("zitadel", false).unwrap_err();
        assert_eq!(refused.kind.status(), 400);
        let hint = refused.hint.unwrap();
        assert!(hint.contains("pocket-id-with-postgresql") && !hint.contains("authentik"));
        assert!(provider("zitadel", true).unwrap_err().hint.unwrap().contains("authentik"));
    }

    #[test]
    fn dockers_socket_is_the_operators_to_give() {
        let refused = provider("authentik", false).unwrap_err();
        assert_eq!(refused.kind.status(), 403);
        assert!(refused.hint.unwrap().contains("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS=true"));
        assert_eq!(provider("authentik", true), Ok(Provider::Authentik));
        assert_eq!(providers(true), Provider::ALL);
        assert_eq!(providers(false).len(), Provider::ALL.len() - 1);
    }

    #[test]
    fn repositories_come_from_the_organisation() {
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
