//! The repository that an application is built from.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use covibe_coolify::{Application, GitUrl};
use covibe_domain::{AppUuid, Failure};
use covibe_workspace::{FollowedBranch, Workspace};
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

/// The number of repositories that are looked up concurrently.
const CONCURRENCY: usize = 4;

/// The time limit for looking up the names of repositories, which an answer can do without.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the names of the repositories whose commits are released for some of these applications, by application. Those
/// that Gitea does not answer in time are left out.
///
/// # Errors
///
/// The database does not answer.
pub(crate) async fn released_repositories<'a>(
    cx: &Workspace,
    applications: impl Iterator<Item = &'a Application>,
) -> Result<HashMap<AppUuid, String>, Failure> {
    let released: HashSet<_> =
        applications.filter(|app| cx.is_released(app)).map(|app| app.uuid.clone()).collect();
    if released.is_empty() {
        return Ok(HashMap::new());
    }
    let mut followed = cx.following().all().await?;
    followed.retain(|branch| released.contains(&branch.app));
    let numbers: BTreeSet<_> = followed.iter().map(|branch| branch.repository).collect();
    let named = repository_names(cx, numbers).await;
    let name = |branch: FollowedBranch| Some((branch.app, named.get(&branch.repository)?.clone()));
    Ok(followed.into_iter().filter_map(name).collect())
}

/// Returns the names of the repositories with these numbers, without those that Gitea does not answer in time.
async fn repository_names(cx: &Workspace, numbers: BTreeSet<i64>) -> HashMap<i64, String> {
    let until = Instant::now() + PATIENCE;
    let Ok(Ok(gitea)) = timeout_at(until, cx.gitea()).await else { return HashMap::new() };
    let named = stream::iter(numbers).map(async |number| {
        let found = timeout_at(until, gitea.repository_numbered(number)).await;
        Some((number, found.ok()?.ok()??.name.clone()))
    });
    let named: Vec<_> = named.buffered(CONCURRENCY).collect().await;
    named.into_iter().flatten().collect()
}

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
