//! The commit that an app is built from, and the judgement on it.

use covibe_coolify::{Application, BuildPack};
use covibe_domain::shell::RepoPath;
use covibe_domain::{Failure, Kind};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_repository::{Places, Problem, check_location};
use covibe_workspace::{Coolify, ExaminedCommit, JudgedCommit, Workspace};
use serde_json::json;

use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::compose::repository_compose::{self, ComposePlace};
use crate::apps::errors::{
    no_repository, renamed_repository, replaced_repository, uncheckable_build_pack,
    undeployable_branch,
};
use crate::own_repository::own_repository;

/// The variable that names another plan for nixpacks than those that are judged.
const PLAN: &str = "NIXPACKS_CONFIG_FILE";

/// The Dockerfile of an app that names none (Coolify 4.3).
pub(in crate::apps) const DOCKERFILE: &str = "/Dockerfile";

/// The repository of an app, with its branch.
pub(in crate::apps) struct Code {
    /// The repository, by its current name.
    pub(in crate::apps) repo: Owned<Repo>,
    /// The branch.
    pub(in crate::apps) branch: String,
    /// The commit at the branch's tip.
    pub(in crate::apps) tip: String,
}

impl Code {
    /// Finds the repository of an application, and the tip of its branch, or of another one.
    ///
    /// # Errors
    ///
    /// Invalid if the application is built from another Git server, whose commits can't be judged. Conflict if
    /// its clone URL leads to another repository than the one that it follows, which was renamed or is gone.
    pub(in crate::apps) async fn from_application(
        cx: &Workspace,
        app: &Application,
        branch: Option<&str>,
    ) -> Result<Self, Failure> {
        let repo = cloned_repository(cx, app).await?;
        check_followed(cx, app, &repo).await?;
        Self::in_repository(cx, app, repo, branch).await
    }

    /// Finds the tip of an application's branch in a repository.
    pub(super) async fn at_branch(
        cx: &Workspace,
        app: &Application,
        repo: Owned<Repo>,
    ) -> Result<Self, Failure> {
        Self::in_repository(cx, app, repo, None).await
    }

    async fn in_repository(
        cx: &Workspace,
        app: &Application,
        repo: Owned<Repo>,
        branch: Option<&str>,
    ) -> Result<Self, Failure> {
        let present = app.git_branch.as_deref().filter(|branch| !branch.is_empty());
        let tip = cx.gitea().await?.resolve(&repo, branch.or(present)).await?;
        Ok(Self { repo, branch: tip.branch, tip: tip.commit })
    }

    /// Examines the commit whose first digits are given, or the one at the branch's tip.
    pub(in crate::apps) async fn examine(
        &self,
        cx: &Workspace,
        hash: Option<&str>,
    ) -> Result<ExaminedCommit, Failure> {
        match hash {
            Some(hash) => {
                let commit = cx.gitea().await?.commit(&self.repo, hash).await?;
                cx.examine(&self.repo, &commit).await
            }
            None => cx.examine(&self.repo, &self.tip).await,
        }
    }

    /// Judges a commit for an application, by its whole hash. Its compose file, if it has one, may take the confirmed
    /// volumes from where they are mounted.
    pub(in crate::apps) async fn judge(
        &self,
        cx: &Workspace,
        (coolify, app): (&Coolify, &Owned<Application>),
        (commit, follows_branch): (&str, bool),
        confirmed: &[String],
    ) -> Result<JudgedCommit, Failure> {
        let examined = cx.examine(&self.repo, commit).await?;
        if app.is_compose() {
            let (at, examined) =
                (ComposePlace::from_app(app), (&self.repo, &examined, follows_branch));
            return Box::pin(repository_compose::judge(
                cx,
                coolify,
                app,
                (at, confirmed),
                examined,
            ))
            .await;
        }
        examined.judge(follows_branch, &places(app))
    }
}

/// Returns the repository that an application's clone URL leads to.
async fn cloned_repository(cx: &Workspace, app: &Application) -> Result<Owned<Repo>, Failure> {
    let written = own_repository(cx, app).await?.ok_or_else(|| no_repository(cx, app))?;
    Ok(cx.gitea().await?.present_repository(&written).await?.0)
}

/// Returns the repository that has the name in an application's clone URL now, if it is not the one with this number
/// and was not merely renamed from it.
pub(in crate::apps) async fn namesake(
    cx: &Workspace,
    app: &Application,
    other_than: i64,
) -> Result<Option<Owned<Repo>>, Failure> {
    if cx.is_released(app) {
        return Ok(None);
    }
    let Some(written) = own_repository(cx, app).await? else { return Ok(None) };
    match cx.gitea().await?.present_repository(&written).await {
        Ok((repo, is_renamed)) => Ok((!is_renamed && repo.id != other_than).then_some(repo)),
        Err(failure) if matches!(failure.kind, Kind::NotFound | Kind::Forbidden) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Checks that the repository of an application's clone URL is the one that the application follows, by its
/// number: another one may have taken the name.
async fn check_followed(
    cx: &Workspace,
    app: &Application,
    cloned: &Owned<Repo>,
) -> Result<(), Failure> {
    let followed = cx.following().for_app(&app.uuid).await?;
    let Some(followed) = followed.filter(|followed| followed.repository != cloned.id) else {
        return Ok(());
    };
    let present = cx.gitea().await?.repository_numbered(followed.repository).await?;
    Err(match present {
        Some(present) => renamed_repository(&present.name, &cloned.name),
        None => replaced_repository(&cloned.name),
    })
}

/// Judges the commit that the next deployment of an application builds: the newest one of its branch,
/// or the one that its owner has set.
///
/// # Errors
///
/// Rejected, with every problem.
pub(in crate::apps) async fn judge_next(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    confirmed: &[String],
) -> Result<JudgedCommit, Failure> {
    let code = judgeable_code(cx, coolify, app).await?;
    match app.git_commit_sha.as_deref().filter(|_| !app.follows_branch()) {
        Some(commit) => {
            let commit = cx.gitea().await?.commit(&code.repo, commit).await?;
            code.judge(cx, (coolify, app), (&commit, false), confirmed).await
        }
        None => code.judge(cx, (coolify, app), (&code.tip, true), confirmed).await,
    }
}

/// Returns the code of an application that a push deploys, before its commit is judged.
///
/// # Errors
///
/// Rejected if no commit of it may be judged.
pub(in crate::apps) async fn code_of_push(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<Code, Failure> {
    judgeable_code(cx, coolify, app).await
}

/// Judges an older commit of an application's repository, by its whole hash or its first digits. The next
/// deployment takes the newest one of the branch again.
///
/// # Errors
///
/// Rejected if there is no such commit, or with every problem.
pub(in crate::apps) async fn judge_older(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (hash, confirmed): (&str, &[String]),
) -> Result<JudgedCommit, Failure> {
    let code = judgeable_code(cx, coolify, app).await?;
    let commit = cx.gitea().await?.commit(&code.repo, hash).await?;
    code.judge(cx, (coolify, app), (&commit, true), confirmed).await
}

/// Judges a commit that was accepted for an application while its deployment waited.
///
/// # Errors
///
/// Rejected, with every problem.
pub(in crate::apps) async fn judge_at(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (commit, follows_branch): (&str, bool),
    confirmed: &[String],
) -> Result<JudgedCommit, Failure> {
    let code = judgeable_code(cx, coolify, app).await?;
    code.judge(cx, (coolify, app), (commit, follows_branch), confirmed).await
}

/// Judges the commit that an application was deployed with last, so that a deployment keeps its version. For an
/// application that was never deployed, it judges the commit of its next deployment.
///
/// # Errors
///
/// Rejected, with every problem.
pub(in crate::apps) async fn judge_last(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<JudgedCommit, Failure> {
    let is_whole = |hash: &&str| hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let Some(commit) = app.git_commit_sha.as_deref().filter(is_whole) else {
        return judge_next(cx, coolify, app, &[]).await;
    };
    let code = judgeable_code(cx, coolify, app).await?;
    code.judge(cx, (coolify, app), (commit, app.follows_branch()), &[]).await
}

/// Returns the code of an application if its commits can be judged.
async fn judgeable_code(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
) -> Result<Code, Failure> {
    check_build_pack(app)?;
    if app.is_compose() {
        check_compose_repositories(cx)?;
    }
    check_plan_variable(coolify, app).await?;
    let code = Code::from_application(cx, app, None).await?;
    // Git allows characters in a branch that a shell would interpret.
    code.branch.parse::<covibe_domain::shell::Branch>().map_err(|_| undeployable_branch())?;
    Ok(code)
}

/// Returns the paths that an application names within its repository.
pub(in crate::apps) fn places(app: &Application) -> Places<'_> {
    Places {
        folder: app.base_directory.as_deref().unwrap_or_default(),
        files: [&app.dockerfile_location, &app.docker_compose_location]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect(),
        dockerfiles: (app.build_pack == Some(BuildPack::Dockerfile))
            .then(|| app.dockerfile_location.as_deref().unwrap_or(DOCKERFILE))
            .into_iter()
            .collect(),
    }
}

/// Refuses the location of a Dockerfile that Coolify overwrites before it reads it.
pub(in crate::apps) fn check_dockerfile(
    parameter: &str,
    location: &RepoPath,
) -> Result<(), Failure> {
    let Some(problem) = check_location(location.as_str()) else { return Ok(()) };
    let Problem { problem, fix, .. } = problem;
    let listed = json!([{ "path": parameter, "problem": problem, "fix": fix }]);
    Err(Failure::rejected(format!("`{parameter}` {problem}.")).hint(fix).detail("problems", listed))
}

/// Refuses build packs that an operator chose in Coolify, and whose files are not judged.
fn check_build_pack(app: &Application) -> Result<(), Failure> {
    match &app.build_pack {
        Some(pack @ (BuildPack::Railpack | BuildPack::Other(_))) => {
            Err(uncheckable_build_pack(pack.as_str()))
        }
        _ => Ok(()),
    }
}

/// Refuses the variable that names another plan, which an operator may have set in Coolify.
async fn check_plan_variable(coolify: &Coolify, app: &Owned<Application>) -> Result<(), Failure> {
    if app.build_pack != Some(BuildPack::Nixpacks) {
        return Ok(());
    }
    if !coolify.envs(app).await?.iter().any(|env| env.key == PLAN) {
        return Ok(());
    }
    Err(Failure::rejected(format!("{PLAN} names a Nixpacks plan file that Co-Vibe cannot check."))
        .hint("Delete the variable with apps.envs.delete, and name the plan nixpacks.toml."))
}
