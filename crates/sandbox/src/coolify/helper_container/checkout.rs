//! Checking out a repository, the first step of a deployment.
//!
//! As in Coolify, that is a `git ls-remote` and a clone. Only repositories on loopback are really
//! contacted.

use std::fs;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::build_breaches::Build;
use super::dockerfile::Plan;
use super::git_remote::Remote;
use super::repository_clone::Clone;
use crate::core::clock::Clock;

/// The parameters of a checkout.
pub(crate) struct Source {
    pub(crate) repository: String,
    /// The private key that it is cloned with over SSH.
    pub(crate) private_key: Option<String>,
    pub(crate) branch: String,
    /// A commit, or `HEAD` for the branch's tip.
    pub(crate) commit: String,
    /// The path of a compose application's file.
    pub(crate) compose_path: Option<String>,
    pub(crate) build: Build,
}

/// The result of a checkout.
#[derive(Clone)]
pub(crate) struct Checkout {
    /// The commit that is deployed.
    pub(crate) commit: String,
    /// The text of a compose application's file.
    pub(crate) compose_file: Option<String>,
    /// The ways in which the build takes over the host.
    pub(crate) breaches: Vec<String>,
    /// The output of the build, if it fails.
    pub(crate) failure: Option<Vec<String>>,
    /// The program of the built image.
    pub(crate) plan: Plan,
}

/// A finished checkout, or git's messages without credentials.
pub(crate) type Finished = Result<Checkout, String>;

/// A checkout that runs on a thread of its own.
pub(crate) struct PendingCheckout(Arc<OnceLock<Finished>>);

impl PendingCheckout {
    /// Starts a checkout that begins at that moment; `None` for a repository that is not on
    /// loopback.
    pub(crate) fn start(source: Source, clock: Clock, begins: Instant) -> Option<Self> {
        let remote = Remote::from_clone_url(&source.repository, source.private_key.as_deref())?;
        let finished = Arc::new(OnceLock::new());
        let result = Arc::clone(&finished);
        std::thread::spawn(move || {
            clock.sleep_until(begins);
            // This thread is the only one that sets it.
            let _ = result.set(check_out(&source, &remote));
        });
        Some(Self(finished))
    }

    /// Returns the result, once there is one.
    pub(crate) fn finished(&self) -> Option<&Finished> {
        self.0.get()
    }
}

fn check_out(source: &Source, remote: &Remote) -> Finished {
    let Source { branch, commit, compose_path, build, .. } = source;
    let listed = remote.run(["ls-remote", "--", &remote.url])?;
    let mut advertised = listed.lines().filter_map(|line| line.split_once('\t'));
    let reference = format!("refs/heads/{branch}");
    let tip = advertised.find(|(_, name)| *name == reference).map(|(hash, _)| hash.to_owned());
    let tip = tip.ok_or_else(|| {
        format!(
            "warning: Could not find remote branch {branch} to clone.\n\
             fatal: Remote branch {branch} not found in upstream origin"
        )
    })?;
    let is_tip = matches!(commit.as_str(), "" | "HEAD");
    let commit = if is_tip { tip.clone() } else { commit.clone() };
    let clone = Clone::at(remote, branch, &commit)?;
    let compose_file = match compose_path {
        Some(path) if commit == tip => Some(compose_file(&clone, path, branch)?),
        // Whatever commit is built: `loadComposeFile` clones the branch alone (4.3.11).
        Some(path) => Some(compose_file(&Clone::at(remote, branch, &tip)?, path, branch)?),
        None => None,
    };
    let breaches = build.breaches(&clone);
    let (failure, plan) = (build.failure(&clone), build.plan_of(&clone));
    Ok(Checkout { commit, compose_file, breaches, failure, plan })
}

/// Returns the text of a compose file.
fn compose_file(clone: &Clone, path: &str, branch: &str) -> Result<String, String> {
    fs::read_to_string(clone.root().join(path.trim_start_matches('/'))).map_err(|_| {
        format!(
            "Docker Compose file not found at: {path} (branch: {branch})\n\
             Check if you used the right extension (.yaml or .yml) in the compose file name."
        )
    })
}
