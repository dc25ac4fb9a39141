//! The turns of tenants to do work that takes long.

use std::panic::resume_unwind;
use std::thread;

use covibe_domain::{Failure, KeyedSemaphore, SharedPermits, TenantId};
use tokio::task::spawn_blocking;

/// The turns of each tenant to do work that takes long of what all cells share: one call of a tenant does it at a time,
/// and the others wait.
#[derive(Debug, Default)]
pub(crate) struct TenantTurns {
    /// Searching the audit: without an index of what is searched for, it may read the whole chain.
    pub(crate) audit_searches: KeyedSemaphore<TenantId>,
    /// Verifying the audit's chain.
    pub(crate) audit_verifications: KeyedSemaphore<TenantId>,
    /// Storing the batch of a companion, which is compared with those of other worktrees.
    pub(crate) activity_batches: KeyedSemaphore<TenantId>,
    /// Looking up domains for searches and orders, each of which is a call of the registrar, who answers few at once.
    pub(crate) domain_searches: KeyedSemaphore<TenantId>,
    /// Judging files and commits, making packs of commits, and comparing the activity of worktrees.
    pub(crate) judgements: Judgements,
}

/// Judgements of what tenants write: they only compute, and run on threads of their own, so that calls of others are
/// answered meanwhile.
///
/// A thread has 2 MiB of stack, which is enough: the depth of what is judged is limited, and the tests of the deepest
/// texts have 1 MiB.
#[derive(Debug)]
pub(crate) struct Judgements {
    permits: SharedPermits<TenantId>,
}

impl Default for Judgements {
    /// One core is left to others, where there are several.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::at_once(cores.saturating_sub(1).max(1))
    }
}

impl Judgements {
    fn at_once(number: usize) -> Self {
        Self { permits: SharedPermits::with_one_per_key(number) }
    }

    /// Judges on another thread, once it is the tenant's turn: a tenant has only one judgement at a time. If the caller is
    /// gone, a judgement that has begun goes on, and keeps its permit until it ends.
    ///
    /// # Errors
    ///
    /// Unready if the server stops.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        tenant: &TenantId,
        judge: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = self.permits.acquire(Some(tenant)).await;
        let judged = spawn_blocking(move || {
            let judged = judge();
            drop(permit);
            judged
        });
        match judged.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(judged) => Ok(judged),
            Err(Ok(panic)) => resume_unwind(panic),
            Err(Err(_)) => Err(Failure::unready("The server is stopping.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    /// Returns a judgement that lasts until something is sent, which it returns; and the message that it has begun.
    fn long_judgement() -> (
        impl FnOnce() -> Option<&'static str> + Send + 'static,
        oneshot::Receiver<()>,
        mpsc::Sender<&'static str>,
    ) {
        let (report_start, begun) = oneshot::channel();
        let (end, result) = mpsc::channel();
        let judge = move || {
            report_start.send(()).ok()?;
            result.recv_timeout(Duration::from_secs(30)).ok()
        };
        (judge, begun, end)
    }

    /// The runtime of this test has one thread.
    #[tokio::test]
    async fn calls_are_answered_while_a_judgement_runs() {
        let judgements = Judgements::at_once(1);
        let (judge, begun, end) = long_judgement();
        let mark = "ten_mark".parse().unwrap();
        let other_call = async {
            begun.await.unwrap();
            end.send("judged").unwrap();
        };
        let (judged, ()) = tokio::join!(judgements.run(&mark, judge), other_call);
        assert_eq!(judged, Ok(Some("judged")));
    }

    #[tokio::test]
    async fn judgements_of_two_tenants_run_at_the_same_time_and_those_of_one_in_turn() {
        let judgements = Judgements::at_once(2);
        let (judge, begun, end) = long_judgement();
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let mut long = Box::pin(judgements.run(&mark, judge));
        assert!((&mut long).now_or_never().is_none());
        begun.await.unwrap();
        let mut next = Box::pin(judgements.run(&mark, || 1));
        assert!((&mut next).now_or_never().is_none());
        assert_eq!(judgements.run(&justine, || 2).await, Ok(2));
        end.send("judged").unwrap();
        assert_eq!(long.await, Ok(Some("judged")));
        assert_eq!(next.await, Ok(1));
    }

    #[tokio::test]
    async fn a_judgement_keeps_its_permit_until_it_ends_if_its_caller_is_gone() {
        let judgements = Judgements::at_once(1);
        let (judge, begun, end) = long_judgement();
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let mut gone = Box::pin(judgements.run(&mark, judge));
        assert!((&mut gone).now_or_never().is_none());
        begun.await.unwrap();
        drop(gone);
        let mut next = Box::pin(judgements.run(&justine, || 1));
        assert!((&mut next).now_or_never().is_none());
        end.send("judged").unwrap();
        assert_eq!(next.await, Ok(1));
    }
}
