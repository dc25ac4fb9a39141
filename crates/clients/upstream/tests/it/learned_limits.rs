//! Learning the rate limit from an upstream's answers, under a clock that moves only when everybody
//! waits.

use std::time::Duration;

use covibe_upstream::{CallPermit, Limiter, Priority, Rate, RateLimitState};
use tokio::time::{Instant, sleep};

use crate::budget_fairness::{SECOND, run_paused};

const MINUTE: Duration = Duration::from_mins(1);

/// An upstream that counts in windows as Laravel does.
struct Upstream {
    limit: u32,
    begun: Option<Instant>,
    used: u32,
    refused: u32,
}

impl Upstream {
    fn with_limit(limit: u32) -> Self {
        Self { limit, begun: None, used: 0, refused: 0 }
    }

    /// Serves a call and returns the state of the rate limit in its answer.
    fn serve(&mut self) -> RateLimitState {
        let begun = self.begun.filter(|begun| begun.elapsed() < MINUTE);
        let begun = begun.unwrap_or_else(|| {
            self.used = 0;
            Instant::now()
        });
        self.begun = Some(begun);
        let limit = Some(self.limit);
        if self.used >= self.limit {
            self.refused += 1;
            let refused_for = Some(MINUTE.saturating_sub(begun.elapsed()) + SECOND);
            return RateLimitState { limit, remaining: Some(0), refused_for };
        }
        self.used += 1;
        RateLimitState { limit, remaining: Some(self.limit - self.used), refused_for: None }
    }
}

fn limiter() -> Limiter {
    Limiter::new(Rate::within_limit(200), None)
}

async fn pass(limiter: &Limiter) -> Option<CallPermit> {
    limiter.acquire("a", Priority::Urgent, Duration::ZERO).await.ok()
}

/// Makes as many calls as the limiter lets through for so long; returns their number.
async fn saturate(limiter: &Limiter, upstream: &mut Upstream, time: Duration) -> u32 {
    let (begun, mut made) = (Instant::now(), 0);
    while begun.elapsed() < time {
        match pass(limiter).await {
            Some(pass) => {
                pass.record_answer(upstream.serve());
                made += 1;
            }
            None => sleep(SECOND / 20).await,
        }
    }
    made
}

#[test]
fn the_upstreams_rate_limit_is_learned_and_nearly_used_up_without_refusals() {
    run_paused(async {
        for limit in [10, 60, 200, 2_000] {
            let (limiter, mut upstream) = (limiter(), Upstream::with_limit(limit));
            let first = saturate(&limiter, &mut upstream, MINUTE).await;
            assert!(first <= limit + 1, "{first} of {limit}");
            let later = saturate(&limiter, &mut upstream, MINUTE * 10).await;
            assert!(later > limit * 17 / 2, "{later} calls of {limit} a minute in ten minutes");
            // The rate that was assumed before the first answer may exceed a low limit.
            assert!(upstream.refused <= u32::from(limit < 50), "{} of {limit}", upstream.refused);
        }
    });
}

#[test]
fn half_of_the_learned_limit_per_minute_may_be_used_at_once() {
    run_paused(async {
        let (limiter, mut upstream) = (limiter(), Upstream::with_limit(200));
        let mut made = 0;
        while let Some(pass) = pass(&limiter).await {
            pass.record_answer(upstream.serve());
            made += 1;
        }
        assert_eq!(made, 100);
    });
}

#[test]
fn polls_may_use_more_of_the_limit_towards_the_end_of_a_window() {
    run_paused(async {
        let (limiter, mut upstream) = (limiter(), Upstream::with_limit(200));
        pass(&limiter).await.unwrap().record_answer(upstream.serve());
        let (spare, mut made) = (limiter.spare(), 0);
        assert_eq!(spare, 49);
        sleep(MINUTE * 11 / 12).await;
        while let Ok(pass) = limiter.acquire("a", Priority::Poll, Duration::ZERO).await {
            pass.record_answer(upstream.serve());
            made += 1;
        }
        assert!((70..=80).contains(&made), "{made}");
        assert!(pass(&limiter).await.is_some(), "some are left");
    });
}

#[test]
fn no_more_calls_are_made_than_the_operators_limit_allows() {
    run_paused(async {
        let limiter = Limiter::new(Rate::within_limit(30), Some(30));
        let mut upstream = Upstream::with_limit(2_000);
        for _ in 0..5 {
            let made = saturate(&limiter, &mut upstream, MINUTE).await;
            assert!((20..=46).contains(&made), "{made}");
        }
    });
}

#[test]
fn calls_use_only_the_part_of_the_limit_that_another_client_leaves() {
    run_paused(async {
        let (limiter, mut upstream) = (limiter(), Upstream::with_limit(200));
        let (mut made, mut refused) = (0, 0);
        for _ in 0..240 {
            // The other makes 120 calls a minute.
            upstream.serve();
            let before = upstream.refused;
            made += saturate(&limiter, &mut upstream, SECOND / 2).await;
            refused += upstream.refused - before;
        }
        assert!(refused <= 2, "{refused} of {made} calls were refused in two minutes");
    });
}

#[test]
fn calls_wait_as_long_as_a_refusal_asks() {
    run_paused(async {
        let (limiter, mut upstream) = (limiter(), Upstream::with_limit(200));
        upstream.used = 200;
        upstream.begun = Some(Instant::now());
        sleep(SECOND * 10).await;
        pass(&limiter).await.unwrap().record_answer(upstream.serve());
        let wait = limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap_err().retry_after;
        assert_eq!(wait, SECOND * 51);
        sleep(wait).await;
        pass(&limiter).await.unwrap().record_answer(upstream.serve());
        assert_eq!(upstream.refused, 1);
    });
}

#[test]
fn a_refusal_blocks_calls_for_about_a_minute_at_most() {
    run_paused(async {
        let limiter = limiter();
        let told =
            RateLimitState { limit: Some(200), remaining: Some(0), refused_for: Some(MINUTE * 60) };
        pass(&limiter).await.unwrap().record_answer(told);
        assert!(pass(&limiter).await.is_none());
        sleep(MINUTE).await;
        assert!(pass(&limiter).await.is_none(), "the window may last that long");
        sleep(SECOND * 2).await;
        assert!(pass(&limiter).await.is_some());
    });
}

#[test]
fn a_refusal_for_another_reason_delays_no_other_call() {
    run_paused(async {
        let limiter = limiter();
        let refused_for = Some(MINUTE);
        for remaining in [Some(150), None] {
            let told = RateLimitState { limit: Some(200), remaining, refused_for };
            pass(&limiter).await.unwrap().record_answer(told);
            assert!(pass(&limiter).await.is_some(), "{remaining:?}");
        }
    });
}

/// Answers each call alike, and returns how many pass in ten minutes after the first.
async fn pace(told: RateLimitState) -> u32 {
    let limiter = limiter();
    let mut made = 0;
    let begun = Instant::now();
    while begun.elapsed() < MINUTE * 11 {
        match pass(&limiter).await {
            Some(pass) => {
                pass.record_answer(told);
                made += u32::from(begun.elapsed() > MINUTE);
            }
            None => sleep(SECOND / 20).await,
        }
    }
    made
}

#[test]
fn implausible_rate_limit_headers_do_not_stop_calls() {
    run_paused(async {
        let told = |limit, remaining| RateLimitState { limit, remaining, refused_for: None };
        for told in [
            RateLimitState::default(),
            told(Some(0), Some(0)),
            told(None, Some(0)),
            told(Some(200), None),
            told(Some(200), Some(u32::MAX)),
            // A count that stands still.
            told(Some(200), Some(0)),
            told(Some(200), Some(200)),
            told(Some(200), Some(120)),
        ] {
            let made = pace(told).await;
            assert!((1_300..=2_000).contains(&made), "{told:?}: {made}");
        }
    });
}

#[test]
fn an_enormous_announced_limit_is_capped() {
    run_paused(async {
        let limiter = limiter();
        let told = RateLimitState {
            limit: Some(u32::MAX),
            remaining: Some(u32::MAX - 1),
            refused_for: None,
        };
        pass(&limiter).await.unwrap().record_answer(told);
        let mut made = 0;
        while let Some(pass) = pass(&limiter).await {
            pass.record_answer(told);
            made += 1;
        }
        assert!((1_000..=60_000).contains(&made), "{made}");
    });
}
