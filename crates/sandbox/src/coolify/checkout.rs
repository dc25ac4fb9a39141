//! Checking out a repository, the first step of a deployment.
//!
//! As in Coolify, that is a `git ls-remote` and, where needed, a fetch. Only repositories on loopback
//! are really contacted.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use url::{Host, Url};

use crate::core::clock::Clock;
use crate::core::git::{self, Git};

/// What to check out.
pub(crate) struct Source {
    pub(crate) repository: String,
    pub(crate) branch: String,
    /// A commit, or `HEAD` for the branch's tip.
    pub(crate) commit: String,
    /// The path of a compose application's file.
    pub(crate) compose_path: Option<String>,
}

/// The result of a checkout.
#[derive(Clone)]
pub(crate) struct Checkout {
    /// The commit that is deployed.
    pub(crate) commit: String,
    /// The text of a compose application's file.
    pub(crate) compose_file: Option<String>,
}

/// A finished checkout, or git's messages without credentials.
pub(crate) type Finished = Result<Checkout, String>;

/// A checkout that runs on a thread of its own.
pub(crate) struct PendingCheckout(Arc<OnceLock<Finished>>);

impl PendingCheckout {
    /// Starts a checkout that begins at that moment; none for a repository that is not reached over
    /// HTTP on loopback.
    pub(crate) fn start(source: Source, clock: Clock, begins: Instant) -> Option<Self> {
        is_loopback(&source.repository).then(|| {
            let finished = Arc::new(OnceLock::new());
            let result = Arc::clone(&finished);
            std::thread::spawn(move || {
                clock.sleep_until(begins);
                // This thread is the only one that sets it.
                let _ = result.set(check_out(&source));
            });
            Self(finished)
        })
    }

    /// Returns the result, once there is one.
    pub(crate) fn finished(&self) -> Option<&Finished> {
        self.0.get()
    }
}

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

fn is_loopback(repository: &str) -> bool {
    let Ok(url) = Url::parse(repository) else { return false };
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

fn check_out(source: &Source) -> Finished {
    let Source { repository, branch, commit, compose_path } = source;
    let listed = run(repository, ["ls-remote", "--", repository])?;
    let advertised = || listed.lines().filter_map(|line| line.split_once('\t'));
    let reference = format!("refs/heads/{branch}");
    let tip = advertised().find(|(_, name)| *name == reference).map(|(hash, _)| hash.to_owned());
    let tip = tip.ok_or_else(|| {
        format!(
            "warning: Could not find remote branch {branch} to clone.\n\
             fatal: Remote branch {branch} not found in upstream origin"
        )
    })?;
    let is_tip = matches!(commit.as_str(), "" | "HEAD");
    let commit = if is_tip { tip } else { commit.clone() };
    let is_advertised = is_tip || advertised().any(|(hash, _)| hash == commit);
    let compose_file = match compose_path {
        Some(path) => Some(fetch(repository, &commit, Some((path, branch)))?),
        None if is_advertised => None,
        None => fetch(repository, &commit, None).map(|_| None)?,
    };
    Ok(Checkout { commit, compose_file })
}

/// Fetches a commit, which need not be the tip of a branch, into a temporary repository, and returns
/// the text of `file`, a path and the branch that messages name.
fn fetch(repository: &str, commit: &str, file: Option<(&str, &str)>) -> Result<String, String> {
    if commit.len() != 40 || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("fatal: couldn't find remote ref {commit}"));
    }
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let Some(dir) = Path::to_str(dir.path()) else { return Err("fatal: no directory".to_owned()) };
    run(repository, ["init", "--quiet", "--bare", "--template=", "--", dir])?;
    let git_dir = format!("--git-dir={dir}");
    run(repository, [&git_dir, "fetch", "--quiet", "--depth=1", "--", repository, commit])?;
    let Some((path, branch)) = file else { return Ok(String::new()) };
    let missing = |_| {
        format!(
            "Docker Compose file not found at: {path} (branch: {branch})\n\
             Check if you used the right extension (.yaml or .yml) in the compose file name."
        )
    };
    let object = format!("{commit}:{}", path.trim_start_matches('/'));
    run(repository, [&git_dir, "cat-file", "blob", &object]).map_err(missing)
}

/// Runs git and returns its output, or its messages without the URL's credentials.
fn run<'a>(
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
