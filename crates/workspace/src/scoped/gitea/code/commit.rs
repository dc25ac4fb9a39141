//! Commits: sent once, and searched for if their answer is missing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, boxed};
use covibe_gitea::{
    Base, Cause, Committed, Effect, Error, FileChange, NewCommit, Packed, PastCommit, Repo,
    Unnameable, blob_hash,
};
use covibe_policy::Owned;
use tokio::time::sleep;

use super::super::Gitea;
use super::super::repository_errors::{
    changed_meanwhile, refused_commit, unknown_commit, unnameable_folder, unseen_commit,
};
use super::content::RepoTree;

/// The number of newest commits that are searched for one.
const LOOKS_BACK: usize = 20;

/// The interval at which a branch is read to find a commit whose answer is missing.
const PAUSE: Duration = Duration::from_millis(500);

/// The interval at which a repository is read whose first push is not noticed yet.
const GLANCE: Duration = Duration::from_millis(250);

/// The time limit of the search: Gitea takes nine seconds for 300 files (seen with 1.25.2).
const PATIENCE: Duration = Duration::from_secs(15);

/// A commit to create on a branch.
#[derive(Clone, Copy, Debug)]
pub struct WantedCommit<'a> {
    /// The branch.
    pub branch: &'a str,
    /// The commit that the caller has seen and that the new one follows; `None` for the first one.
    pub parent: Option<&'a str>,
    /// The message.
    pub message: &'a str,
    /// The changes.
    pub files: &'a [FileChange],
    /// The whole tree of the parent.
    pub tree: &'a RepoTree,
}

/// A commit that was seen on its branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandedCommit {
    /// Its full hash.
    pub commit: String,
    /// The commit before it; `None` for the first one.
    pub parent: Option<String>,
    /// True if it is the branch's tip.
    pub is_tip: bool,
}

impl Gitea<'_> {
    /// Creates a commit, and verifies that it is on its branch. It is sent once: if no answer reports its outcome, the
    /// branch shows it.
    ///
    /// # Errors
    ///
    /// Conflict if the branch or one of the files changed meanwhile; rejected if Gitea refuses the changes; in doubt if
    /// the commit was not found until `end` but may still appear.
    #[boxed]
    pub async fn commit_files<'a>(
        &'a self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'a>,
        end: Instant,
    ) -> Result<LandedCommit, Failure> {
        match self.send_commit(repo, wanted).await? {
            Ok(made) => {
                self.verify_commit(repo, wanted.branch, made).await.map_err(Failure::in_doubt)
            }
            Err(error) if error.effect == Effect::None => {
                self.explain_refusal(repo, wanted, error).await
            }
            Err(error) => self.find_outcome(repo, wanted, error, end).await,
        }
    }

    /// Sends a commit: by the API, or as a push if a file gets a mode, which the API cannot set.
    async fn send_commit(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
    ) -> Result<Result<Committed, Error>, Failure> {
        let WantedCommit { branch, parent, message, files, .. } = wanted;
        let (branch, message) = (branch.to_owned(), message.to_owned());
        let new = NewCommit { branch, message, files: files.to_vec() };
        let writer = self.client.writer(&self.token);
        if !new.sets_modes() {
            return Ok(writer.commit(self.organisation, &repo.name, &new).await);
        }
        let packed = self.pack(repo, new, wanted).await?;
        let pushed = writer.push(self.organisation, &repo.name, packed).await;
        if pushed.is_ok() && parent.is_none() {
            self.first_push_noticed(repo).await;
        }
        Ok(pushed)
    }

    /// Makes the pack of a commit, like a judgement: compressing the files and folders keeps a thread busy.
    async fn pack(
        &self,
        repo: &Owned<Repo>,
        new: NewCommit,
        WantedCommit { parent, tree, .. }: WantedCommit<'_>,
    ) -> Result<Packed, Failure> {
        let base = Base {
            commit: parent.map(str::to_owned),
            tree: tree.hash.clone(),
            entries: Arc::clone(&tree.entries),
            name: self.bot.to_owned(),
            email: self.bot_email.to_owned(),
        };
        let packed = self.judgements.run(self.tenant, move || Packed::new(&new, &base)).await?;
        packed.map_err(|Unnameable| unnameable_folder(&repo.name))
    }

    /// Waits until Gitea has noticed a first push. Before, most of its API considers the repository empty.
    async fn first_push_noticed(&self, repo: &Owned<Repo>) {
        let until = Instant::now() + self.notice;
        while let Ok(Some(Repo { empty: true, .. })) =
            self.reader().repo(self.organisation, &repo.name).await
            && Instant::now() < until
        {
            sleep(GLANCE.min(self.notice / 4)).await;
        }
    }

    /// Searches the newest commits of a branch for one with this parent, message and content.
    #[boxed]
    pub async fn find_committed<'a>(
        &'a self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'a>,
    ) -> Result<Option<LandedCommit>, Failure> {
        let Some(tip) = self.tip(&repo.name, wanted.branch).await? else { return Ok(None) };
        if wanted.parent == Some(tip.commit.as_str()) {
            return Ok(None);
        }
        for past in self.history(repo, &tip.commit).await? {
            let is_wanted = past.parents.first().map(String::as_str) == wanted.parent
                && past.parents.len() < 2
                && past.message == wanted.message.trim();
            if is_wanted && self.has_content(repo, &past.hash, wanted.files).await? {
                let is_tip = past.hash == tip.commit;
                let parent = past.parents.into_iter().next();
                return Ok(Some(LandedCommit { commit: past.hash, parent, is_tip }));
            }
        }
        Ok(None)
    }

    async fn history(&self, repo: &Owned<Repo>, tip: &str) -> Result<Vec<PastCommit>, Failure> {
        let read = self.reader().history(self.organisation, &repo.name, tip, LOOKS_BACK).await;
        self.reword_failure(read).await
    }

    /// Returns whether a commit's tree has the result of these changes.
    async fn has_content(
        &self,
        repo: &Owned<Repo>,
        commit: &str,
        files: &[FileChange],
    ) -> Result<bool, Failure> {
        let tree = self.tree(repo, commit).await?;
        let at = |path: &str| tree.entries.iter().find(|entry| entry.path == path);
        let has = |path: &str, content: &[u8], executable: Option<bool>| {
            at(path).is_some_and(|entry| {
                entry.hash == blob_hash(content, commit)
                    && executable.is_none_or(|executable| executable == entry.is_executable())
            })
        };
        Ok(tree.is_whole()
            && files.iter().all(|change| match change {
                FileChange::Create { path, content, executable } => {
                    has(path, content, Some(*executable))
                }
                FileChange::Update { path, from, content, executable, .. } => {
                    has(path, content, *executable) && (from == path || at(from).is_none())
                }
                FileChange::Delete { path, .. } => at(path).is_none(),
            }))
    }

    /// Verifies on the branch that a commit exists that Gitea reports as created.
    async fn verify_commit(
        &self,
        repo: &Owned<Repo>,
        branch: &str,
        made: Committed,
    ) -> Result<LandedCommit, Failure> {
        let Committed { hash: commit, parents } = made;
        let parent = parents.into_iter().next();
        let tip = self.tip(&repo.name, branch).await?.ok_or_else(|| unseen_commit(branch))?;
        if tip.commit == commit {
            return Ok(LandedCommit { commit, parent, is_tip: true });
        }
        let history = self.history(repo, &tip.commit).await?;
        if history.iter().any(|past| past.hash == commit) {
            return Ok(LandedCommit { commit, parent, is_tip: false });
        }
        Err(unseen_commit(branch))
    }

    /// Returns the failure for a commit that Gitea refused: something changed meanwhile, or Gitea does not accept the
    /// changes.
    async fn explain_refusal(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
        error: Error,
    ) -> Result<LandedCommit, Failure> {
        let is_refusal =
            matches!(error.cause, Cause::Conflict(_) | Cause::Refused(_) | Cause::NotFound);
        if !is_refusal {
            return self.reword_change_failure(Err(error)).await;
        }
        let tip = self.tip(&repo.name, wanted.branch).await?.map(|tip| tip.commit);
        Err(if tip.as_deref() == wanted.parent {
            refused_commit(&repo.name)
        } else {
            changed_meanwhile(&repo.name, wanted.branch, tip.as_deref())
        })
    }

    /// Determines the outcome of a commit whose answer is missing.
    async fn find_outcome(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
        error: Error,
        end: Instant,
    ) -> Result<LandedCommit, Failure> {
        // Gitea's own error ends the request; nothing comes of it later.
        let has_ended = error.cause == Cause::Failed { status: 500 };
        let end = end.min(Instant::now() + PATIENCE);
        loop {
            let found = self.find_committed(repo, wanted).await;
            match found {
                Ok(Some(landed)) => return Ok(landed),
                Ok(None) if has_ended => return Err(self.ended_failure(repo, wanted, error).await),
                _ if Instant::now() + PAUSE >= end => break,
                _ => sleep(PAUSE).await,
            }
        }
        Err(unknown_commit(&repo.name, wanted.branch))
    }

    /// Returns the failure of a commit that Gitea answered with an error, and that is not on its branch. A push at the
    /// same moment causes such an error too (1.25.2).
    async fn ended_failure(
        &self,
        repo: &Owned<Repo>,
        wanted: WantedCommit<'_>,
        error: Error,
    ) -> Failure {
        match self.tip(&repo.name, wanted.branch).await {
            Ok(tip) => {
                let tip = tip.map(|tip| tip.commit);
                if tip.as_deref() == wanted.parent {
                    Failure::from(error).without_doubt()
                } else {
                    changed_meanwhile(&repo.name, wanted.branch, tip.as_deref())
                }
            }
            Err(failure) => failure.in_doubt(),
        }
    }
}
