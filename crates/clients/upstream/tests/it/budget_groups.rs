//! Fairness among groups of shares, under a clock that moves only when everybody waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_upstream::{Limiter, Priority, Rate, Share, WaitLimits};
use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::budget_fairness::{HOUR, SECOND, run_paused, take_turns};

/// The longest waits of calls in these tests.
const PATIENCE: WaitLimits =
    WaitLimits { first: Duration::from_secs(15), further: Duration::from_secs(8) };

/// The number of a share's calls by outcome.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    made: u32,
    refused: u32,
    refused_at_once: u32,
}

/// Tallies by tenant and workspace.
type Tallies = Arc<Mutex<BTreeMap<(usize, usize), Tally>>>;

/// Makes calls one after the other for some minutes.
async fn work(limiter: Limiter, of: (usize, usize), tallies: Tallies) {
    let share = Share::new(&of.0.to_string(), &of.1.to_string());
    let begun = Instant::now();
    while begun.elapsed() < SECOND * 300 {
        let asked = Instant::now();
        let turn = limiter.acquire(&share, Priority::Urgent, PATIENCE).await;
        {
            let mut tallies = tallies.lock().unwrap();
            let tally = tallies.entry(of).or_default();
            tally.made += u32::from(turn.is_ok());
            tally.refused += u32::from(turn.is_err());
            tally.refused_at_once += u32::from(turn.is_err() && asked.elapsed().is_zero());
        }
        // An agent does not retry at once.
        sleep(if turn.is_ok() { SECOND / 10 } else { SECOND }).await;
    }
}

/// Returns the tallies of tenants with so many workspaces, each with so many agents.
async fn compete(workspaces: &[usize], agents: usize) -> BTreeMap<(usize, usize), Tally> {
    let limiter = Limiter::new(Rate::within_limit(200), None);
    let (tallies, mut all) = (Tallies::default(), JoinSet::new());
    for (tenant, count) in workspaces.iter().enumerate() {
        for workspace in 0..*count {
            for _ in 0..agents {
                all.spawn(work(limiter.clone(), (tenant, workspace), Arc::clone(&tallies)));
            }
        }
    }
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
    Arc::into_inner(tallies).unwrap().into_inner().unwrap()
}

#[test]
fn a_tenant_with_one_workspace_gets_half_of_the_calls_alongside_one_with_21() {
    run_paused(async {
        let tallies = compete(&[21, 1], 8).await;
        let made = |tenant| -> u32 {
            let own = tallies.iter().filter(|(of, _)| of.0 == tenant);
            own.map(|(_, tally)| tally.made).sum()
        };
        // Three hundred seconds bring 750 calls, beside the 50 that are made at once.
        let (many, one) = (made(0), made(1));
        assert!(one >= 375 && many >= 375 && many + one <= 830, "{many} and {one}");
        assert_eq!(tallies[&(1, 0)].refused, 0);
        let own: Vec<_> = (0..21).map(|workspace| tallies[&(0, workspace)].made).collect();
        let (least, most) = (own.iter().min().unwrap(), own.iter().max().unwrap());
        // The first six make the calls at once, because nobody waits yet.
        assert!(*least >= 17 && *most <= *least + 10, "{own:?}");
    });
}

#[test]
fn the_only_agent_of_a_workspace_is_never_refused_at_once() {
    run_paused(async {
        for workspaces in [[21, 1], [45, 1], [100, 1]] {
            let tallies = compete(&workspaces, 1).await;
            assert!(tallies.values().all(|tally| tally.refused_at_once == 0), "{tallies:?}");
            assert!(tallies.values().all(|tally| tally.made > 0), "{tallies:?}");
            let alone = tallies[&(1, 0)];
            assert!(alone.refused == 0 && alone.made > 300, "{alone:?}");
        }
    });
}

#[test]
fn forty_tenants_get_nearly_equal_numbers_of_calls() {
    run_paused(async {
        let tallies = compete(&[1; 40], 4).await;
        let made: Vec<_> = tallies.values().map(|tally| tally.made).collect();
        assert!(made.iter().all(|made| (15..=25).contains(made)), "{made:?}");
    });
}

#[test]
fn a_call_that_would_wait_too_long_fails_after_the_maximum_wait() {
    run_paused(async {
        let limiter = Limiter::new(Rate { per_minute: 6, burst: 1 }, None);
        limiter.acquire("first", Priority::Urgent, HOUR).await.unwrap();
        let before = limiter.clone();
        let before =
            tokio::spawn(async move { before.acquire("before", Priority::Urgent, HOUR).await });
        sleep(SECOND).await;
        let begun = Instant::now();
        let spent = limiter.acquire("a", Priority::Urgent, PATIENCE).await.unwrap_err();
        let excess = begun.elapsed().checked_sub(SECOND * 15).unwrap();
        assert!(excess < SECOND / 100, "{excess:?}");
        assert!(spent.retry_after <= SECOND * 4, "{spent:?}");
        before.await.unwrap().unwrap();
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Groups take turns, and so do the shares of each group, whoever leaves.
    #[test]
    fn groups_are_served_alternately_and_so_are_the_shares_of_each_group(
        loads in prop::collection::vec(prop::collection::vec(1_usize..12, 1..6), 1..5),
        dropped in prop::collection::vec(any::<bool>(), 0..150),
    ) {
        run_paused(async {
            let limiter = Limiter::new(Rate { per_minute: 60, burst: 1 }, None);
            limiter.acquire("first", Priority::Urgent, HOUR).await.unwrap();
            let served = Arc::new(Mutex::new(Vec::new()));
            let mut calls = JoinSet::new();
            for (group, loads) in loads.iter().enumerate() {
                for (share, load) in loads.iter().enumerate() {
                    for _ in 0..*load {
                        let (limiter, served) = (limiter.clone(), Arc::clone(&served));
                        let leaves = dropped.get(calls.len()).copied().unwrap_or(false);
                        let time = if leaves { SECOND / 2 } else { HOUR * 2 };
                        calls.spawn(async move {
                            let name = Share::new(&group.to_string(), &share.to_string());
                            let turn = limiter.acquire(&name, Priority::Urgent, HOUR);
                            if let Ok(turn) = timeout(time, turn).await {
                                turn.unwrap();
                                served.lock().unwrap().push((group, share));
                            }
                        });
                    }
                }
            }
            while let Some(ended) = calls.join_next().await {
                ended.unwrap();
            }
            let served = served.lock().unwrap().clone();
            let in_turn = |of: &dyn Fn(&(usize, usize)) -> Option<usize>| {
                let own = served.iter().filter_map(of).map(|name| (name, Duration::ZERO));
                take_turns(&own.collect::<Vec<_>>())
            };
            in_turn(&|(group, _)| Some(*group))?;
            for group in 0..loads.len() {
                in_turn(&|(of, share)| (*of == group).then_some(*share))?;
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}
