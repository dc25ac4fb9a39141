//! Whether a repository on this machine can be cloned: git itself is sent to look.
//!
//! Coolify's own first step is the same `git ls-remote`; elsewhere than on loopback nobody is asked.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::{Host, Url};

use crate::clock::Clock;
use crate::git::{self, Git};

/// What is to be cloned.
pub(super) struct Target {
    pub(super) repository: String,
    pub(super) branch: String,
    /// A commit, or `HEAD` for the branch's.
    pub(super) commit: String,
    /// The path of the compose file to read, for an application that is made of one.
    pub(super) compose: Option<String>,
}

/// What was found in a repository.
#[derive(Clone)]
pub(super) struct Checkout {
    /// The commit that is deployed.
    pub(super) commit: String,
    /// The compose file in it.
    pub(super) compose: Option<String>,
}

/// A look at a repository that is under way.
pub(super) struct Probe(Arc<OnceLock<Found>>);

/// What was found, or what git says, without credentials.
pub(super) type Found = Result<Checkout, String>;

impl Probe {
    /// Goes to look after a while; none where the repository is not reached over HTTP on loopback.
    pub(super) fn start(target: Target, clock: Clock, wait: Duration) -> Option<Self> {
        is_here(&target.repository).then(|| {
            let found = Arc::new(OnceLock::new());
            let told = Arc::clone(&found);
            std::thread::spawn(move || {
                clock.sleep(wait);
                // Nobody else writes it.
                let _ = told.set(look(&target));
            });
            Self(found)
        })
    }

    /// What was found, once it is.
    pub(super) fn found(&self) -> Option<&Found> {
        self.0.get()
    }
}

fn is_here(repository: &str) -> bool {
    let Ok(url) = Url::parse(repository) else { return false };
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

fn look(target: &Target) -> Found {
    let Target { repository, branch, commit, compose } = target;
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
    let is_known = is_tip || advertised().any(|(hash, _)| hash == commit);
    let compose = match compose {
        Some(path) => Some(fetch(repository, &commit, Some((path, branch)))?),
        None if is_known => None,
        None => fetch(repository, &commit, None).map(|_| None)?,
    };
    Ok(Checkout { commit, compose })
}

/// Gets a commit, which no reference has to name, into a repository that is thrown away, and a file
/// of it, which it is to have at that path (and, as messages say, on that branch).
fn fetch(repository: &str, commit: &str, file: Option<(&str, &str)>) -> Result<String, String> {
    if commit.len() != 40 || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("fatal: couldn't find remote ref {commit}"));
    }
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let Some(dir) = Path::to_str(dir.path()) else { return Err("fatal: no directory".to_owned()) };
    run(repository, ["init", "--quiet", "--bare", "--template=", "--", dir])?;
    let place = format!("--git-dir={dir}");
    run(repository, [&place, "fetch", "--quiet", "--depth=1", "--", repository, commit])?;
    let Some((path, branch)) = file else { return Ok(String::new()) };
    let missing = |_| {
        format!(
            "Docker Compose file not found at: {path} (branch: {branch})\n\
             Check if you used the right extension (.yaml or .yml) in the compose file name."
        )
    };
    let object = format!("{commit}:{}", path.trim_start_matches('/'));
    run(repository, [&place, "cat-file", "blob", &object]).map_err(missing)
}

/// Runs git; what it complains of comes without the URL's credentials.
fn run<'a>(
    repository: &str,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<String, String> {
    let git = Git::find().map_err(|error| error.to_string())?;
    // A server that never answers ends the deployment after a while.
    let patience = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=20"];
    let mut command = git.command(patience.into_iter().chain(arguments));
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
        // A shorter one is found in any text.
        Some((_, password)) if password.len() >= 8 => text.replace(password, "***"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked() {
        for here in ["http://a:b@127.0.0.1:3000/o/r.git", "https://localhost/o/r", "http://[::1]/o"]
        {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["https://git.test/o/r.git", "git@127.0.0.1:o/r.git", "o/r", "file:///o"] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn credentials_are_not_told() {
        let told = without_credentials(
            "fatal: 'http://bot:abc12345@127.0.0.1/o': abc12345",
            "http://bot:abc12345@127.0.0.1/o",
        );
        assert_eq!(told, "fatal: 'http://127.0.0.1/o': ***");
    }
}
