//! Judges commits of the organisation's repositories.

mod api_tree_reading;
mod git_tree_reading;
mod oversized_commits;

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::{Failure, TenantId};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_repository::{MAX_BLOB, MAX_SUBMODULES, Submodule, Verdict};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use self::oversized_commits::too_large;
use super::Gitea;
use crate::cells::CommitVerdicts;
use crate::platform::Judgements;
use crate::settings::TreeLimits;

/// The size limit of all blobs that are read to judge a commit, in bytes.
const MAX_BLOBS_TOTAL: usize = 16 << 20;

/// The number of blobs that are read concurrently.
const CONCURRENCY: usize = 8;

/// The cached verdicts, and the limits of reading others.
#[derive(Clone, Copy)]
pub(crate) struct VerdictContext<'a> {
    /// The verdicts.
    pub(crate) verdicts: &'a CommitVerdicts,
    /// The turns to judge what was read.
    pub(crate) judgements: &'a Judgements,
    /// The tenant whose commit it is.
    pub(crate) tenant: &'a TenantId,
    /// The limits of trees.
    pub(crate) limits: TreeLimits,
}

impl Gitea<'_> {
    /// Returns the verdict on a commit, given by its full hash, and on its submodules.
    ///
    /// # Errors
    ///
    /// Rejected if a submodule's repository or commit does not exist.
    pub(crate) async fn verdict(
        &self,
        repo: &Owned<Repo>,
        commit: &str,
        known: VerdictContext<'_>,
    ) -> Result<Verdict, Failure> {
        let mut whole = (*self.own_verdict(&repo.name, commit, known).await?).clone();
        let mut open = whole.submodules().to_vec();
        let mut judged = 0;
        while let Some(next) = open.pop() {
            judged += 1;
            if judged > MAX_SUBMODULES {
                return Ok(whole.with_too_many_submodules());
            }
            let other = self.submodule(&next, known).await?;
            let below = |inner: &Submodule| Submodule {
                path: format!("{}/{}", next.path, inner.path),
                ..inner.clone()
            };
            open.extend(other.submodules().iter().map(below));
            whole = whole.with_submodule(&next, &other);
        }
        Ok(whole)
    }

    /// Returns the verdict on a submodule.
    async fn submodule(
        &self,
        at: &Submodule,
        known: VerdictContext<'_>,
    ) -> Result<Arc<Verdict>, Failure> {
        let (repo, _) = self.present_repository(&at.repository).await?;
        let commit = self.commit(&repo, &at.commit).await?;
        self.own_verdict(&repo.name, &commit, known).await
    }

    async fn own_verdict(
        &self,
        repo: &str,
        commit: &str,
        known: VerdictContext<'_>,
    ) -> Result<Arc<Verdict>, Failure> {
        let of = (format!("{}/{repo}", self.organisation), commit.to_owned());
        known
            .verdicts
            .get(known.tenant, &of, async { Ok(Arc::new(self.judge(repo, commit, known).await?)) })
            .await
    }

    async fn judge(
        &self,
        repo: &str,
        commit: &str,
        known: VerdictContext<'_>,
    ) -> Result<Verdict, Failure> {
        let mut turn = known.verdicts.turns.begin(known.tenant).await;
        let survey = match self.survey(repo, commit, known, &mut turn).await? {
            Ok(survey) => survey,
            Err(problems) => return Ok(Verdict::from_problems(problems)),
        };
        let excess = || {
            let complaint = "has more than 16 MiB in the files that have to be checked";
            Ok(Verdict::from_problems(too_large(complaint.to_owned())))
        };
        if survey.wanted_bytes() > MAX_BLOBS_TOTAL as u64 {
            return excess();
        }
        let paths = survey.path_bytes();
        let known_bytes = usize::try_from(survey.wanted_bytes()).unwrap_or(MAX_BLOBS_TOTAL);
        turn.reserve(paths + known_bytes).await;
        let wanted: Vec<_> = survey.wanted().map(str::to_owned).collect();
        let read = async |id: String| {
            let read = self.reader().blob(self.organisation, repo, &id, MAX_BLOB).await;
            Ok::<_, Failure>(self.reword_failure(read).await?.map(|content| (id, content)))
        };
        let mut reads = stream::iter(wanted).map(read).buffer_unordered(CONCURRENCY);
        let (mut blobs, mut bytes) = (HashMap::new(), 0);
        while let Some(read) = reads.try_next().await? {
            let Some((id, content)) = read else { continue };
            bytes += content.len();
            if bytes > MAX_BLOBS_TOTAL {
                return excess();
            }
            // Gitea may report smaller sizes than it sends.
            turn.reserve(paths + bytes).await;
            blobs.insert(id, content);
        }
        known.judgements.run(known.tenant, move || survey.verdict(&blobs)).await
    }
}
