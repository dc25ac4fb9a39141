//! Urgent calls are made before polls, under a clock that moves only when everybody waits.

use std::time::Duration;

use covibe_upstream::{Limiter, Priority, Rate, WaitLimits};
use tokio::time::{Instant, sleep};

use crate::budget_fairness::{HOUR, SECOND, run_paused};
use crate::shared_budget::Count;

/// A limiter of a call a second, whose burst of four is used up.
async fn empty() -> Limiter {
    let limiter = Limiter::new(Rate { per_minute: 60, burst: 4 }, None);
    for _ in 0..4 {
        limiter.acquire("first", Priority::Urgent, Duration::ZERO).await.unwrap();
    }
    limiter
}

fn begin(
    limiter: &Limiter,
    share: &'static str,
    priority: Priority,
) -> tokio::task::JoinHandle<Duration> {
    let (limiter, begun) = (limiter.clone(), Instant::now());
    tokio::spawn(async move {
        limiter.acquire(share, priority, HOUR).await.unwrap();
        begun.elapsed()
    })
}

#[test]
fn an_urgent_call_is_made_before_earlier_polls() {
    run_paused(async {
        let limiter = empty().await;
        let polls: Vec<_> = (0..20).map(|_| begin(&limiter, "polling", Priority::Poll)).collect();
        sleep(SECOND / 10).await;
        let waited = begin(&limiter, "person", Priority::Urgent).await.unwrap();
        assert!(waited <= SECOND, "{waited:?}");
        for poll in polls {
            poll.abort();
        }
    });
}

#[test]
fn polls_use_at_most_half_of_the_burst() {
    run_paused(async {
        let limiter = Limiter::new(Rate { per_minute: 60, burst: 10 }, None);
        let at_once = async |priority| {
            let mut made = 0;
            while limiter.acquire("a", priority, Duration::ZERO).await.is_ok() {
                made += 1;
            }
            made
        };
        assert_eq!(limiter.spare(), 5);
        assert_eq!(at_once(Priority::Poll).await, 5);
        assert_eq!(limiter.spare(), 0);
        assert_eq!(at_once(Priority::Urgent).await, 5);
    });
}

#[test]
fn a_poll_is_made_in_time_despite_a_long_queue_of_urgent_calls() {
    run_paused(async {
        let limiter = empty().await;
        let urgent: Vec<_> = (0..60).map(|_| begin(&limiter, "busy", Priority::Urgent)).collect();
        sleep(SECOND / 10).await;
        let waited = begin(&limiter, "polling", Priority::Poll).await.unwrap();
        assert!(waited >= SECOND * 3 && waited <= SECOND * 6, "{waited:?}");
        for call in urgent {
            call.abort();
        }
    });
}

/// Returns the longest wait of somebody who polls every 2.5 s beside tenants that make one call after the other.
async fn slowest_poll(limiter: Limiter, busy: usize) -> Duration {
    for tenant in 0..busy {
        let limiter = limiter.clone();
        tokio::spawn(async move {
            loop {
                limiter.acquire(&*tenant.to_string(), Priority::Urgent, HOUR).await.unwrap();
                sleep(SECOND / 10).await;
            }
        });
    }
    sleep(SECOND * 60).await;
    let patience = WaitLimits { first: SECOND * 15, further: SECOND * 8 };
    let mut slowest = Duration::ZERO;
    for _ in 0..100 {
        let begun = Instant::now();
        let turn = limiter.acquire("polling", Priority::Poll, patience).await;
        assert!(turn.is_ok(), "{turn:?} after {:?}, beside {busy}", begun.elapsed());
        slowest = slowest.max(begun.elapsed());
        sleep(SECOND * 5 / 2).await;
    }
    slowest
}

/// With known windows, the part that polls leave to urgent calls is worth half a minute.
#[test]
fn polls_are_made_within_five_seconds_alongside_any_number_of_busy_tenants() {
    for (per_minute, busy) in [(100, 1), (100, 6), (100, 24), (200, 24), (200, 200)] {
        let rate = Rate { per_minute, burst: 100 };
        let slowest = run_paused(async { slowest_poll(Limiter::new(rate, None), busy).await });
        assert!(slowest <= SECOND * 5, "{slowest:?} beside {busy} at {per_minute} a minute");
    }
}

#[test]
fn polls_are_made_within_ten_seconds_if_processes_share_the_rate_budget() {
    for busy in [1, 6, 24] {
        let count = || Count::new(2, SECOND / 20).limiter(1);
        let slowest = run_paused(async { slowest_poll(count(), busy).await });
        assert!(slowest <= SECOND * 10, "{slowest:?} beside {busy}");
    }
}

/// The aged polls of many tenants take every second turn, and no more.
#[test]
fn urgent_calls_get_half_of_the_turns_alongside_many_polling_tenants() {
    run_paused(async {
        let limiter = empty().await;
        let names: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        for name in names {
            let limiter = limiter.clone();
            tokio::spawn(async move {
                loop {
                    limiter.acquire(&*name, Priority::Poll, HOUR).await.unwrap();
                }
            });
        }
        sleep(SECOND * 10).await;
        let begun = Instant::now();
        for _ in 0..10 {
            limiter.acquire("person", Priority::Urgent, HOUR).await.unwrap();
        }
        assert!(begun.elapsed() <= SECOND * 21, "{:?}", begun.elapsed());
    });
}

/// Further polls of the same tenant come with their tenant's turn.
#[test]
fn a_tenant_with_many_polls_does_not_use_turns_of_other_tenants() {
    run_paused(async {
        let limiter = empty().await;
        let busy: Vec<_> = (0..40).map(|_| begin(&limiter, "busy", Priority::Urgent)).collect();
        let polls: Vec<_> = (0..40).map(|_| begin(&limiter, "polling", Priority::Poll)).collect();
        let slowest = async |calls: Vec<tokio::task::JoinHandle<Duration>>| {
            let mut slowest = Duration::ZERO;
            for call in calls {
                slowest = slowest.max(call.await.unwrap());
            }
            slowest
        };
        let busy = slowest(busy).await;
        assert!(busy <= SECOND * 80, "{busy:?}");
        let polls = slowest(polls).await;
        assert!(polls <= SECOND * 81, "{polls:?}");
    });
}

#[test]
fn a_second_poll_is_not_refused_because_of_other_tenants_urgent_calls() {
    run_paused(async {
        let limiter = empty().await;
        let urgent: Vec<_> = (0..60).map(|_| begin(&limiter, "busy", Priority::Urgent)).collect();
        let first = begin(&limiter, "polling", Priority::Poll);
        sleep(SECOND / 10).await;
        limiter.acquire("polling", Priority::Poll, SECOND * 12).await.unwrap();
        first.await.unwrap();
        for call in urgent {
            call.abort();
        }
    });
}

#[test]
fn the_retry_after_of_a_refusal_is_a_minute_at_most() {
    run_paused(async {
        let limiter = Limiter::new(Rate { per_minute: 6, burst: 1 }, None);
        let urgent: Vec<_> = (0..60).map(|_| begin(&limiter, "busy", Priority::Urgent)).collect();
        sleep(SECOND / 10).await;
        let refused = limiter.acquire("busy", Priority::Urgent, SECOND).await.unwrap_err();
        assert_eq!(refused.retry_after, 60 * SECOND);
        for call in urgent {
            call.abort();
        }
    });
}

#[test]
fn no_calls_are_reported_as_spare_while_a_call_waits() {
    run_paused(async {
        let limiter = empty().await;
        let poll = begin(&limiter, "polling", Priority::Poll);
        sleep(SECOND / 2).await;
        assert_eq!(limiter.spare(), 0);
        poll.await.unwrap();
        sleep(SECOND * 10).await;
        assert_eq!(limiter.spare(), 2);
    });
}
