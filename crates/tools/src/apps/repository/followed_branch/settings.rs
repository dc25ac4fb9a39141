//! The branch that an app follows, as calls change it.

use covibe_coolify::Application;
use covibe_domain::{AppUuid, DeploymentUuid, Failure};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{FollowedBranch, SeenPush, Workspace};

use super::push_rules;
use crate::apps::repository::repository_build::Code;

/// The reason why a commit is not deployed that was pushed while pushes did not deploy the app.
const OFF: &str = "Automatic deployments were off when it was pushed.";

/// The members of a patch about following.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::apps) struct FollowingChange {
    /// True if pushes deploy the app.
    pub(in crate::apps) auto_deploy: Option<bool>,
    /// The paths; a push must change one of them.
    pub(in crate::apps) watch_paths: Option<Vec<String>>,
}

impl FollowingChange {
    /// Returns whether it changes nothing.
    pub(in crate::apps) fn is_empty(&self) -> bool {
        self.auto_deploy.is_none() && self.watch_paths.is_none()
    }
}

/// Makes a new app follow the branch that it is created from, from this commit on.
pub(in crate::apps) async fn follow_new(
    cx: &Workspace,
    app: &AppUuid,
    (repo, branch, commit): (&Owned<Repo>, &str, &str),
    (auto_deploy, deployment): (bool, Option<&DeploymentUuid>),
) -> Result<(), Failure> {
    let following = cx.following();
    let new = following.new_branch(app, repo.id, branch);
    let seen = SeenPush { deployment: deployment.cloned(), ..tip_push(cx, repo, commit).await? };
    let deployed = deployment.map(|_| commit.to_owned());
    following.follow(&FollowedBranch { auto_deploy, seen: Some(seen), deployed, ..new }).await
}

/// Records the branch that an app follows after a call that may have changed it. Earlier pushes do not count. An app
/// that never followed a branch begins to if the call says so.
pub(in crate::apps) async fn update_following(
    cx: &Workspace,
    app: &Application,
    wanted: FollowingChange,
) -> Result<(), Failure> {
    let present = cx.following().for_app(&app.uuid).await?;
    if present.is_none() && wanted.is_empty() {
        return Ok(());
    }
    let code = Code::from_application(cx, app, None).await?;
    follow(cx, app, (present, wanted), &code).await
}

/// Records that an app follows the repository that it was set to, if it followed one before.
pub(in crate::apps) async fn follow_rewired(
    cx: &Workspace,
    app: &Application,
    repo: Owned<Repo>,
) -> Result<(), Failure> {
    let Some(present) = cx.following().for_app(&app.uuid).await? else { return Ok(()) };
    let code = Code::at_branch(cx, app, repo).await?;
    follow(cx, app, (Some(present), FollowingChange::default()), &code).await
}

/// Records the branch that an app follows from now on. `present` is the one that it followed before.
async fn follow(
    cx: &Workspace,
    app: &Application,
    (present, wanted): (Option<FollowedBranch>, FollowingChange),
    code: &Code,
) -> Result<(), Failure> {
    let following = cx.following();
    let mut next = following.new_branch(&app.uuid, code.repo.id, &code.branch);
    next.auto_deploy = present.as_ref().is_some_and(|it| it.auto_deploy);
    next.auto_deploy = wanted.auto_deploy.unwrap_or(next.auto_deploy);
    next.watch_paths = match wanted.watch_paths {
        Some(paths) => paths.iter().map(|path| plain_path(path)).collect(),
        None => present.as_ref().map(|it| it.watch_paths.clone()).unwrap_or_default(),
    };
    let is_same = |it: &FollowedBranch| {
        (it.repository, &it.branch, it.auto_deploy)
            == (next.repository, &next.branch, next.auto_deploy)
    };
    if !present.as_ref().is_some_and(is_same) {
        next.seen = Some(first_seen(cx, present.as_ref(), &next, code).await?);
    }
    next.deployed = app.git_commit_sha.clone().filter(|commit| matches!(commit.len(), 40 | 64));
    following.follow(&next).await
}

/// Returns the push to record for the commit at the tip when an app begins to follow a branch, or to be deployed by
/// pushes to it.
async fn first_seen(
    cx: &Workspace,
    present: Option<&FollowedBranch>,
    next: &FollowedBranch,
    code: &Code,
) -> Result<SeenPush, Failure> {
    let is_of_it =
        |it: &&FollowedBranch| (it.repository, &it.branch) == (next.repository, &next.branch);
    let before = present.filter(is_of_it);
    let is_seen = |seen: &&SeenPush| seen.commit == code.tip;
    if let Some(seen) = before.and_then(|it| it.seen.as_ref()).filter(is_seen) {
        return Ok(seen.clone());
    }
    let is_missed =
        |it: &FollowedBranch| !it.auto_deploy && it.deployed.as_ref() != Some(&code.tip);
    let skipped = (next.auto_deploy && before.is_some_and(is_missed)).then(|| OFF.to_owned());
    Ok(SeenPush { skipped, ..tip_push(cx, &code.repo, &code.tip).await? })
}

/// Returns a path in the form that trees have, in one line.
fn plain_path(path: &str) -> String {
    let plain: String = path.chars().filter(|c| !c.is_control()).collect();
    plain.trim_matches('/').to_owned()
}

/// Records that a call deployed a commit of an app: if it is the tip of its branch, a push of it that is reported
/// later deploys nothing.
pub(in crate::apps) async fn note_deployed(
    cx: &Workspace,
    app: &AppUuid,
    commit: &str,
    at_tip: Option<&DeploymentUuid>,
) -> Result<(), Failure> {
    cx.following().note_deployed(app, commit, at_tip).await
}

async fn tip_push(cx: &Workspace, repo: &Owned<Repo>, commit: &str) -> Result<SeenPush, Failure> {
    let message = cx.gitea().await?.message(repo, commit).await?;
    Ok(push_rules::seen_push(commit, &message.unwrap_or_default()))
}
