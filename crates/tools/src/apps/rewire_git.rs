//! `apps.rewire_git`.

use covibe_coolify::{Application, ApplicationPatch, CloneUrl, GitUrl};
use covibe_domain::shell::CommitSha;
use covibe_domain::{AppUuid, Failure, Kind};
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{AnyApp, Coolify, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clone_url::keep_up;
use super::compose_repositories::allow_compose_repository;
use super::create::repository::default_branch;
use super::update::is_pinned;

/// Point an app's clone URL at its repo over HTTPS with the bot's present token: for apps made with
/// an SSH URL, or another repo of the org. Then apps.deploy.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct RewireGit {
    uuid: AppUuid,
    /// Default: that of its present URL.
    #[serde(default)]
    #[schemars(length(max = 200))]
    repo: Option<String>,
}

/// What it is cloned from now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rewired {
    uuid: AppUuid,
    repo: String,
    branch: String,
    /// Without the token that is in it.
    clone_url: String,
    /// Whether it was another URL or branch before.
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Operation<Workspace> for RewireGit {
    const SPEC: Spec =
        Spec::write("apps.rewire_git", Route::post("/apps/{uuid}/rewire-git")).idempotent();

    type Output = Rewired;

    async fn run(self, cx: &Workspace) -> Result<Rewired, Failure> {
        let coolify = cx.coolify().await?;
        let app = of_repository(coolify.app(&self.uuid).await?)?;
        if app.is_compose() {
            allow_compose_repository(cx)?;
        }
        let written = match self.repo {
            Some(written) => written,
            None => inferred(cx, &app)?,
        };
        let gitea = cx.gitea()?;
        let repo = gitea.repository(&written).await?;
        let present = app.git_branch.clone().unwrap_or_default();
        let is_same = app.git_url().is_some_and(|url| url.names(cx.organisation(), &repo.name));
        let keeps = !present.is_empty() && (is_same || gitea.has_branch(&repo, &present).await?);
        let branch = if keeps {
            present.clone()
        } else {
            default_branch(&repo, "Rename it: letters, digits and _ . / - only.")?.into()
        };
        // A commit of one repository is none of another.
        let commit = (!is_same).then(CommitSha::head);
        let to = To { repo: &repo.name, branch: &branch, commit };
        let changed = point(cx, &coolify, &app, to).await?;
        let web = &cx.gitea_address()?.web;
        Ok(Rewired {
            uuid: self.uuid,
            clone_url: format!("{web}/{}/{}.git", cx.organisation(), repo.name),
            hint: (!keeps && !present.is_empty()).then(|| {
                format!("{} has no branch {present}: its default branch is deployed.", repo.name)
            }),
            repo: repo.name.clone(),
            branch,
            changed,
        })
    }
}

fn odd_branch() -> Failure {
    Failure::new(Kind::Rejected, "The app's branch has a name that can't be deployed.")
        .hint("Set another branch with apps.update: letters, digits and _ . / - only.")
}

/// The application, if it is one that is cloned.
fn of_repository(app: AnyApp) -> Result<Owned<Application>, Failure> {
    let (source, member) = match app {
        AnyApp::Application(app) if !app.runs_image() => return Ok(app),
        AnyApp::Application(_) => ("an image", "image"),
        AnyApp::Service(_) => ("a compose file", "composeRaw"),
    };
    Err(Failure::invalid(format!("The app is made of {source} and clones no repo."))
        .hint(format!("Change what it runs with apps.update and {member}.")))
}

/// The repository of the present URL, whatever its spelling.
fn inferred(cx: &Workspace, app: &Application) -> Result<String, Failure> {
    let address = cx.gitea_address()?;
    // Where the host is gone: Coolify up to 4.1 drops it, and an app in the making has none yet.
    let is_ours = |url: &&GitUrl| match url.host().as_deref() {
        None | Some("git.invalid") => true,
        Some(host) => {
            let own = [address.host.as_str(), &address.ssh_host];
            own.iter().any(|own| own.split(':').next().is_some_and(|own| own == host))
        }
    };
    let path = app.git_url().filter(is_ours).and_then(GitUrl::repo_path);
    path.ok_or_else(|| {
        Failure::invalid("The app's present clone URL is not of the workspace's Gitea.")
            .hint("Pass repo: the bare name of one of the workspace's repositories.")
    })
}

/// What an app is pointed at.
struct To<'a> {
    repo: &'a str,
    branch: &'a str,
    /// The commit to deploy, where it is not to stay.
    commit: Option<CommitSha>,
}

/// Tells Coolify, and reads it back; whether there was anything to change.
async fn point(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    To { repo, branch, commit }: To<'_>,
) -> Result<bool, Failure> {
    let is_there = |app: &Application, url: &CloneUrl| {
        app.git_url().is_some_and(|present| present.is(url.secret()))
            && app.git_branch.as_deref() == Some(branch)
            && (commit.is_none() || !is_pinned(app))
    };
    let url = cx.clone_url(repo).await?;
    if is_there(app, &url) {
        return Ok(false);
    }
    let patch = ApplicationPatch {
        git_repository: Some(url.clone()),
        git_branch: Some(branch.parse().map_err(|_| odd_branch())?),
        git_commit_sha: commit.clone(),
        ..ApplicationPatch::default()
    };
    coolify.update_application(app, &patch).await?;
    let url = keep_up(cx, coolify, app, repo, url).await.map_err(Failure::in_doubt)?;
    let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
    if is_there(&read, &url) {
        return Ok(true);
    }
    Err(Failure::conflict("The app has another clone URL now than this call has set.")
        .hint("Another call may have changed it: look with apps.get, then repeat.")
        .in_doubt())
}
