//! The clone URL, branch and commit of applications that are built from a repository.

use covibe_coolify::{Application, ApplicationPatch, BuildSource, CloneUrl};
use covibe_domain::Failure;
use covibe_domain::shell::Branch;
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{BranchTip, CloneWay, Coolify, Workspace};

use crate::apps::errors::{overwritten_setting, undeployable_branch, undeployable_default_branch};

/// The repository, branch and commit that an application is to be built from.
pub(in crate::apps) struct BuildTarget<'a> {
    /// The repository.
    pub(in crate::apps) repo: &'a Owned<Repo>,
    /// The branch, unless the current one stays.
    pub(in crate::apps) branch: Option<&'a str>,
    /// The commit to deploy, unless the current one stays.
    pub(in crate::apps) source: Option<&'a BuildSource>,
}

impl BuildTarget<'_> {
    /// Writes the target to Coolify and reads it back; returns whether anything changed. The key of an app that is
    /// cloned over SSH opens the repository before, and the former one no longer afterwards.
    ///
    /// # Errors
    ///
    /// Conflict if another call changed it meanwhile.
    pub(in crate::apps) async fn write(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        app: &Owned<Application>,
    ) -> Result<bool, Failure> {
        let keys = cx.clone_keys();
        let mut way = keys.clone_way(app).await?;
        let cloned = clone_path(cx, app, self.repo)?;
        let url = keys.url(&way, &cloned).await?;
        keys.open(&mut way, self.repo).await?;
        if self.is_current(app, &url) {
            keys.close_left(&mut way).await?;
            return Ok(false);
        }
        let branch = self.branch.map(str::parse::<Branch>).transpose();
        let patch = ApplicationPatch {
            git_repository: Some(url.clone()),
            git_branch: branch.map_err(|_| undeployable_branch())?,
            source: self.source.cloned(),
            ..ApplicationPatch::default()
        };
        coolify.update_application(app, &patch).await?;
        let url = refresh_clone_url(cx, coolify, app, (&way, &cloned), url).await;
        let url = url.map_err(Failure::in_doubt)?;
        let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
        if !self.is_current(&read, &url) {
            return Err(overwritten_setting("clone URL"));
        }
        keys.close_left(&mut way).await.map_err(Failure::in_doubt)?;
        Ok(true)
    }

    /// Returns whether the application is built from the target by this clone URL.
    fn is_current(&self, app: &Application, url: &CloneUrl) -> bool {
        app.git_url().is_some_and(|present| present.equals(url.secret()))
            && self.branch.is_none_or(|branch| app.git_branch.as_deref() == Some(branch))
            && self.source.is_none_or(|source| app.has_source(source))
    }
}

/// Returns the path of the repository that an application is cloned from when it is built from this one: its release
/// repository, if it runs several containers of its own code.
pub(super) fn clone_path(
    cx: &Workspace,
    app: &Application,
    repo: &Repo,
) -> Result<String, Failure> {
    if app.is_compose() { cx.release_path(app) } else { Ok(repo.full_name.clone()) }
}

/// Writes the clone URL again until it contains the bot's present token; returns the URL written
/// last, at first `written`.
///
/// The token may be replaced while a call writes it, and the call that replaced it may have looked for applications
/// to change before this one had the old token.
pub(in crate::apps) async fn refresh_clone_url(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (way, cloned): (&CloneWay, &str),
    mut written: CloneUrl,
) -> Result<CloneUrl, Failure> {
    loop {
        let present = cx.clone_keys().url(way, cloned).await?;
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
pub(in crate::apps) fn deployable_branch(tip: &BranchTip, hint: &str) -> Result<Branch, Failure> {
    tip.branch.parse().map_err(|_| undeployable_default_branch(hint))
}
