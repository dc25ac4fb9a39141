//! The checks of what repositories may do: whether they are built, and what reads large ones.

use std::process::Stdio;

use covibe_config::Config;
use covibe_coolify::Version;
use covibe_installation::upstream_clients;
use covibe_workspace::RepositoryBuilds;
use tokio::process::Command;

use crate::check_outcome::{Check, is, passed_check, warned_check};

/// Runs the checks of repositories.
pub(crate) async fn checks(config: &Config) -> Vec<Check> {
    let allowed = config.repository_builds.unwrap_or(RepositoryBuilds::Checked);
    if allowed == RepositoryBuilds::Off {
        return vec![passed_check(BUILDS, "off")];
    }
    let mut checks = Vec::new();
    let client = config.coolify.as_ref().map(|from| upstream_clients::coolify_client(from, None));
    if let Some(Ok(client)) = client {
        // Another check says why the version is unknown.
        let version = client.version().await.ok().and_then(|text| text.parse().ok());
        checks.push(of_version(allowed, version));
    }
    checks.push(git().await);
    checks
}

const BUILDS: &str = "repositories.builds";

fn of_version(allowed: RepositoryBuilds, version: Option<Version>) -> Check {
    let pins = version.is_none_or(|version| version.builds_named_commits());
    match (allowed, pins) {
        (RepositoryBuilds::Off, _) => passed_check(BUILDS, "off"),
        (_, true) => passed_check(
            BUILDS,
            "on; a build reaches the host's loopback and private networks, and shares its cache mounts \
             with all other builds: use a build server or a firewall on a shared host, and one Coolify \
             server for each group of customers who trust each other",
        ),
        (RepositoryBuilds::Checked, false) => warned_check(
            BUILDS,
            "no repository is built: this Coolify builds whatever is on the branch, not the commit \
             that was checked; upgrade it to 4.2 or later",
        ),
        (RepositoryBuilds::Unpinned, false) => warned_check(
            BUILDS,
            "a push that arrives while a build waits is not checked, and can take over the host: upgrade Coolify \
             to 4.2 or later, and set COVIBE_ALLOW_REPOSITORY_BUILDS=true",
        ),
    }
}

async fn git() -> Check {
    let mut command = Command::new("git");
    let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = status.await.is_ok_and(|status| status.success());
    is(
        "repositories.git",
        found,
        "found",
        "install git: without it, repositories with more than 20,000 files are not built",
    )
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    #[test]
    fn repository_builds_pass_only_on_a_coolify_that_builds_pinned_commits() {
        use RepositoryBuilds::{Checked, Off, Unpinned};
        for (allowed, version, expected) in [
            (Checked, "4.3.11", Status::Pass),
            (Checked, "4.1.2", Status::Warn),
            (Unpinned, "4.1.2", Status::Warn),
            (Unpinned, "4.3.11", Status::Pass),
            (Off, "4.1.2", Status::Pass),
        ] {
            assert_eq!(of_version(allowed, version.parse().ok()).status, expected, "{version}");
        }
    }
}
