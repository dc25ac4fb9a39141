//! A budget that several processes share, under a clock that moves only when everybody waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_upstream::{BoxFuture, Grant, Limiter, Priority, Rate, RateBudget};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use crate::budget_fairness::{HOUR, SECOND, run_paused, serve, take_turns};

/// A rate whose calls are drawn in blocks of this size.
pub(crate) fn blocks(size: u32) -> Rate {
    Rate { per_minute: 40 * size, burst: 0 }
}

/// A count that earns `step` calls every `step` seconds, beginning with none, and takes its time
/// to answer.
pub(crate) struct Count {
    step: Option<u32>,
    begun: Instant,
    latency: Duration,
    pub(crate) log: Mutex<Log>,
}

/// The record of all draws.
#[derive(Default)]
pub(crate) struct Log {
    running: usize,
    /// The maximum number of draws at one time.
    pub(crate) together: usize,
    /// The number of calls that each draw asked for, in order.
    pub(crate) wants: Vec<u32>,
    /// All that was granted.
    pub(crate) granted: u32,
}

impl Count {
    pub(crate) fn new(step: u32, latency: Duration) -> Arc<Self> {
        let (begun, log) = (Instant::now(), Mutex::default());
        Arc::new(Self { step: Some(step), begun, latency, log })
    }

    /// A count that is never used up.
    pub(crate) fn unlimited(latency: Duration) -> Arc<Self> {
        let (begun, log) = (Instant::now(), Mutex::default());
        Arc::new(Self { step: None, begun, latency, log })
    }

    pub(crate) fn limiter(self: &Arc<Self>, block: u32) -> Limiter {
        Limiter::shared(Arc::<Self>::clone(self), blocks(block), None)
    }

    pub(crate) fn wants(&self) -> Vec<u32> {
        self.log.lock().unwrap().wants.clone()
    }

    fn earned_calls(&self) -> u32 {
        let seconds = u32::try_from(self.begun.elapsed().as_secs()).unwrap();
        self.step.map_or(u32::MAX, |step| seconds / step * step)
    }
}

impl RateBudget for Count {
    fn draw(&self, want: u32, _rate: Rate) -> BoxFuture<'_, Option<Grant>> {
        Box::pin(async move {
            {
                let mut log = self.log.lock().unwrap();
                log.wants.push(want);
                log.running += 1;
                log.together = log.together.max(log.running);
            }
            sleep(self.latency).await;
            let mut log = self.log.lock().unwrap();
            log.running -= 1;
            let calls = want.min(self.earned_calls() - log.granted);
            log.granted += calls;
            let retry_after = if calls > 0 { Duration::ZERO } else { SECOND / 10 };
            Some(Grant { calls, retry_after })
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Everybody who does not leave is served, in turns, with no more calls than were granted and
    /// not many fewer, by one draw at a time, whatever the count's pace and whoever leaves.
    #[test]
    fn waiting_shares_are_served_alternately_from_the_granted_calls(
        loads in prop::collection::vec(1_usize..30, 1..6),
        dropped in prop::collection::vec(any::<bool>(), 0..150),
        step in 1_u32..8,
        block in 1_u32..12,
        latency in 0_u64..900,
    ) {
        run_paused(async {
            let count = Count::new(step, Duration::from_millis(latency));
            let limiter = count.limiter(block);
            let served = serve(&limiter, &loads, &dropped).await;
            let calls: usize = loads.iter().sum();
            let left = dropped.iter().take(calls).filter(|left| **left).count();
            prop_assert_eq!(served.len(), calls - left);
            let log = count.log.lock().unwrap();
            let granted = usize::try_from(log.granted).unwrap();
            prop_assert!(served.len() <= granted, "{} of {granted}", served.len());
            prop_assert!(granted < served.len() + usize::try_from(block).unwrap());
            prop_assert!(log.wants.iter().all(|want| (1..=block).contains(want)));
            prop_assert!(log.together <= 1);
            drop(log);
            take_turns(&served)
        })?;
    }

    /// Several processes together make no more calls than they were granted.
    #[test]
    fn processes_together_make_no_more_calls_than_were_granted(
        loads in prop::collection::vec(1_usize..40, 1..5),
        step in 1_u32..20,
        block in 1_u32..12,
        patience in 1_u32..60,
    ) {
        run_paused(async {
            let count = Count::new(step, SECOND / 100);
            let calls: Vec<_> = loads
                .iter()
                .map(|load| (count.limiter(block), *load))
                .flat_map(|(limiter, load)| std::iter::repeat_n(limiter, load))
                .map(|limiter| tokio::spawn(async move { limiter.acquire("a", Priority::Urgent, SECOND * patience).await }))
                .collect();
            let mut served = 0;
            for call in calls {
                served += u32::from(call.await.unwrap().is_ok());
            }
            let log = count.log.lock().unwrap();
            prop_assert!(served <= log.granted && log.together <= loads.len());
            let most = u32::try_from(loads.iter().sum::<usize>()).unwrap();
            let earned = (patience - 1) / step * step;
            // The rest of one process's block is not available to the others.
            let kept = (block - 1) * u32::try_from(loads.len()).unwrap();
            prop_assert!(served + kept >= most.min(earned), "{served} of {most} with {earned}");
            Ok(())
        })?;
    }
}

#[test]
fn no_calls_are_drawn_while_drawn_ones_are_left() {
    run_paused(async {
        let count = Count::unlimited(SECOND / 100);
        let limiter = count.limiter(8);
        for call in 0..40_u32 {
            limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
            let granted = count.log.lock().unwrap().granted;
            assert!(granted > call && granted <= call + 8, "{granted} for {call}");
        }
        assert_eq!(count.wants(), [1, 2, 4, 8, 8, 8, 8, 8], "a block grows while it is used up");
    });
}

#[test]
fn unused_drawn_calls_expire_and_shrink_the_next_draw() {
    run_paused(async {
        let count = Count::unlimited(SECOND / 100);
        let limiter = count.limiter(8);
        for _ in 0..10 {
            limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
        }
        assert_eq!(count.wants(), [1, 2, 4, 8]);
        sleep(SECOND * 9).await;
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
        assert_eq!(count.wants().len(), 4, "still good");
        sleep(SECOND * 2).await;
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
        assert_eq!(count.wants(), [1, 2, 4, 8, 4], "as many as were used of the last");
    });
}

#[test]
fn calls_for_all_waiters_are_drawn_at_once() {
    run_paused(async {
        let count = Count::unlimited(SECOND);
        let limiter = count.limiter(50);
        let begun = Instant::now();
        assert_eq!(serve(&limiter, &[20, 10], &[]).await.len(), 30);
        assert_eq!(count.wants(), [30]);
        assert!(begun.elapsed() < SECOND * 2);
    });
}

#[test]
fn a_busy_share_does_not_delay_another() {
    run_paused(async {
        let count = Count::new(1, SECOND / 100);
        let limiter = count.limiter(1);
        let busy = limiter.clone();
        let busy = tokio::spawn(async move { serve(&busy, &[50], &[]).await });
        sleep(SECOND / 10).await;
        let begun = Instant::now();
        limiter.acquire("quiet", Priority::Urgent, HOUR).await.unwrap();
        assert!(begun.elapsed() <= SECOND * 3, "{:?}", begun.elapsed());
        busy.abort();
    });
}

#[test]
fn a_full_queue_refuses_only_calls_of_its_own_share() {
    run_paused(async {
        let count = Count::unlimited(SECOND);
        let limiter = count.limiter(100);
        let all = limiter.clone();
        let all = tokio::spawn(async move { serve(&all, &[64], &[]).await.len() });
        sleep(SECOND / 10).await;
        let begun = Instant::now();
        assert!(limiter.acquire("0", Priority::Urgent, HOUR).await.is_err());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        limiter.acquire("1", Priority::Urgent, HOUR).await.unwrap();
        assert_eq!(all.await.unwrap(), 64);
    });
}
