//! The clone URL, branch and commit of applications that are built from a repository.

use covibe_coolify::{Application, ApplicationPatch, CloneUrl};
use covibe_domain::Failure;
use covibe_domain::shell::Branch;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Tip, Workspace};

use super::errors::undeployable_default_branch;

/// Writes the clone URL again until it contains the bot's present token; returns the URL written
/// last, at first `written`.
///
/// The token may be replaced while a call writes it, and whoever replaced it may have looked for
/// applications to change before this one had the old token.
pub(super) async fn refresh_clone_url(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    repo: &str,
    mut written: CloneUrl,
) -> Result<CloneUrl, Failure> {
    loop {
        let present = cx.clone_url(repo).await?;
        if written == present {
            return Ok(written);
        }
        let git_repository = Some(present.clone());
        let patch = ApplicationPatch { git_repository, ..ApplicationPatch::default() };
        coolify.update_application(app, &patch).await?;
        written = present;
    }
}

/// Returns the branch of a tip. The tenant chooses its name, and Git allows characters in it that a
/// shell would interpret.
///
/// # Errors
///
/// Rejected, with `hint`, if the name has such characters.
pub(super) fn deployable_branch(tip: &Tip, hint: &str) -> Result<Branch, Failure> {
    tip.branch.parse().map_err(|_| undeployable_default_branch(hint))
}
