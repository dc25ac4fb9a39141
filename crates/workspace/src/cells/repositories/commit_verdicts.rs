//! The verdicts on commits. A commit never changes, so that its verdict can be kept.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, SharedPermits, TenantId};
use covibe_repository::Verdict;
use covibe_upstream::SingleFlights;
use parking_lot::Mutex;

use super::kept_verdicts::{CommitOf, KeptVerdicts};
use super::reading_turns::ReadingTurns;

/// The maximum number of commits that are being judged or wait for it and whose judgements are shared.
const CAPACITY: usize = 2_000;

/// The maximum number of clones that are made at the same time; one tenant makes only one of them.
const CLONES: usize = 2;

/// The verdicts of a cell's Gitea.
#[derive(Debug)]
pub(crate) struct CommitVerdicts {
    kept: Mutex<KeptVerdicts>,
    /// The judgements under way, each of which is shared by the calls that wait for it.
    running: SingleFlights<CommitOf, Arc<Verdict>, Failure>,
    /// The turns to read a commit and to judge it.
    pub(crate) turns: ReadingTurns,
    /// The permits to clone.
    pub(crate) clones: SharedPermits<TenantId>,
}

impl Default for CommitVerdicts {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            running: SingleFlights::new(Duration::ZERO, CAPACITY),
            turns: ReadingTurns::default(),
            clones: SharedPermits::with_one_per_key(CLONES),
        }
    }
}

impl CommitVerdicts {
    /// Returns the verdict on a tenant's commit, from `judge` if it is not known.
    pub(crate) async fn get(
        &self,
        tenant: &TenantId,
        of: &CommitOf,
        judge: impl Future<Output = Result<Arc<Verdict>, Failure>> + Send,
    ) -> Result<Arc<Verdict>, Failure> {
        let known = self.kept.lock().get(tenant, of);
        if let Some(known) = known {
            return Ok(known);
        }
        let judge = Box::pin(judge);
        let judged = async {
            let verdict = judge.await?;
            self.kept.lock().keep(tenant, of, &verdict);
            Ok::<_, Failure>(verdict)
        };
        Box::pin(self.running.get(of, Box::pin(judged))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks for the verdict on a commit, which a judgement would return, and returns whether it was judged.
    async fn is_judged(
        verdicts: &CommitVerdicts,
        tenant: &str,
        outcome: Result<Verdict, Failure>,
    ) -> bool {
        let (tenant, of) = (tenant.parse().unwrap(), ("shop/site".to_owned(), "c0ffee".to_owned()));
        let mut is_judged = false;
        let judge = async {
            is_judged = true;
            outcome.map(Arc::new)
        };
        let _outcome = verdicts.get(&tenant, &of, judge).await;
        is_judged
    }

    #[tokio::test]
    async fn a_commit_is_judged_until_there_is_a_verdict() {
        let verdicts = CommitVerdicts::default();
        let failure = Failure::unready("Gitea does not answer.");
        assert!(is_judged(&verdicts, "ten_mark", Err(failure)).await);
        assert!(is_judged(&verdicts, "ten_mark", Ok(Verdict::default())).await);
        assert!(!is_judged(&verdicts, "ten_mark", Ok(Verdict::default())).await);
        assert!(is_judged(&verdicts, "ten_justine", Ok(Verdict::default())).await);
    }
}
