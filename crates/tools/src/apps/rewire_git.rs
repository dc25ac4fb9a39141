//! `apps.rewire_git`.

use covibe_coolify::{Application, ApplicationPatch, BuildSource, CloneUrl};
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_gitea::Repo;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Gitea, Judged, Tip, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compose_repositories::check_compose_repositories;
use super::errors::{
    app_without_repository, foreign_clone_url, overwritten_setting, undeployable_branch,
};
use super::followed::{Wanted, refollow};
use super::git::{deployable_branch, refresh_clone_url};
use super::repository_build::places;
use crate::names::{REPOSITORY, whole};
use crate::own_repository::own_repository;

/// Set an app's repository, or renew its clone URL. Then apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RewireGit {
    uuid: AppUuid,
    /// Default: the current one.
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
    /// Its old name, if the call or the app had that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"old-shop")]
    renamed_from: Option<String>,
    /// The branch.
    #[schemars(example = &"main")]
    branch: String,
    /// Without its token.
    #[schemars(example = &"https://git.example.com/vibn-mark/shop.git")]
    clone_url: String,
    /// Whether the URL or branch differed before.
    changed: bool,
    /// What to do next.
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
        let written = match self.repo {
            Some(written) => written,
            None => own_repository(cx, &app)?.ok_or_else(foreign_clone_url)?,
        };
        let gitea = cx.gitea().await?;
        let (repo, is_renamed) = gitea.present_repository(&written).await?;
        let renamed_from = is_renamed.then(|| last_segment(&written));
        let present = app.git_branch.clone().unwrap_or_default();
        let names =
            |name: &str| app.git_url().is_some_and(|url| url.names(cx.organisation(), name));
        let is_same = names(&repo.name) || renamed_from.as_deref().is_some_and(names);
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
        let source = judged.as_ref().map(Judged::source);
        let target = Target { repo: &repo.name, branch: &branch, source };
        let changed = target.write(cx, &coolify, &app).await?;
        let now = coolify.application(&self.uuid).await.map_err(Failure::in_doubt)?;
        refollow(cx, &now, Wanted::default()).await.map_err(Failure::in_doubt)?;
        let web = &cx.gitea_address()?.web;
        let repo = repo.name.clone();
        let missing = || format!("{repo} has no branch {present}: its default branch is used.");
        let hint = (!is_kept && !present.is_empty()).then(missing);
        let clone_url = format!("{web}/{}/{repo}.git", cx.organisation());
        Ok(Rewired { uuid: self.uuid, repo, renamed_from, branch, clone_url, changed, hint })
    }
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

/// Returns the tip of the application's present branch, if the repository has it.
async fn present_branch(
    gitea: &Gitea<'_>,
    repo: &Owned<Repo>,
    present: &str,
) -> Result<Option<Tip>, Failure> {
    if present.is_empty() {
        return Ok(None);
    }
    match gitea.resolve(repo, Some(present)).await {
        Ok(tip) => Ok(Some(tip)),
        Err(failure) if failure.kind == Kind::Rejected => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What an application is to be built from.
struct Target<'a> {
    repo: &'a str,
    branch: &'a str,
    /// The commit to deploy, unless the present one stays.
    source: Option<&'a BuildSource>,
}

impl Target<'_> {
    /// Writes the target to Coolify and reads it back; returns whether anything changed.
    async fn write(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
    ) -> Result<bool, Failure> {
        let url = cx.clone_url(self.repo).await?;
        if self.is_current(app, &url) {
            return Ok(false);
        }
        let patch = ApplicationPatch {
            git_repository: Some(url.clone()),
            git_branch: Some(self.branch.parse().map_err(|_| undeployable_branch())?),
            source: self.source.cloned(),
            ..ApplicationPatch::default()
        };
        coolify.update_application(app, &patch).await?;
        let url = refresh_clone_url(cx, coolify, app, self.repo, url).await;
        let url = url.map_err(Failure::in_doubt)?;
        let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
        if self.is_current(&read, &url) { Ok(true) } else { Err(overwritten_setting("clone URL")) }
    }

    /// Returns whether the application is built from the target by this clone URL.
    fn is_current(&self, app: &Application, url: &CloneUrl) -> bool {
        app.git_url().is_some_and(|present| present.is(url.secret()))
            && app.git_branch.as_deref() == Some(self.branch)
            && self.source.is_none_or(|source| app.has_source(source))
    }
}
