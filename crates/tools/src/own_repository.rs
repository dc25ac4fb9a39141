//! The repository that an application is built from.

use covibe_coolify::{Application, GitUrl};
use covibe_domain::Failure;
use covibe_workspace::Workspace;

/// Returns the `organisation/repository` of the application's clone URL, which may be of any form, or of the repository
/// whose commits are released for it; `None` if it leads to another Git server.
pub(crate) async fn own_repository(
    cx: &Workspace,
    app: &Application,
) -> Result<Option<String>, Failure> {
    let address = cx.gitea_address()?;
    // The host may be missing: Coolify up to 4.1 drops it, and an unfinished app has none yet.
    let is_ours = |url: &&GitUrl| match url.host().as_deref() {
        None | Some("git.invalid") => true,
        Some(host) => address.has_host(host),
    };
    let Some(written) = app.git_url().filter(is_ours).and_then(GitUrl::repo_path) else {
        return Ok(None);
    };
    if !cx.is_released(app) {
        return Ok(Some(written));
    }
    let Some(followed) = cx.following().for_app(&app.uuid).await? else { return Ok(None) };
    let repo = cx.gitea().await?.repository_numbered(followed.repository).await?;
    Ok(repo.map(|repo| repo.full_name.clone()))
}
