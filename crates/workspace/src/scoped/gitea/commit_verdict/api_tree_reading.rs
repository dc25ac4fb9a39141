//! Reading the tree of a commit: by Gitea's API, or by git if it is large.

use covibe_domain::Failure;
use covibe_gitea::{TreeEntry, TreePage};
use covibe_repository::{Entry, MAX_PATHS, Mode, Problems, Survey};

use super::super::Gitea;
use super::super::repository_errors::{
    changing_tree, missing_commit, unfiltered_clone, unread_tree,
};
use super::VerdictContext;
use super::git_tree_reading::{long_paths, survey};
use super::oversized_commits::too_large;
use crate::cells::ReadingTurn;
use crate::scoped::git_program::{
    GitRemote, MAX_OBJECT_MIB, UnreadRepository, basic_authorization,
};
use crate::settings::TreeLimits;

/// The maximum number of pages that are read by the API.
const MAX_PAGES: usize = 25;

impl Gitea<'_> {
    /// Looks at the tree of a commit; the problem if it is too large.
    ///
    /// # Errors
    ///
    /// Gitea or git failed, which says nothing about the commit.
    pub(super) async fn survey(
        &self,
        repo: &str,
        commit: &str,
        known: VerdictContext<'_>,
        turn: &mut ReadingTurn<'_>,
    ) -> Result<Result<Survey, Problems>, Failure> {
        let TreeLimits { by_api, whole, .. } = known.limits;
        let first = self.page(repo, commit, 1).await?;
        if first.total > whole {
            let complaint = format!("has more than {whole} files and folders");
            return Ok(Err(too_large(complaint)));
        }
        let pages = first.total.div_ceil(first.entries.len().max(1));
        if first.total <= by_api && pages <= MAX_PAGES {
            return self.by_pages(repo, commit, first, turn).await;
        }
        drop(first);
        // Git reports no sizes, and large trees have many paths.
        turn.reserve_large().await;
        self.by_git(repo, commit, known).await
    }

    /// Returns a page of a commit's tree.
    pub(in crate::scoped::gitea) async fn page(
        &self,
        repo: &str,
        commit: &str,
        page: usize,
    ) -> Result<TreePage, Failure> {
        let read = self.reader().tree(self.organisation, repo, commit, page).await;
        self.reword_failure(read).await?.ok_or_else(|| missing_commit(repo, commit))
    }

    /// Reads all pages. A tree never changes; one page less than promised is not taken for the end.
    async fn by_pages(
        &self,
        repo: &str,
        commit: &str,
        first: TreePage,
        turn: &mut ReadingTurn<'_>,
    ) -> Result<Result<Survey, Problems>, Failure> {
        let (mut survey, mut count, total) = (Survey::default(), 0, first.total);
        let tree = first.tree.clone();
        let mut page = first;
        for number in 2.. {
            count += page.entries.len();
            let is_last = !page.is_cut || page.entries.is_empty() || count >= total;
            survey.extend(page.entries.into_iter().map(entry));
            if survey.path_bytes() > MAX_PATHS {
                return Ok(Err(too_large(long_paths())));
            }
            turn.reserve(survey.path_bytes()).await;
            if is_last {
                break;
            }
            page = self.page(repo, commit, number).await?;
            if page.tree != tree {
                return Err(changing_tree());
            }
        }
        if count == total { Ok(Ok(survey)) } else { Err(changing_tree()) }
    }

    /// Reads the tree with git. Only what the commit itself exceeds is a verdict on it.
    async fn by_git(
        &self,
        repo: &str,
        commit: &str,
        known: VerdictContext<'_>,
    ) -> Result<Result<Survey, Problems>, Failure> {
        let _permit = known.verdicts.clones.acquire(Some(known.tenant)).await;
        let url = self.client.web_base().join(&format!("{}/{repo}.git", self.organisation));
        let Ok(url) = url else { return Err(unread_tree()) };
        let authorization = basic_authorization(self.bot, &self.read_token);
        let remote = GitRemote { url: url.as_str(), authorization: &authorization };
        match survey(remote, commit, known.limits).await {
            Ok(survey) => Ok(Ok(survey)),
            Err(UnreadRepository::Exceeded(complaint)) => Ok(Err(too_large(complaint))),
            Err(UnreadRepository::LargeObject) => {
                let complaint =
                    format!("has a folder or a commit message of more than {MAX_OBJECT_MIB} MiB");
                Ok(Err(too_large(complaint)))
            }
            Err(UnreadRepository::Unfiltered) => {
                tracing::warn!(
                    "Gitea does not allow partial clones, which large repositories need"
                );
                Err(unfiltered_clone())
            }
            Err(UnreadRepository::Failed(error)) => {
                tracing::warn!(%error, "a large repository could not be read with git");
                Err(unread_tree())
            }
        }
    }
}

fn entry(read: TreeEntry) -> Entry {
    Entry { mode: Mode::parse(&read.mode), path: read.path, id: read.hash, size: read.size }
}
