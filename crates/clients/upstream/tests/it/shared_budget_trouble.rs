//! A shared budget's count that is used up, can't be reached or hangs, and callers that go away.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use covibe_upstream::{BoxFuture, Grant, Limiter, Priority, Rate, RateBudget};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Instant, sleep};

use crate::budget_fairness::{HOUR, SECOND, run_paused, serve};
use crate::shared_budget::{Count, blocks};

/// A count that answers each draw with the result of a function of its number.
struct ScriptedBudget<F>(F, AtomicUsize);

impl<F: Fn(usize) -> BoxFuture<'static, Option<Grant>> + Send + Sync + 'static> ScriptedBudget<F> {
    fn new(answer: F) -> Arc<Self> {
        Arc::new(Self(answer, AtomicUsize::new(0)))
    }

    fn limiter(self: &Arc<Self>) -> Limiter {
        Limiter::shared(Arc::<Self>::clone(self), blocks(4), None)
    }

    fn draws(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl<F: Fn(usize) -> BoxFuture<'static, Option<Grant>> + Send + Sync + 'static> RateBudget
    for ScriptedBudget<F>
{
    fn draw(&self, _want: u32, _rate: Rate) -> BoxFuture<'_, Option<Grant>> {
        (self.0)(self.1.fetch_add(1, Ordering::SeqCst))
    }
}

fn at_once(grant: Option<Grant>) -> BoxFuture<'static, Option<Grant>> {
    Box::pin(std::future::ready(grant))
}

const ONE: Grant = Grant { calls: 1, retry_after: Duration::ZERO };

fn no_calls(retry_after: Duration) -> Grant {
    Grant { calls: 0, retry_after }
}

#[test]
fn a_draw_begun_by_a_cancelled_caller_serves_the_other_waiters() {
    run_paused(async {
        let count = Count::unlimited(SECOND);
        let limiter = count.limiter(4);
        let first = limiter.clone();
        let first = tokio::spawn(async move { first.acquire("a", Priority::Urgent, HOUR).await });
        sleep(SECOND / 4).await;
        let begun = Instant::now();
        let second = limiter.clone();
        let second = tokio::spawn(async move { second.acquire("b", Priority::Urgent, HOUR).await });
        sleep(SECOND / 4).await;
        first.abort();
        second.await.unwrap().unwrap();
        assert!(begun.elapsed() < SECOND);
        assert_eq!(count.wants(), [1]);
    });
}

#[test]
fn a_draw_begun_by_a_cancelled_only_caller_serves_the_next_caller() {
    run_paused(async {
        let count = Count::unlimited(SECOND);
        let limiter = count.limiter(4);
        let first = limiter.clone();
        let first = tokio::spawn(async move { first.acquire("a", Priority::Urgent, HOUR).await });
        sleep(SECOND / 2).await;
        first.abort();
        sleep(SECOND).await;
        let begun = Instant::now();
        limiter.acquire("b", Priority::Urgent, Duration::ZERO).await.unwrap();
        assert_eq!((begun.elapsed(), count.wants()), (Duration::ZERO, vec![1]));
    });
}

#[test]
fn a_cancelled_caller_passes_its_granted_call_to_the_next_waiter() {
    run_paused(async {
        let told =
            ScriptedBudget::new(|draw| at_once(Some(if draw == 0 { ONE } else { no_calls(HOUR) })));
        let limiter = told.limiter();
        let mut waker = Context::from_waker(Waker::noop());
        let mut second = pin!(limiter.acquire("b", Priority::Urgent, HOUR));
        {
            let mut first = pin!(limiter.acquire("a", Priority::Urgent, HOUR));
            assert!(first.as_mut().poll(&mut waker).is_pending());
            assert!(second.as_mut().poll(&mut waker).is_pending());
            sleep(SECOND).await;
            assert!(second.as_mut().poll(&mut waker).is_pending(), "the one call is the first's");
        }
        assert!(matches!(second.as_mut().poll(&mut waker), Poll::Ready(Ok(_))));
    });
}

#[test]
fn an_unreachable_rate_budget_refuses_all_calls_for_a_second() {
    run_paused(async {
        let told = ScriptedBudget::new(|draw| {
            Box::pin(async move {
                sleep(SECOND / 10).await;
                (draw > 0).then_some(ONE)
            })
        });
        let limiter = told.limiter();
        let begun = Instant::now();
        let both = tokio::join!(
            limiter.acquire("a", Priority::Urgent, HOUR),
            limiter.acquire("b", Priority::Urgent, HOUR)
        );
        for spent in [both.0.unwrap_err(), both.1.unwrap_err()] {
            assert_eq!(spent.retry_after, SECOND);
        }
        assert!(begun.elapsed() < SECOND / 5);
        sleep(SECOND / 2).await;
        let begun = Instant::now();
        let spent = limiter.acquire("a", Priority::Urgent, HOUR).await.unwrap_err();
        assert_eq!((begun.elapsed(), told.draws()), (Duration::ZERO, 1), "not asked again so soon");
        assert!(spent.retry_after <= SECOND / 2 && !spent.retry_after.is_zero());
        sleep(spent.retry_after).await;
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
    });
}

#[test]
fn a_rate_budget_that_hangs_times_out_and_is_asked_again_later() {
    run_paused(async {
        let told = ScriptedBudget::new(|draw| match draw {
            0 => Box::pin(std::future::pending()),
            _ => at_once(Some(ONE)),
        });
        let limiter = told.limiter();
        let begun = Instant::now();
        assert_eq!(
            limiter.acquire("a", Priority::Urgent, HOUR).await.unwrap_err().retry_after,
            SECOND
        );
        assert!(begun.elapsed() <= SECOND * 2 + SECOND / 100);
        sleep(SECOND).await;
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
    });
}

#[test]
fn a_panicking_draw_refuses_its_waiters_and_the_next_call_succeeds() {
    run_paused(async {
        let told = ScriptedBudget::new(|draw| {
            assert!(draw > 0, "the panic that is meant");
            at_once(Some(ONE))
        });
        let limiter = told.limiter();
        assert!(
            !limiter.acquire("a", Priority::Urgent, HOUR).await.unwrap_err().retry_after.is_zero()
        );
        limiter.acquire("a", Priority::Urgent, SECOND).await.unwrap();
    });
}

#[test]
fn an_exhausted_rate_budget_delays_patient_calls_and_refuses_others_at_once() {
    run_paused(async {
        let told = ScriptedBudget::new(|draw| {
            at_once(Some(if draw == 0 { no_calls(SECOND * 5) } else { ONE }))
        });
        let limiter = told.limiter();
        let begun = Instant::now();
        let patient = limiter.clone();
        let patient =
            tokio::spawn(async move { patient.acquire("a", Priority::Urgent, HOUR).await });
        sleep(SECOND).await;
        let spent = limiter.acquire("b", Priority::Urgent, SECOND).await.unwrap_err();
        assert_eq!((begun.elapsed(), spent.retry_after), (SECOND, SECOND * 4));
        patient.await.unwrap().unwrap();
        assert!(begun.elapsed() >= SECOND * 5 && begun.elapsed() < SECOND * 6);
        assert_eq!(told.draws(), 2);
    });
}

#[test]
fn a_rate_budget_that_grants_nothing_is_asked_a_bounded_number_of_times() {
    run_paused(async {
        let told = ScriptedBudget::new(|_| at_once(Some(no_calls(Duration::ZERO))));
        let spent = told.limiter().acquire("a", Priority::Urgent, SECOND).await.unwrap_err();
        assert!(!spent.retry_after.is_zero() && told.draws() <= 51, "{}", told.draws());
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_waiter_draws_itself_when_the_runtime_of_the_drawing_caller_has_ended() {
    let told = ScriptedBudget::new(|draw| match draw {
        0 => Box::pin(std::future::pending()),
        _ => at_once(Some(ONE)),
    });
    let (limiter, ending) = (told.limiter(), runtime());
    ending.block_on(async {
        let drawing = limiter.clone();
        tokio::spawn(async move { drawing.acquire("a", Priority::Urgent, HOUR).await });
        while told.draws() == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    });
    let (queued, waits) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        runtime().block_on(async {
            let mut turn = pin!(limiter.acquire("b", Priority::Urgent, HOUR));
            assert!(turn.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            queued.send(()).unwrap();
            turn.await
        })
    });
    waits.recv().unwrap();
    let begun = Instant::now();
    drop(ending);
    waiter.join().unwrap().unwrap();
    assert!(begun.elapsed() < SECOND, "sooner than a draw that hangs is given up");
    assert_eq!(told.draws(), 2);
}

/// Tries to draw on the runtime that is just ending.
struct DrawsOnDrop(Limiter);

impl Drop for DrawsOnDrop {
    fn drop(&mut self) {
        let mut turn = pin!(self.0.acquire("late", Priority::Urgent, HOUR));
        let turn = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(turn, Poll::Ready(Err(_))), "{turn:?}");
    }
}

#[test]
fn a_draw_on_an_ending_runtime_fails_and_leaves_the_limiter_usable() {
    let told = ScriptedBudget::new(|_| at_once(Some(ONE)));
    let (limiter, ending) = (told.limiter(), runtime());
    let late = DrawsOnDrop(limiter.clone());
    ending.block_on(async {
        tokio::spawn(async move {
            let _late = late;
            std::future::pending::<()>().await;
        });
        sleep(Duration::from_millis(1)).await;
    });
    drop(ending);
    assert_eq!(told.draws(), 0);
    runtime().block_on(serve(&limiter, &[1], &[]));
    assert_eq!(told.draws(), 1);
}
