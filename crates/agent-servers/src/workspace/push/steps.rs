//! The steps of a push, in an order in which nothing is changed before all is checked.

use covibe_domain::{Failure, boxed};

use super::origin::Origin;
use super::remote::{References, Remote};
use super::repository::{Head, Repository};
use super::settings::{Account, Pushing};
use super::staging::Changed;
use super::target::Target;
use crate::guard::Unprotected;
use crate::workspace::files::Inside;

/// What a caller wants.
#[derive(Debug)]
pub(in crate::workspace) struct Change {
    pub(in crate::workspace) message: String,
    /// The paths to commit; all if it is empty.
    pub(in crate::workspace) paths: Vec<Inside>,
    pub(in crate::workspace) branch: Option<String>,
}

/// What became of it.
#[derive(Debug)]
pub(in crate::workspace) struct Pushed {
    /// `owner/name` on Gitea.
    pub(in crate::workspace) repository: String,
    pub(in crate::workspace) branch: String,
    /// The commit that was made, if there was something to commit.
    pub(in crate::workspace) commit: Option<String>,
    /// The number of files that it changes.
    pub(in crate::workspace) files: usize,
    /// Whether something was sent.
    pub(in crate::workspace) sent: bool,
    /// The commit of the branch on Gitea, as it was read after the push.
    pub(in crate::workspace) remote_head: Option<String>,
}

/// What is to be sent.
struct Outgoing {
    /// The new commit, or the last one.
    commit: String,
    is_new: bool,
    changed: Vec<Changed>,
}

impl Pushing {
    /// Commits and pushes.
    #[boxed]
    pub(in crate::workspace) async fn commit_and_push(
        &self,
        change: &Change,
    ) -> Result<Pushed, Failure> {
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
        target: &Unprotected<Target>,
        repository: &Repository,
        change: &Change,
    ) -> Result<Pushed, Failure> {
        repository.place.refuse_unfinished()?;
        let head = repository.head().await?;
        let branch = self.branch(target, change.branch.as_deref(), head.branch.as_deref()).await?;
        let outgoing = outgoing(repository, &head, change).await?;
        let remote = Remote::new(self, target, repository);
        let references = remote.references().await?;
        let known = repository.known(&references).await?;
        let mut pushed = Pushed {
            repository: target.full_name.clone(),
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
            repository = target.full_name,
            id = target.id,
            branch = pushed.branch,
            "pushed"
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
