//! Fairness of the budget, under a clock that moves only when everybody waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_upstream::{Limiter, Priority, Rate};
use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A limiter whose upstream never states its limit.
fn limiter(per_minute: u32, burst: u32) -> Limiter {
    Limiter::new(Rate { per_minute, burst }, None)
}

/// Runs under a paused clock.
pub(crate) fn run_paused<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(run)
}

/// Returns the served shares in order, each with the time; `loads` is share → number of calls made
/// at once.
pub(crate) async fn serve(
    limiter: &Limiter,
    loads: &[usize],
    dropped: &[bool],
) -> Vec<(usize, Duration)> {
    let begun = Instant::now();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut calls = Vec::new();
    for (share, load) in loads.iter().enumerate() {
        for _ in 0..*load {
            let (limiter, served) = (limiter.clone(), Arc::clone(&served));
            let impatient = dropped.get(calls.len()).copied().unwrap_or(false);
            calls.push(tokio::spawn(async move {
                let name = share.to_string();
                let turn = limiter.acquire(name.as_str(), Priority::Urgent, HOUR);
                let turn =
                    if impatient { timeout(SECOND / 2, turn).await.ok() } else { Some(turn.await) };
                if let Some(turn) = turn {
                    turn.unwrap();
                    served.lock().unwrap().push((share, begun.elapsed()));
                }
            }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }
    served.lock().unwrap().clone()
}

/// Checks that, as long as two shares both wait, neither is ahead of the other by more than one
/// call.
pub(crate) fn take_turns(served: &[(usize, Duration)]) -> Result<(), TestCaseError> {
    let mut waiting: BTreeMap<usize, usize> = BTreeMap::new();
    for (share, _) in served {
        *waiting.entry(*share).or_default() += 1;
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (share, _) in served {
        let mine = *counts.entry(*share).and_modify(|count| *count += 1).or_insert(1);
        for other in waiting.keys() {
            let theirs = counts.get(other).copied().unwrap_or(0);
            prop_assert!(
                theirs == waiting[other] || mine <= theirs + 1,
                "{share} ahead of {other}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// As long as two shares both wait, neither is ahead of the other by more than one call, no
    /// token is lost or made, and dropped waiters cost nobody a turn.
    #[test]
    fn waiting_shares_are_served_alternately_at_the_rate_of_the_budget(
        loads in prop::collection::vec(1_usize..30, 1..6),
        dropped in prop::collection::vec(any::<bool>(), 0..150),
    ) {
        run_paused(async {
            let limiter = limiter(60, 1);
            limiter.acquire("first", Priority::Urgent, HOUR).await.unwrap();
            let served = serve(&limiter, &loads, &dropped).await;
            for (turn, (_, at)) in served.iter().enumerate() {
                let due = SECOND * u32::try_from(turn + 1).unwrap();
                prop_assert!(*at >= due && *at < due + Duration::from_millis(5), "turn {turn} at {at:?}");
            }
            take_turns(&served)
        })?;
    }

    #[test]
    fn a_minute_allows_at_most_the_rate_plus_the_burst(per_minute in 1_u32..300, burst in 1_u32..100) {
        run_paused(async {
            let limiter = limiter(per_minute, burst);
            let (begun, mut calls) = (Instant::now(), 0);
            while begun.elapsed() < SECOND * 60 {
                if limiter.acquire("a", Priority::Urgent, Duration::ZERO).await.is_ok() { calls += 1 } else { sleep(SECOND / 20).await }
            }
            // The loop looks every 50 ms, and may so miss that much of each token's time.
            let least = 60_000 / (60_000 / per_minute + 51);
            prop_assert!(calls <= per_minute + burst && calls >= least.max(burst), "{calls}");
            Ok(())
        })?;
    }
}

#[test]
fn a_busy_share_does_not_delay_another() {
    run_paused(async {
        let limiter = limiter(60, 1);
        limiter.acquire("busy", Priority::Urgent, HOUR).await.unwrap();
        let busy: Vec<_> = (0..50)
            .map(|_| {
                let limiter = limiter.clone();
                tokio::spawn(async move { limiter.acquire("busy", Priority::Urgent, HOUR).await })
            })
            .collect();
        sleep(Duration::from_millis(1)).await;
        let begun = Instant::now();
        limiter.acquire("quiet", Priority::Urgent, HOUR).await.unwrap();
        assert!(begun.elapsed() <= SECOND * 2 + Duration::from_millis(5));
        for call in busy {
            call.abort();
        }
    });
}

#[test]
fn a_call_without_a_timely_turn_fails_at_once_with_its_retry_after() {
    run_paused(async {
        let limiter = limiter(60, 1);
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
        let begun = Instant::now();
        let spent = limiter.acquire("a", Priority::Urgent, SECOND / 2).await.unwrap_err();
        assert_eq!((begun.elapsed(), spent.retry_after), (Duration::ZERO, SECOND));
        sleep(spent.retry_after).await;
        limiter.acquire("a", Priority::Urgent, Duration::ZERO).await.unwrap();
    });
}

#[test]
fn a_full_queue_refuses_only_calls_of_its_own_share() {
    run_paused(async {
        let limiter = limiter(60, 1);
        limiter.acquire("a", Priority::Urgent, HOUR).await.unwrap();
        let waiting: Vec<_> = (0..64)
            .map(|_| {
                let limiter = limiter.clone();
                tokio::spawn(async move { limiter.acquire("a", Priority::Urgent, HOUR).await })
            })
            .collect();
        sleep(Duration::from_millis(1)).await;
        let begun = Instant::now();
        assert!(limiter.acquire("a", Priority::Urgent, HOUR).await.is_err());
        assert_eq!(begun.elapsed(), Duration::ZERO);
        limiter.acquire("b", Priority::Urgent, HOUR).await.unwrap();
        for call in waiting {
            call.abort();
        }
    });
}
