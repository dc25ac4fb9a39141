//! The Git server that a repository is cloned from. Only repositories on loopback are really contacted.

use url::{Host, Url};

use crate::core::git_program::{self, Git};
use crate::core::ssh_proof;

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

/// A repository on loopback, with the way to it.
#[derive(Clone)]
pub(super) struct Remote {
    /// Its URL over HTTP, with any credentials.
    pub(super) url: String,
    /// For SSH: the address without the path, and the proof of the private key.
    ssh: Option<(String, String)>,
}

impl Remote {
    /// Returns the repository with this URL over HTTP.
    pub(super) const fn http(url: String) -> Self {
        Self { url, ssh: None }
    }

    /// Returns the repository with this clone URL, which is cloned with this private key over SSH; `None` if it is
    /// not on loopback.
    pub(super) fn from_clone_url(repository: &str, private_key: Option<&str>) -> Option<Self> {
        if repository.contains("://") {
            return is_loopback(repository).then(|| Self::http(repository.to_owned()));
        }
        let SshUrl { address, port, path } = SshUrl::parse(repository)?;
        let host = address.rsplit('@').next().unwrap_or_default();
        let url = format!("http://{host}:{port}/{path}");
        let repo = path.strip_suffix(".git").unwrap_or(path);
        // A missing proof does not prove any key.
        let proof = private_key.and_then(|key| ssh_proof::prove(key, repo));
        let proof = proof.unwrap_or_else(|| "none".to_owned());
        is_loopback(&url).then(|| Self { url, ssh: Some((address.to_owned(), proof)) })
    }

    /// Runs git and returns its output, or its messages without the URL's credentials.
    pub(super) fn run<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<String, String> {
        let git = Git::find().map_err(|error| error.to_string())?;
        // A server that never answers fails the deployment after 20 seconds.
        let low_speed = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20"];
        let mut command = git.command(low_speed.into_iter().chain(arguments));
        if let Some((_, proof)) = &self.ssh {
            let header = format!("'http.extraheader'='{}: {proof}'", ssh_proof::HEADER);
            command.env("GIT_CONFIG_PARAMETERS", header);
        }
        let output = git_program::run(&mut command, b"").map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let message = String::from_utf8_lossy(&output.stderr);
        Err(match &self.ssh {
            Some((address, _)) => by_ssh(message.trim(), address),
            None => without_credentials(message.trim(), &self.url),
        })
    }
}

/// A clone URL in the short form of SSH: `user@host:path`, or `user@host:port/path` as Coolify reads it
/// (`convertGitUrl`, 4.3.11).
struct SshUrl<'a> {
    /// `user@host`
    address: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> SshUrl<'a> {
    fn parse(repository: &'a str) -> Option<Self> {
        let (address, rest) = repository.split_once(':').filter(|(left, _)| left.contains('@'))?;
        let port = rest.split_once('/').and_then(|(port, path)| Some((port.parse().ok()?, path)));
        let (port, path) = port.unwrap_or((22, rest));
        Some(Self { address, port, path })
    }
}

/// Returns what git and ssh say where the Git server refused a key.
fn by_ssh(message: &str, address: &str) -> String {
    let why = if message.contains("error: 403") {
        format!("{address}: Permission denied (publickey).")
    } else if message.contains("not found") {
        "Gitea: Public (Deploy) Key is not authorized to read the repository.".to_owned()
    } else {
        return message.replace("http://", "ssh://");
    };
    format!(
        "{why}\nfatal: Could not read from remote repository.\n\n\
         Please make sure you have the correct access rights\nand the repository exists."
    )
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
    fn only_http_urls_of_loopback_hosts_count_as_loopback() {
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
    fn an_ssh_url_may_have_a_port_before_its_path() {
        let parsed = |text| {
            let SshUrl { address, port, path } = SshUrl::parse(text)?;
            Some(format!("{address} {port} {path}"))
        };
        assert_eq!(parsed("git@127.0.0.1:o/r.git").as_deref(), Some("git@127.0.0.1 22 o/r.git"));
        assert_eq!(parsed("a@git.test:2222/o/r.git").as_deref(), Some("a@git.test 2222 o/r.git"));
        assert!(Remote::from_clone_url("git@git.test:2222/o/r.git", None).is_none());
        assert!(Remote::from_clone_url("git@127.0.0.1:2222/o/r.git", None).is_some());
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
    fn a_clone_without_a_host_or_from_an_invalid_domain_fails() {
        assert!(clone_failure("org/repo").is_some());
        assert!(clone_failure("https://git.invalid/org/repo.git").is_some());
        assert_eq!(clone_failure("http://bot:abc@127.0.0.1:3000/org/repo.git"), None);
        assert_eq!(clone_failure("git@git.example.com:org/repo.git"), None);
    }
}
