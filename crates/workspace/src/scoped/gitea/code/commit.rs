//! Commits: sent once, and looked for where their answer is missing.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, boxed};
use covibe_gitea::{
    Base, Cause, Committed, Effect, Error, FileChange, NewCommit, Packed, PastCommit, Repo,
    Unnameable, blob_hash,
};
use covibe_policy::Owned;
use tokio::time::sleep;

use super::super::Gitea;
use super::super::errors::{
    changed_meanwhile, refused_commit, unknown_commit, unnameable, unseen_commit,
};
use super::content::RepoTree;

/// How many commits back one is looked for.
const LOOKS_BACK: usize = 20;

/// How often a branch is looked at for a commit whose answer is missing.
const PAUSE: Duration = Duration::from_millis(500);

/// The pause between two looks at a repository whose first push is not noticed yet.
const GLANCE: Duration = Duration::from_millis(250);

/// How long it is looked for at most: Gitea takes nine seconds for 300 files (seen with 1.25.2).
const PATIENCE: Duration = Duration::from_secs(15);

/// A commit that is to be made on a branch.
#[derive(Clone, Copy, Debug)]
pub struct WantedCommit<'a> {
    /// The branch.
    pub branch: &'a str,
    /// The commit that was looked at, on top of which it is meant; `None` for the first one.
    pub parent: Option<&'a str>,
    /// The message.
    pub message: &'a str,
    /// The changes.
    pub files: &'a [FileChange<'a>],
    /// The whole tree of the parent.
    pub tree: &'a RepoTree,
}

/// A commit that was seen on its branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Its whole hash.
    pub commit: String,
    /// The commit before it; `None` for the first one.
    pub parent: Option<String>,
    /// Whether it is the branch's tip.
    pub is_tip: bool,
}

impl Gitea<'_> {
    /// Makes a commit, and looks for it on its branch. It is sent once: where no answer says what became
    /// of it, the branch does.
    ///
    /// # Errors
    ///
    /// Conflict if the branch or one of the files changed meanwhile, rejected if Gitea refuses the
    /// changes, and in doubt if the commit was not found until `end` but may still come.
    #[boxed]
    pub async fn commit_files<'a>(
        &'a self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'a>,
        end: Instant,
    ) -> Result<Landed, Failure> {
        match self.sent(repo, wanted).await? {
            Ok(made) => self.seen(repo, wanted.branch, made).await.map_err(Failure::in_doubt),
            Err(error) if error.effect == Effect::None => self.refused(repo, wanted, error).await,
            Err(error) => self.settled(repo, wanted, error, end).await,
        }
    }

    /// Sends a commit: by the API, and as a push where a file gets a mode, which the API can't give.
    async fn sent(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
    ) -> Result<Result<Committed, Error>, Failure> {
        let WantedCommit { branch, parent, message, files, tree } = wanted;
        let new = NewCommit { branch, message, files };
        let writer = self.client.writer(&self.token);
        if !new.sets_modes() {
            return Ok(writer.commit(self.organisation, &repo.name, new).await);
        }
        let (name, email) = (self.bot, self.bot_email);
        let base = Base { commit: parent, tree: &tree.hash, entries: &tree.entries, name, email };
        let packed = Packed::new(new, base).map_err(|Unnameable| unnameable(&repo.name))?;
        let pushed = writer.push(self.organisation, &repo.name, packed).await;
        if pushed.is_ok() && parent.is_none() {
            self.first_push_noticed(repo).await;
        }
        Ok(pushed)
    }

    /// Waits until Gitea has noticed a first push: most of its API takes the repository for an empty one before.
    async fn first_push_noticed(&self, repo: &Owned<Repo>) {
        let until = Instant::now() + self.notice;
        while let Ok(Some(Repo { empty: true, .. })) =
            self.reader().repo(self.organisation, &repo.name).await
            && Instant::now() < until
        {
            sleep(GLANCE.min(self.notice / 4)).await;
        }
    }

    /// Looks for a commit with this parent, message and content among the newest ones of its branch.
    #[boxed]
    pub async fn committed<'a>(
        &'a self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'a>,
    ) -> Result<Option<Landed>, Failure> {
        let Some(tip) = self.tip(&repo.name, wanted.branch).await? else { return Ok(None) };
        if wanted.parent == Some(tip.commit.as_str()) {
            return Ok(None);
        }
        for past in self.history(repo, &tip.commit).await? {
            let is_meant = past.parents.first().map(String::as_str) == wanted.parent
                && past.parents.len() < 2
                && past.message == wanted.message.trim();
            if is_meant && self.has_content(repo, &past.hash, wanted.files).await? {
                let is_tip = past.hash == tip.commit;
                let parent = past.parents.into_iter().next();
                return Ok(Some(Landed { commit: past.hash, parent, is_tip }));
            }
        }
        Ok(None)
    }

    async fn history(&self, repo: &Owned<Repo>, tip: &str) -> Result<Vec<PastCommit>, Failure> {
        let read = self.reader().history(self.organisation, &repo.name, tip, LOOKS_BACK).await;
        self.told(read).await
    }

    /// Returns whether a commit's tree has what these changes make.
    async fn has_content(
        &self,
        repo: &Owned<Repo>,
        commit: &str,
        files: &[FileChange<'_>],
    ) -> Result<bool, Failure> {
        let tree = self.tree(repo, commit).await?;
        let at = |path: &str| tree.entries.iter().find(|entry| entry.path == path);
        let has = |path, content: &[u8], executable: Option<bool>| {
            at(path).is_some_and(|entry| {
                entry.hash == blob_hash(content, commit)
                    && executable.is_none_or(|executable| executable == entry.is_executable())
            })
        };
        Ok(tree.is_whole()
            && files.iter().all(|change| match *change {
                FileChange::Create { path, content, executable } => {
                    has(path, content, Some(executable))
                }
                FileChange::Update { path, from, content, executable, .. } => {
                    has(path, content, executable) && (from == path || at(from).is_none())
                }
                FileChange::Delete { path, .. } => at(path).is_none(),
            }))
    }

    /// Reads the branch of a commit that Gitea says it made.
    async fn seen(
        &self,
        repo: &Owned<Repo>,
        branch: &str,
        made: Committed,
    ) -> Result<Landed, Failure> {
        let Committed { hash: commit, parents } = made;
        let parent = parents.into_iter().next();
        let tip = self.tip(&repo.name, branch).await?.ok_or_else(|| unseen_commit(branch))?;
        if tip.commit == commit {
            return Ok(Landed { commit, parent, is_tip: true });
        }
        let history = self.history(repo, &tip.commit).await?;
        if history.iter().any(|past| past.hash == commit) {
            return Ok(Landed { commit, parent, is_tip: false });
        }
        Err(unseen_commit(branch))
    }

    /// Says why Gitea refused a commit: something changed meanwhile, or it does not take the changes.
    async fn refused(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
        error: Error,
    ) -> Result<Landed, Failure> {
        let is_refusal =
            matches!(error.cause, Cause::Conflict(_) | Cause::Refused(_) | Cause::NotFound);
        if !is_refusal {
            return self.written(Err(error)).await;
        }
        let tip = self.tip(&repo.name, wanted.branch).await?.map(|tip| tip.commit);
        Err(if tip.as_deref() == wanted.parent {
            refused_commit(&repo.name)
        } else {
            changed_meanwhile(&repo.name, wanted.branch, tip.as_deref())
        })
    }

    /// Finds out what became of a commit whose answer is missing.
    async fn settled(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
        error: Error,
        end: Instant,
    ) -> Result<Landed, Failure> {
        // Gitea's own error ends the request; nothing comes of it later.
        let has_ended = error.cause == Cause::Failed { status: 500 };
        let end = end.min(Instant::now() + PATIENCE);
        loop {
            let found = self.committed(repo, wanted).await;
            match found {
                Ok(Some(landed)) => return Ok(landed),
                Ok(None) if has_ended => return Err(self.ended(repo, wanted, error).await),
                _ if Instant::now() + PAUSE >= end => break,
                _ => sleep(PAUSE).await,
            }
        }
        Err(unknown_commit(&repo.name, wanted.branch))
    }

    /// The failure of a commit that Gitea ended with an error, and that is not on its branch: a push at
    /// the same moment is such an error too (1.25.2).
    async fn ended(&self, repo: &Owned<Repo>, wanted: WantedCommit<'_>, error: Error) -> Failure {
        match self.tip(&repo.name, wanted.branch).await {
            Ok(tip) => {
                let tip = tip.map(|tip| tip.commit);
                if tip.as_deref() == wanted.parent {
                    Failure::from(error).undone()
                } else {
                    changed_meanwhile(&repo.name, wanted.branch, tip.as_deref())
                }
            }
            Err(failure) => failure.in_doubt(),
        }
    }
}
