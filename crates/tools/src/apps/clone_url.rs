//! The URL that Coolify clones an app's repository from, with the bot's token in it.

use covibe_coolify::{Application, ApplicationPatch, CloneUrl};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

/// The token may have been replaced while Coolify was `told` of it: whoever replaced it may have
/// looked for applications that clone with it before this one did. What Coolify is told last.
pub(super) async fn keep_up(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    repo: &str,
    mut told: CloneUrl,
) -> Result<CloneUrl, Failure> {
    loop {
        let present = cx.clone_url(repo).await?;
        if told == present {
            return Ok(told);
        }
        let git_repository = Some(present.clone());
        let patch = ApplicationPatch { git_repository, ..ApplicationPatch::default() };
        coolify.update_application(app, &patch).await?;
        told = present;
    }
}
