//! The clone URLs of the workspace's applications, which have the bot's token inside.

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::{Failure, Secret};

use super::stage::Ground;
use crate::context::{Coolify, clone_url};

/// Gives the present token to every application that clones from the workspace's organisation with
/// another one; answers how many those were.
pub(super) async fn renew(on: &mut Ground) -> Result<usize, Failure> {
    let coolify = Coolify::enter(&on.platform, &on.record).await?.now();
    let mut renewed = 0;
    for app in coolify.applications().await? {
        if let Some(url) = renewed_url(on, &app)? {
            let patch =
                ApplicationPatch { git_repository: Some(url), ..ApplicationPatch::default() };
            coolify.update_application(&app, &patch).await?;
            renewed += 1;
        }
    }
    Ok(renewed)
}

/// The URL that an application should have instead of the one it has. One that clones by SSH, or
/// from elsewhere, is left alone.
fn renewed_url(on: &Ground, app: &Application) -> Result<Option<Secret>, Failure> {
    let Some(present) = app.git_repository.as_ref().filter(|url| url.has_password()) else {
        return Ok(None);
    };
    let address = on.platform.gitea_address()?;
    let (org, repo) = match present.repo_path() {
        Some(path) => path.split_once('/').map(|(org, repo)| (org.to_owned(), repo.to_owned())),
        None => None,
    }
    .unwrap_or_default();
    let is_ours = present.authority().as_deref() == Some(address.host.as_str())
        && org.eq_ignore_ascii_case(&on.record.gitea_org);
    if !is_ours {
        return Ok(None);
    }
    let url = clone_url(&on.platform, &on.record, &repo)?;
    Ok((!present.is(&url)).then_some(url))
}
