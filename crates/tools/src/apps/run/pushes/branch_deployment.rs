//! Looks at the branch of an app, and acts on what it finds.
//!
//! Gitea says where the branch is. If that was not seen yet, the app is deployed in the same way as by `apps.deploy`:
//! the commit is judged, and a claim is recorded before the deployment is queued. If the process is killed, the next
//! look finds the claim, and looks for the deployments that Coolify has since.

use covibe_coolify::Application;
use covibe_domain::{AppUuid, DeploymentUuid, Failure, Kind, Timestamp};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{
    AnyApp, Build, Claim, Coolify, Gitea, HeldBranch, JudgedCommit, SeenPush, Workspace,
};

use super::commit_statuses;
use super::recreated_repositories::{REMADE, follow_remade};
use crate::apps::repository::followed_branch::push_rules;
use crate::apps::repository::git_source::BuildTarget;
use crate::apps::repository::repository_build::{Code, code_of_push};
use crate::apps::run::deploy::queue;
use crate::apps::run::deployments::MAX_DEPLOYMENTS;
use crate::own_repository::own_repository;

/// The number of times that a branch is looked at again, because the app has moved to another one or a deployment was
/// found that a killed process had queued.
const LOOKS: usize = 4;

/// The reason why nothing is deployed if the repository is gone. Another one may have its name.
const GONE: &str = "The repository is gone from the workspace's organisation. Call \
                    apps.rewire_git with `repo` to build the app from another repository, or \
                    without `repo` to build it from the one that now has the same name.";

/// The result of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The app is where the branch was, or stays where it is for a reason. A push that came meanwhile is reported, or
    /// found by a round, and is handled together with those after it.
    Settled,
    /// The record of the branch was corrected.
    Again,
}

/// Brings an app to the tip of its branch.
///
/// # Errors
///
/// It has to be tried again.
pub(super) async fn follow_branch(
    cx: &Workspace,
    held: &mut HeldBranch<'_>,
) -> Result<(), Failure> {
    for _ in 0..LOOKS {
        if step(cx, held).await? == Step::Settled {
            return Ok(());
        }
    }
    Err(Failure::unready("The app's branch keeps changing."))
}

async fn step(cx: &Workspace, held: &mut HeldBranch<'_>) -> Result<Step, Failure> {
    let gitea = cx.gitea().await?;
    let found = find(&gitea, held).await?;
    if found.is_settled(held) {
        return Ok(Step::Settled);
    }
    let coolify = cx.coolify().await?;
    let _turn = coolify.source_turn(&held.branch.app).await;
    let looked_at = (held.branch.repository, held.branch.branch.clone());
    // The call that had the turn may have deployed the tip, or moved the app to another branch.
    held.read().await?;
    if (held.branch.repository, &held.branch.branch) != (looked_at.0, &looked_at.1) {
        return Ok(Step::Again);
    }
    if found.is_settled(held) {
        return Ok(Step::Settled);
    }
    let Some(app) = application(&coolify, &held.branch.app).await? else {
        cx.following().unfollow(&held.branch.app).await?;
        return Ok(Step::Settled);
    };
    let mut push = Push { cx, gitea, coolify: &coolify, app: &app, held };
    match (&found.repo, &found.tip) {
        (Some(repo), _) if push.rewire(repo).await? => Ok(Step::Again),
        (Some(repo), Ok(_)) if push.adopt(repo).await? => Ok(Step::Again),
        (_, Ok(tip)) => push.deploy_or_skip(tip).await,
        (None, _) if follow_remade(cx, &push.gitea, &app, push.held).await? => Ok(Step::Settled),
        (_, Err(why)) => push.handle_gone_branch(why).await,
    }
}

/// The repository and the tip that an app follows, as Gitea has them.
struct Found {
    /// The repository; `None` if it is gone.
    repo: Option<Owned<Repo>>,
    /// The commit at the branch's tip, or the reason why there is none.
    tip: Result<String, String>,
}

impl Found {
    /// Returns whether nothing is left to do. If the branch is gone, only Coolify knows whether the app has moved to
    /// another one.
    fn is_settled(&self, held: &HeldBranch<'_>) -> bool {
        let branch = &held.branch;
        let is_seen = |tip: &str| branch.seen.as_ref().is_some_and(|seen| seen.commit == tip);
        branch.claim.is_none() && self.tip.as_deref().is_ok_and(is_seen)
    }
}

/// Looks up the repository and the branch.
async fn find(gitea: &Gitea<'_>, held: &HeldBranch<'_>) -> Result<Found, Failure> {
    let Some(repo) = gitea.repository_numbered(held.branch.repository).await? else {
        return Ok(Found { repo: None, tip: Err(GONE.to_owned()) });
    };
    let branch = &held.branch.branch;
    let tip = gitea.tip_of(&repo, branch).await?;
    let tip = tip.ok_or_else(|| format!("The branch {branch} no longer exists."));
    Ok(Found { repo: Some(repo), tip })
}

/// Returns the application; `None` if it is gone, or is no longer built from a repository.
async fn application(
    coolify: &Coolify,
    app: &AppUuid,
) -> Result<Option<Owned<Application>>, Failure> {
    match coolify.app(app).await {
        Ok(AnyApp::Application(app)) if !app.runs_image() => Ok(Some(app)),
        Ok(_) => Ok(None),
        Err(failure) if failure.kind == Kind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A push that was not acted on yet.
struct Push<'a, 'h> {
    cx: &'a Workspace,
    gitea: Gitea<'a>,
    coolify: &'a Coolify,
    app: &'a Owned<Application>,
    held: &'a mut HeldBranch<'h>,
}

impl Push<'_, '_> {
    /// Finds the deployment that a killed process was about to queue. Returns whether there is one.
    async fn adopt(&mut self, repo: &Owned<Repo>) -> Result<bool, Failure> {
        let Some(claim) = self.held.branch.claim.clone() else { return Ok(false) };
        let newest = self.coolify.deployments(self.app, MAX_DEPLOYMENTS).await?;
        let since = newest.into_iter().take_while(|each| Some(&each.uuid) != claim.after.as_ref());
        let mut since = since.filter(|each| each.commit.as_deref() == Some(claim.commit.as_str()));
        let Some(found) = since.next() else {
            self.held.branch.claim = None;
            return Ok(false);
        };
        let message = self.gitea.message(repo, &claim.commit).await?.unwrap_or_default();
        self.record_deployment(repo, &claim.commit, &message, found.uuid).await?;
        Ok(true)
    }

    /// Deploys the commit at the branch's tip, or records why not.
    async fn deploy_or_skip(&mut self, tip: &str) -> Result<Step, Failure> {
        let code = match code_of_push(self.cx, self.coolify, self.app).await {
            Ok(code) => code,
            Err(failure) if failure.is_retryable() => return Err(failure),
            Err(failure) => return self.skip(tip, "", &failure.message).await,
        };
        if self.follow(&code).await? {
            return Ok(Step::Again);
        }
        let message = self.gitea.message(&code.repo, &code.tip).await?.unwrap_or_default();
        if let Some(why) = self.why_not(&code, &message).await? {
            return self.skip(&code.tip, &message, &why).await;
        }
        match code.judge(self.cx, (self.coolify, self.app), (&code.tip, true), &[]).await {
            Ok(judged) => self.deploy(&code, &message, &judged).await,
            Err(failure) if failure.is_retryable() => Err(failure),
            Err(failure) => self.skip(&code.tip, &message, &failure_text(&failure)).await,
        }
    }

    /// Gives an app whose repository was renamed the clone URL of the new name: another repository may have taken the
    /// old one, and must not be built. Returns whether the URL was changed.
    async fn rewire(&self, repo: &Owned<Repo>) -> Result<bool, Failure> {
        let organisation = self.cx.organisation();
        let is_present = self.app.git_url().is_some_and(|url| url.names(organisation, &repo.name));
        let is_released = self.cx.is_released(self.app);
        if is_present || is_released || own_repository(self.cx, self.app).await?.is_none() {
            return Ok(false);
        }
        let target = BuildTarget { repo, branch: None, source: None };
        let draft = self.cx.begin_rewiring(&self.app.uuid, &repo.name).await?;
        let written = target.write(self.cx, self.coolify, self.app).await;
        let outcome = written.as_ref().map_or_else(|failure| failure.kind.code(), |_| "ok");
        self.cx.record_push(&draft, outcome).await?;
        written
    }

    /// Follows an app that was changed to another branch. Returns whether it was changed.
    async fn follow(&mut self, code: &Code) -> Result<bool, Failure> {
        let branch = &mut self.held.branch;
        if code.branch == branch.branch {
            return Ok(false);
        }
        branch.branch.clone_from(&code.branch);
        self.held.note().await?;
        Ok(true)
    }

    /// Follows the app to another branch, or records, once, that there is nothing to deploy from.
    async fn handle_gone_branch(&mut self, why: &str) -> Result<Step, Failure> {
        match code_of_push(self.cx, self.coolify, self.app).await {
            Ok(code) => {
                // If it is the same branch, somebody has pushed it again meanwhile.
                self.follow(&code).await?;
                return Ok(Step::Again);
            }
            Err(failure) if failure.is_retryable() => return Err(failure),
            Err(_) => {}
        }
        let Some(seen) = self.held.branch.seen.clone() else { return Ok(Step::Settled) };
        // A repository that was created again has no branch until somebody pushes.
        let is_told = |told: &str| told == why || told == REMADE;
        if !seen.skipped.as_deref().is_some_and(is_told) {
            let (at, skipped) = (Timestamp::now(), Some(why.to_owned()));
            self.held.branch.seen = Some(SeenPush { at, deployment: None, skipped, ..seen });
            self.held.note().await?;
        }
        Ok(Step::Settled)
    }

    /// Returns the reason why the commit is not deployed, whatever it contains.
    async fn why_not(&self, code: &Code, message: &str) -> Result<Option<String>, Failure> {
        if let Some(skip) = push_rules::skip_in(message) {
            return Ok(Some(format!("The commit's message has {skip}.")));
        }
        if !self.app.follows_branch() {
            let hint = "The app is fixed to a commit: to follow the branch, call apps.update with \
                `commit` HEAD.";
            return Ok(Some(hint.to_owned()));
        }
        let branch = &self.held.branch;
        let Some(deployed) = branch.deployed.as_deref().filter(|_| !branch.watch_paths.is_empty())
        else {
            return Ok(None);
        };
        let commits = (deployed, code.tip.as_str());
        let differs = self.gitea.differs_at(&code.repo, commits, &branch.watch_paths).await?;
        Ok((!differs)
            .then(|| "Nothing changed in `watchPaths` since the last deployment.".to_owned()))
    }

    /// Queues the deployment. A claim is recorded before.
    async fn deploy(
        &mut self,
        code: &Code,
        message: &str,
        judged: &JudgedCommit,
    ) -> Result<Step, Failure> {
        let newest = self.coolify.deployments(self.app, 1).await?;
        let after = newest.into_iter().next().map(|each| each.uuid);
        self.held.branch.claim = Some(Claim { commit: code.tip.clone(), after });
        self.held.branch.warnings = judged.warnings().to_vec();
        self.held.note().await?;
        let draft = self.cx.begin_push(&self.app.uuid, &code.tip).await?;
        let build = Build::Commit(judged);
        match queue(self.coolify, self.app, build, false).await {
            Ok(queued) => {
                self.record_deployment(&code.repo, &code.tip, message, queued.deployment.uuid)
                    .await?;
                self.cx.record_push(&draft, "ok").await?;
                Ok(Step::Settled)
            }
            Err(failure) => {
                self.cx.record_push(&draft, failure.outcome()).await?;
                if failure.is_in_doubt() {
                    return Err(failure);
                }
                (self.held.branch.claim, self.held.branch.warnings) = (None, Vec::new());
                self.held.note().await?;
                if failure.is_retryable() {
                    return Err(failure);
                }
                self.skip(&code.tip, message, &failure_text(&failure)).await
            }
        }
    }

    /// Records that a commit was deployed, and sets its status in Gitea.
    async fn record_deployment(
        &mut self,
        repo: &Owned<Repo>,
        commit: &str,
        message: &str,
        deployment: DeploymentUuid,
    ) -> Result<(), Failure> {
        let branch = &mut self.held.branch;
        branch.seen = Some(SeenPush {
            deployment: Some(deployment.clone()),
            ..push_rules::seen_push(commit, message)
        });
        (branch.claim, branch.deployed) = (None, Some(commit.to_owned()));
        self.held.note().await?;
        commit_statuses::report_queued(self.cx, &self.gitea, repo, self.app, (commit, deployment))
            .await;
        Ok(())
    }

    /// Records that a commit is not deployed.
    async fn skip(&mut self, commit: &str, message: &str, why: &str) -> Result<Step, Failure> {
        self.held.branch.seen = Some(SeenPush {
            skipped: Some(push_rules::reason(why)),
            ..push_rules::seen_push(commit, message)
        });
        (self.held.branch.claim, self.held.branch.warnings) = (None, Vec::new());
        self.held.note().await?;
        self.cx.record_skipped_push(&self.app.uuid).await?;
        Ok(Step::Settled)
    }
}

/// Returns a failure as one text, with the first of its problems and how to correct it.
fn failure_text(failure: &Failure) -> String {
    let body = failure.body();
    let first = &body["details"]["problems"][0];
    let fix = first["fix"].as_str().map(|fix| format!(" {fix}")).unwrap_or_default();
    match (first["path"].as_str(), first["problem"].as_str()) {
        // The message of a file has its first problem.
        _ if body["details"]["file"].is_string() => format!("{}{fix}", failure.message),
        (Some(path), Some(problem)) => format!("{} {path} {problem}.{fix}", failure.message),
        _ => failure.message.clone(),
    }
}
