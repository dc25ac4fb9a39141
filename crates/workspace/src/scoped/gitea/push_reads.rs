//! Reads that a push needs: the repository by its number, the branch's tip, the commit's message and its changes; and
//! the commit's status.

use std::collections::HashMap;

use covibe_domain::{Failure, boxed};
use covibe_gitea::{NewStatus, Repo};
use covibe_policy::{Boundary, Owned};

use super::{Gitea, RepoTree};

/// The number of commits of a branch that are read for their messages: Gitea's maximum.
const COMMITS: usize = 50;

/// The maximum length of the first line of a message, in bytes.
const FIRST_LINE: usize = 1 << 10;

impl Gitea<'_> {
    /// Returns the organisation's repository with this number, even if it was renamed; `None` if it is gone, or if
    /// another owner has it.
    #[boxed]
    pub async fn repository_numbered(&self, id: i64) -> Result<Option<Owned<Repo>>, Failure> {
        let found = self.reword_failure(self.reader().repo_numbered(id).await).await?;
        match found.filter(|repo| self.is_own(repo.owner.id)) {
            Some(repo) => {
                Boundary::Organisation(self.organisation.to_owned()).admit(repo).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Returns the full hash of the commit at the tip of a branch; `None` if the branch does not exist.
    #[boxed]
    pub async fn tip_of(
        &self,
        repo: &Owned<Repo>,
        branch: &str,
    ) -> Result<Option<String>, Failure> {
        Ok(self.tip(&repo.name, branch).await?.map(|tip| tip.commit))
    }

    /// Returns the message of a commit, given by its full hash; `None` if the repository does not have it.
    #[boxed]
    pub async fn message(
        &self,
        repo: &Owned<Repo>,
        commit: &str,
    ) -> Result<Option<String>, Failure> {
        let read = self.reader().past_commit(self.organisation, &repo.name, commit).await;
        Ok(self.reword_failure(read).await?.map(|found| found.message))
    }

    /// Returns the first lines of the messages of the newest fifty commits up to this one, by their full hashes. A line
    /// has at most a KiB: they are kept, and a tenant's messages may have megabytes.
    #[boxed]
    pub async fn messages(
        &self,
        repo: &Owned<Repo>,
        tip: &str,
    ) -> Result<HashMap<String, String>, Failure> {
        let read = self.reader().history(self.organisation, &repo.name, tip, COMMITS).await;
        Ok(self
            .reword_failure(read)
            .await?
            .into_iter()
            .map(|past| (past.hash, first_line(&past.message)))
            .collect())
    }

    /// Returns whether something at one of these paths differs between two commits; also if that is unknown, because a
    /// tree is too large or the first commit is gone.
    #[boxed]
    pub async fn differs_at(
        &self,
        repo: &Owned<Repo>,
        (from, to): (&str, &str),
        paths: &[String],
    ) -> Result<bool, Failure> {
        let Some(_) = self.commit_of(&repo.name, from).await? else { return Ok(true) };
        let (from, to) = (self.tree(repo, from).await?, self.tree(repo, to).await?);
        if !from.is_whole() || !to.is_whole() {
            return Ok(true);
        }
        let (from, to) = (hashes(&from), hashes(&to));
        let differs = |path: &String| {
            let path = path.trim_matches('/');
            path.is_empty() || from.get(path) != to.get(path)
        };
        Ok(paths.iter().any(differs))
    }

    /// Sets a status of a commit.
    #[boxed]
    pub async fn set_status<'a>(
        &'a self,
        repo: &Owned<Repo>,
        commit: &str,
        status: NewStatus<'a>,
    ) -> Result<(), Failure> {
        let writer = self.client.writer(&self.token);
        let set = writer.set_status(self.organisation, &repo.name, commit, status).await;
        self.reword_failure(set).await
    }
}

/// Returns the hashes of files and folders by their paths. That of a folder changes with anything in it.
fn hashes(tree: &RepoTree) -> HashMap<&str, (&str, &str)> {
    let entries = tree.entries.iter();
    entries.map(|it| (it.path.as_str(), (it.mode.as_str(), it.hash.as_str()))).collect()
}

/// Returns the first line of a commit's message, cut.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.get(..line.floor_char_boundary(FIRST_LINE)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_commit_message_is_cut_to_the_start_of_its_first_line() {
        assert_eq!(first_line(&format!("Greet\r\n{}", "x".repeat(100_000))), "Greet");
        let cut = first_line(&"ä€".repeat(100_000));
        assert!(cut.len() <= FIRST_LINE && cut.capacity() <= 2 * FIRST_LINE, "{}", cut.len());
        assert_eq!(first_line(""), "");
    }
}
