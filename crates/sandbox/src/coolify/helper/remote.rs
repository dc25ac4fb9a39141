//! The Git server that a repository is cloned from. Only repositories on loopback are really contacted.

use url::{Host, Url};

use crate::core::git::{self, Git};

/// Returns why a clone fails without contacting any server, if it does.
pub(crate) fn clone_failure(repository: &str) -> Option<String> {
    let host = match repository.split_once("://") {
        Some(_) => Url::parse(repository).ok().and_then(|url| url.host_str().map(str::to_owned)),
        None => repository
            .split_once(':')
            .and_then(|(left, _)| left.rsplit('@').next())
            .map(str::to_owned),
    };
    match host.as_deref() {
        None => Some(format!("fatal: repository '{repository}' does not exist")),
        Some("git.invalid") => Some(
            "fatal: unable to access the repository: Could not resolve host: git.invalid"
                .to_owned(),
        ),
        Some(_) => None,
    }
}

pub(super) fn is_loopback(repository: &str) -> bool {
    let Ok(url) = Url::parse(repository) else { return false };
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

/// Runs git and returns its output, or its messages without the URL's credentials.
pub(super) fn run<'a>(
    repository: &str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<String, String> {
    let git = Git::find().map_err(|error| error.to_string())?;
    // A server that never answers fails the deployment after 20 seconds.
    let low_speed = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20"];
    let mut command = git.command(low_speed.into_iter().chain(arguments));
    let output = git::run(&mut command, b"").map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(without_credentials(String::from_utf8_lossy(&output.stderr).trim(), repository))
}

fn without_credentials(text: &str, repository: &str) -> String {
    let authority = repository.split_once("://").map_or(repository, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    let Some((userinfo, _)) = authority.rsplit_once('@') else { return text.to_owned() };
    let text = text.replace(&format!("{userinfo}@"), "");
    match userinfo.split_once(':') {
        // A shorter one could occur in any text.
        Some((_, password)) if password.len() >= 8 => text.replace(password, "***"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_contacted() {
        for local in
            ["http://a:b@127.0.0.1:3000/o/r.git", "https://localhost/o/r", "http://[::1]/o"]
        {
            assert!(is_loopback(local), "{local}");
        }
        for remote in ["https://git.test/o/r.git", "git@127.0.0.1:o/r.git", "o/r", "file:///o"] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }

    #[test]
    fn credentials_are_removed_from_messages() {
        let message = without_credentials(
            "fatal: 'http://bot:abc12345@127.0.0.1/o': abc12345",
            "http://bot:abc12345@127.0.0.1/o",
        );
        assert_eq!(message, "fatal: 'http://127.0.0.1/o': ***");
    }

    #[test]
    fn clones_need_a_host() {
        assert!(clone_failure("org/repo").is_some());
        assert!(clone_failure("https://git.invalid/org/repo.git").is_some());
        assert_eq!(clone_failure("http://bot:abc@127.0.0.1:3000/org/repo.git"), None);
        assert_eq!(clone_failure("git@git.example.com:org/repo.git"), None);
    }
}
