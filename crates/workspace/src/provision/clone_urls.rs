//! The means by which the applications of the workspace are cloned: a URL that contains the bot's token, or an SSH key.

use covibe_coolify::{Application, ApplicationPatch, CloneUrl, Priority};
use covibe_domain::Failure;
use covibe_domain::entities::Rotate;

use super::run_context::ProvisionContext;
use crate::cells::CoolifyNeeds;
use crate::credentials::clone_url;
use crate::scoped::{Coolify, Gitea, KeyRotation, release_of};

/// Gives every application its current means: the token in its URL, and in a rotation another key of those that
/// clone over SSH.
pub(super) async fn ensure(on: &mut ProvisionContext) -> Result<(), Failure> {
    renew(on).await?;
    if !on.wants.rotates(Rotate::Clone) {
        return Ok(());
    }
    let upstreams = (coolify(on).await?, Gitea::enter(&on.platform, &on.record, &on.record)?);
    KeyRotation::new(&on.platform, &on.record, upstreams).replace_all().await
}

/// Updates every application that clones from the workspace's organisation with an outdated token.
/// Returns their number.
///
/// Those that an operator created by hand are among them: the clone token is disclosed to nobody, so
/// nobody else could replace the one that is about to be deleted.
pub(super) async fn renew(on: &mut ProvisionContext) -> Result<usize, Failure> {
    let coolify = coolify(on).await?.refreshed();
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

async fn coolify(on: &ProvisionContext) -> Result<Coolify, Failure> {
    Coolify::enter(&on.platform, &on.record, CoolifyNeeds::CHANGE, Priority::Urgent).await
}

/// Returns the URL that an application should have instead of its current one. Applications that
/// clone over SSH or from elsewhere are left alone.
fn renewed_url(on: &ProvisionContext, app: &Application) -> Result<Option<CloneUrl>, Failure> {
    let Some(present) = app.git_repository.as_ref().filter(|url| url.has_password()) else {
        return Ok(None);
    };
    let address = on.cell()?.gitea_address()?;
    let path = present.repo_path().unwrap_or_default();
    let is_of_workspace =
        path.split_once('/').is_some_and(|(org, _)| org.eq_ignore_ascii_case(&on.record.gitea_org));
    let is_own = is_of_workspace || release_of(on.gitea()?.username(), app).is_some();
    let is_ours = is_own && present.authority().is_some_and(|host| address.has_authority(&host));
    if !is_ours {
        return Ok(None);
    }
    let url = clone_url(&on.platform, &on.record, &path)?;
    Ok((!present.equals(url.secret())).then_some(url))
}
