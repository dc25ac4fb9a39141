//! `apps.rewire_git`.

use covibe_coolify::Application;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, BranchTip, Gitea, JudgedCommit, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::errors::{app_without_repository, no_repository};
use crate::apps::repository::followed_branch::follow_rewired;
use crate::apps::repository::git_source::{BuildTarget, deployable_branch};
use crate::apps::repository::repository_build::places;
use crate::own_repository::own_repository;
use crate::resource_names::{REPOSITORY, whole};

/// Set an app's repository, or renew its clone URL. Then call apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RewireGit {
    uuid: AppUuid,
    /// The repository to build from now on, such as `shop`. Default: the current one, whose clone URL is renewed.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: Option<String>,
}

/// The repository that the app is built from now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RewiredApp")]
pub(crate) struct Rewired {
    uuid: AppUuid,
    /// The repository in the workspace's organisation.
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: String,
    /// Its old name, if the call or the app used it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"old-shop")]
    renamed_from: Option<String>,
    /// The branch.
    #[schemars(example = &"main")]
    branch: String,
    /// The clone URL, without its token.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop.git")]
    clone_url: String,
    /// True if the URL or branch was different before the call.
    changed: bool,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<String>,
}

impl Operation<Workspace> for RewireGit {
    const SPEC: Spec =
        Spec::write("apps.rewire_git", Route::post("/apps/{uuid}/rewire-git")).idempotent();

    type Output = Rewired;

    async fn run(self, cx: &Workspace) -> Result<Rewired, Failure> {
        let coolify = cx.coolify().await?;
        let _turn = coolify.source_turn(&self.uuid).await;
        let app = cloned_application(coolify.app(&self.uuid).await?)?;
        if app.is_compose() {
            check_compose_repositories(cx)?;
        }
        let gitea = cx.gitea().await?;
        let followed =
            cx.following().for_app(&self.uuid).await?.map(|followed| followed.repository);
        let (repo, renamed_from) = match &self.repo {
            Some(written) => find_named_repository(&gitea, written).await?,
            None => present_repository(cx, &gitea, &app, followed).await?,
        };
        let present = app.git_branch.clone().unwrap_or_default();
        let names =
            |name: &str| app.git_url().is_some_and(|url| url.names(cx.organisation(), name));
        let is_named = || names(&repo.name) || renamed_from.as_deref().is_some_and(names);
        // Another repository may have the name by now.
        let is_same = followed.map_or_else(is_named, |followed| followed == repo.id);
        let kept = present_branch(&gitea, &repo, &present).await?;
        let is_kept = kept.is_some();
        let tip = match kept {
            Some(tip) => tip,
            None => gitea.resolve(&repo, None).await?,
        };
        deployable_branch(&tip, "Rename it: letters, digits and _ . / - only.")?;
        // A commit of one repository does not exist in another.
        let stays = is_same && !app.follows_branch();
        let judged = if stays {
            None
        } else {
            Some(cx.judge(&repo, &tip.commit, true, &places(&app)).await?)
        };
        let branch = tip.branch;
        let source = judged.as_ref().map(JudgedCommit::source);
        let target = BuildTarget { repo: &repo, branch: Some(&branch), source };
        let changed = target.write(cx, &coolify, &app).await?;
        let now = coolify.application(&self.uuid).await.map_err(Failure::in_doubt)?;
        follow_rewired(cx, &now, repo.clone()).await.map_err(Failure::in_doubt)?;
        let web = &cx.gitea_address()?.web;
        let repo = repo.name.clone();
        let missing = || format!("{repo} has no branch {present}: its default branch is used.");
        let hint = (!is_kept && !present.is_empty()).then(missing);
        let clone_url = format!("{web}/{}/{repo}.git", cx.organisation());
        Ok(Rewired { uuid: self.uuid, repo, renamed_from, branch, clone_url, changed, hint })
    }
}

/// Returns the repository of a name, path or clone URL, and its old name if that was written.
async fn find_named_repository(
    gitea: &Gitea<'_>,
    written: &str,
) -> Result<(Owned<Repo>, Option<String>), Failure> {
    let (repo, is_renamed) = gitea.present_repository(written).await?;
    Ok((repo, is_renamed.then(|| last_segment(written))))
}

/// Returns the repository that an app is built from, and its old name if the app's clone URL has that. If the
/// repository with the number that the app follows exists, it is that one, even if another one has its old name by now.
async fn present_repository(
    cx: &Workspace,
    gitea: &Gitea<'_>,
    app: &Application,
    followed: Option<i64>,
) -> Result<(Owned<Repo>, Option<String>), Failure> {
    let written = own_repository(cx, app).await?.ok_or_else(|| no_repository(cx, app))?;
    let named = find_named_repository(gitea, &written).await;
    let is_other = |number: &i64| match &named {
        Ok((repo, _)) => repo.id != *number,
        Err(failure) => failure.kind == Kind::NotFound,
    };
    let Some(number) = followed.filter(is_other) else { return named };
    let Some(repo) = gitea.repository_numbered(number).await? else { return named };
    let old = last_segment(&written);
    let is_renamed = !old.eq_ignore_ascii_case(&repo.name);
    Ok((repo, is_renamed.then_some(old)))
}

/// Returns the name of a repository in a path or clone URL.
fn last_segment(written: &str) -> String {
    let last = written.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    last.strip_suffix(".git").unwrap_or(last).to_owned()
}

/// Returns the application if it is built from a repository.
fn cloned_application(app: AnyApp) -> Result<Owned<Application>, Failure> {
    match app {
        AnyApp::Application(app) if !app.runs_image() => Ok(app),
        AnyApp::Application(_) => Err(app_without_repository("an image", "image")),
        AnyApp::Service(_) => Err(app_without_repository("a compose file", "composeRaw")),
    }
}

/// Returns the tip of the application's current branch, if the repository has it.
async fn present_branch(
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    present: &str,
) -> Result<Option<BranchTip>, Failure> {
    if present.is_empty() {
        return Ok(None);
    }
    match gitea.resolve(repo, Some(present)).await {
        Ok(tip) => Ok(Some(tip)),
        Err(failure) if failure.kind == Kind::Rejected => Ok(None),
        Err(failure) => Err(failure),
    }
}
