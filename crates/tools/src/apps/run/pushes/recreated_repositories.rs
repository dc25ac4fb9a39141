//! A repository that was deleted and created again under its name, for example to get another history.

use covibe_coolify::Application;
use covibe_domain::{Failure, Timestamp};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{Gitea, HeldBranch, SeenPush, Workspace};

use crate::apps::repository::followed_branch::push_rules;
use crate::apps::repository::repository_build::namesake;

/// The reason why the first commit of such a repository is not deployed: its creator may not have meant the app.
pub(super) const REMADE: &str = "The repository was deleted and created again. Pushes to it are \
                                 followed from now on; call apps.deploy to deploy the commits that \
                                 it already has.";

/// Makes an app follow the repository that was created again under the name of the one that it followed and that is
/// gone. That happens once: after another creation, `apps.rewire_git` says that the app is built from it. Returns
/// whether there is one.
pub(super) async fn follow_remade(
    cx: &Workspace,
    gitea: &Gitea<'_>,
    app: &Owned<Application>,
    held: &mut HeldBranch<'_>,
) -> Result<bool, Failure> {
    if held.branch.remade {
        return Ok(false);
    }
    let Some(repo) = namesake(cx, app, held.branch.repository).await? else { return Ok(false) };
    let keys = cx.clone_keys();
    let mut way = keys.clone_way(app).await?;
    keys.open(&mut way, &repo).await?;
    keys.close_left(&mut way).await?;
    held.branch.seen = first_seen(gitea, &repo, held).await?;
    (held.branch.repository, held.branch.remade) = (repo.id, true);
    held.branch.claim = None;
    held.note().await?;
    cx.record_skipped_push(&app.uuid).await?;
    Ok(true)
}

/// Returns the push to record for the repository before anybody pushes to it: the tip of the branch, or the last push
/// while it has no commit.
async fn first_seen(
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    held: &HeldBranch<'_>,
) -> Result<Option<SeenPush>, Failure> {
    let skipped = Some(REMADE.to_owned());
    let Some(tip) = gitea.tip_of(repo, &held.branch.branch).await? else {
        let (at, last) = (Timestamp::now(), held.branch.seen.clone());
        return Ok(last.map(|last| SeenPush { at, deployment: None, skipped, ..last }));
    };
    let message = gitea.message(repo, &tip).await?.unwrap_or_default();
    Ok(Some(SeenPush { skipped, ..push_rules::seen_push(&tip, &message) }))
}
