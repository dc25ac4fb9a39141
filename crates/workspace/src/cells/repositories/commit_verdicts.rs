//! The verdicts on commits. A commit never changes, so that its verdict can be kept.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Failure;
use covibe_repository::Verdict;
use covibe_upstream::SingleFlights;

use super::work_permits::Permits;

/// The time for which a verdict is kept.
const LIFETIME: Duration = Duration::from_hours(24);

/// The maximum number of verdicts that are kept; beyond it all are evicted.
const CAPACITY: usize = 2_000;

/// The maximum number of commits that are judged at the same time. The calls of one tenant judge
/// one after the other.
const JUDGEMENTS: usize = 4;

/// The maximum number of clones that are made at the same time; one tenant makes only one of them.
const CLONES: usize = 2;

/// A repository, `owner/name`, and the full hash of a commit.
pub(crate) type CommitOf = (String, String);

/// The verdicts of a cell's Gitea.
#[derive(Debug)]
pub(crate) struct CommitVerdicts {
    known: SingleFlights<CommitOf, Arc<Verdict>, Failure>,
    /// The permits to judge a commit, which reads up to 16 MiB.
    pub(crate) judgements: Permits,
    /// The permits to clone.
    pub(crate) clones: Permits,
}

impl Default for CommitVerdicts {
    fn default() -> Self {
        Self {
            known: SingleFlights::new(LIFETIME, CAPACITY),
            judgements: Permits::new(JUDGEMENTS),
            clones: Permits::new(CLONES),
        }
    }
}

impl CommitVerdicts {
    /// Returns the verdict on a commit, from `judge` if it is not known.
    pub(crate) async fn get(
        &self,
        of: &CommitOf,
        judge: impl Future<Output = Result<Arc<Verdict>, Failure>> + Send,
    ) -> Result<Arc<Verdict>, Failure> {
        Box::pin(self.known.get(of, Box::pin(judge))).await
    }
}
