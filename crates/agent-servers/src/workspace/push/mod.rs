//! Commits, and pushes to Gitea, from a repository whose configuration may be hostile.
//!
//! | a repository could have | kept from it by |
//! |---|---|
//! | run hooks, filters, monitors, editors, helpers | its configuration is not read: git works with a directory and settings of its own, on the repository's objects and index |
//! | sent the push or the token elsewhere | the address is built here, of Gitea's own answer; redirects are off; the token is read from a pipe, by a git that has no other settings |
//! | written or read elsewhere, by links, alternates, `commondir`, `core.worktree` | they are refused, and git is confined as commands are |
//! | replaced what is checked by what is sent | replacements of objects are off, and what is checked is what is sent: all objects that Gitea lacks |
//!
//! Whatever is in doubt is refused with a sentence that says what to change. Nothing is changed before all is checked.

mod branch;
mod commit_creation;
mod credentials;
mod git_config;
mod git_directories;
mod git_process;
mod gitea_remote;
mod origin_url;
mod outgoing_secret_scan;
mod repository;
mod secrets;
mod settings;
mod target_repository;

use covibe_domain::{Failure, boxed};
use covibe_gitea::Resolved;

pub(super) use settings::Pushing;

use self::commit_creation::Changed;
use self::gitea_remote::{References, Remote};
use self::origin_url::Origin;
use self::repository::{Head, Repository};
use self::settings::Account;
use super::files::Inside;
use crate::protected_resources::Unprotected;

/// The wishes of a caller.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) message: String,
    /// The paths to commit; all if it is empty.
    pub(super) paths: Vec<Inside>,
    pub(super) branch: Option<String>,
}

/// The outcome of a push.
#[derive(Debug)]
pub(super) struct Pushed {
    /// `owner/name` on Gitea.
    pub(super) repository: String,
    pub(super) branch: String,
    /// The commit that was made, if there was something to commit.
    pub(super) commit: Option<String>,
    /// The number of files that it changes.
    pub(super) files: usize,
    /// True if something was sent.
    pub(super) sent: bool,
    /// The commit of the branch on Gitea, as it was read after the push.
    pub(super) remote_head: Option<String>,
}

/// The commit that is to be sent.
struct Outgoing {
    /// The new commit, or the last one.
    commit: String,
    is_new: bool,
    changed: Vec<Changed>,
}

impl Pushing {
    /// Commits and pushes.
    #[boxed]
    pub(super) async fn commit_and_push(&self, change: &Change) -> Result<Pushed, Failure> {
        let account = self.account()?;
        let _turn = account.turn.lock().await;
        let repository = Repository::open(account).await?;
        let origin = Origin::parse(repository.config.origin()?, &account.client.web_base())?;
        let target = account.target(&origin).await?;
        account.push(&target, &repository, change).await
    }
}

impl Account {
    async fn push(
        &self,
        target: &Unprotected<Resolved>,
        repository: &Repository,
        change: &Change,
    ) -> Result<Pushed, Failure> {
        repository.place.refuse_unfinished()?;
        let head = repository.head().await?;
        let branch = self.branch(target, change.branch.as_deref(), head.branch.as_deref()).await?;
        let outgoing = outgoing(repository, &head, change).await?;
        let remote = Remote::new(self, target, repository);
        let references = remote.references().await?;
        let known = repository.known_commits(&references).await?;
        let mut pushed = Pushed {
            repository: target.repo.full_name.clone(),
            remote_head: head_of(&references, &branch),
            branch,
            commit: None,
            files: 0,
            sent: false,
        };
        let Some(outgoing) = outgoing else { return Ok(pushed) };
        if repository.unsent(&outgoing.commit, &known).await? == 0 {
            return Ok(pushed);
        }
        let own = [self.token.clone()];
        repository.refuse_secrets(&outgoing.commit, &known, &outgoing.changed, &own).await?;
        if outgoing.is_new {
            repository.advance(&head, &pushed.branch, &outgoing.commit).await?;
            pushed.commit = Some(outgoing.commit.clone());
            pushed.files = outgoing.changed.len();
            if !change.paths.is_empty() {
                repository.add(&repository.index(), &change.paths).await?;
            }
        }
        deliver(&remote, &outgoing, &mut pushed).await?;
        tracing::info!(
            repository = target.repo.full_name,
            id = target.repo.id,
            branch = pushed.branch,
            "a branch was pushed"
        );
        Ok(pushed)
    }
}

/// Stages and commits; returns the last commit if there is nothing to commit, and none without one.
async fn outgoing(
    repository: &Repository,
    head: &Head,
    change: &Change,
) -> Result<Option<Outgoing>, Failure> {
    let Some(staged) = repository.stage(head, &change.paths).await? else {
        let last = head.commit.clone();
        return Ok(last.map(|commit| Outgoing { commit, is_new: false, changed: Vec::new() }));
    };
    let commit = repository.commit(&staged.tree, head, &change.message).await?;
    Ok(Some(Outgoing { commit, is_new: true, changed: staged.changed }))
}

/// Pushes, and reads the branch back.
async fn deliver(
    remote: &Remote<'_>,
    outgoing: &Outgoing,
    pushed: &mut Pushed,
) -> Result<(), Failure> {
    let with_commit = |failure: Failure| match &pushed.commit {
        Some(commit) => failure.detail("commit", commit.as_str()).detail("committed", true),
        None => failure,
    };
    remote.push(&outgoing.commit, &pushed.branch).await.map_err(with_commit)?;
    pushed.sent = true;
    let references = remote.references().await.map_err(with_commit)?;
    pushed.remote_head = head_of(&references, &pushed.branch);
    Ok(())
}

fn head_of(references: &References, branch: &str) -> Option<String> {
    references.get(&format!("refs/heads/{branch}")).cloned()
}
