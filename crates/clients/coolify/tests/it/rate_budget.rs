//! Calls are counted before they are made, here or where several processes count them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use covibe_coolify::{BoxFuture, Cause, Client, Config, Grant, Rate, RateBudget};
use covibe_sandbox::coolify::{Options, Version, start};

use crate::simulated_coolify::options;

#[tokio::test]
async fn the_clients_own_rate_limit_refuses_calls_before_coolify_does() {
    // Fails only where another test installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let simulator =
        start(Options { budget_per_minute: Some(4), ..options(Version::V4_3) }).await.unwrap();
    let mut config = Config::new(simulator.url.parse().unwrap(), simulator.token.clone());
    config.per_minute = 4;
    let client = Client::new(config).unwrap().for_share("mark");
    let error = loop {
        if let Err(error) = client.version().await {
            break error;
        }
    };
    assert!(matches!(error.cause, Cause::Limited { ours: true, .. }), "{error}");
    let statuses: Vec<_> = simulator.requests().iter().map(|request| request.status).collect();
    assert!(
        !statuses.is_empty() && statuses.iter().all(|status| *status == Some(200)),
        "{statuses:?}"
    );
}

/// So many calls for all who draw, and no more.
#[derive(Default)]
struct LimitedBudget(AtomicU32);

const FEW: u32 = 5;

impl RateBudget for LimitedBudget {
    fn draw(&self, want: u32, _rate: Rate) -> BoxFuture<'_, Option<Grant>> {
        Box::pin(async move {
            let before = self.0.fetch_add(want, Ordering::SeqCst);
            let calls = FEW.saturating_sub(before).min(want);
            Some(Grant { calls, retry_after: Duration::from_mins(1) })
        })
    }
}

#[tokio::test]
async fn clients_that_share_a_rate_budget_make_no_more_calls_than_it_allows() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let simulator = start(options(Version::V4_3)).await.unwrap();
    let budget: Arc<dyn RateBudget> = Arc::new(LimitedBudget::default());
    let mut config = Config::new(simulator.url.parse().unwrap(), simulator.token.clone());
    config.rate_budget = Some(Arc::clone(&budget));
    assert!(format!("{config:?}").contains("RateBudget"));
    let clients = [(); 2].map(|()| Client::new(config.clone()).unwrap().for_share("mark"));
    // At the same time, because each waits for its turn before the first refusal.
    let refused = clients.map(async |client| {
        let mut refused = 0;
        for _ in 0..10 {
            if let Err(error) = client.version().await {
                assert!(matches!(error.cause, Cause::Limited { ours: true, .. }), "{error}");
                refused += 1;
            }
        }
        refused
    });
    let refused: usize = futures_util::future::join_all(refused).await.into_iter().sum();
    assert_eq!((simulator.requests().len(), refused), (5, 15));
}

/// Makes calls until one is not made, but not more than `most`; returns how many were made.
async fn count_made(config: Config, most: usize) -> usize {
    let client = Client::new(config).unwrap().for_share("mark");
    for made in 0..most {
        if let Err(error) = client.version().await {
            assert!(matches!(error.cause, Cause::Limited { ours: true, .. }), "{error}");
            return made;
        }
    }
    most
}

#[tokio::test]
async fn a_higher_rate_limit_is_learned_from_the_first_answer_up_to_the_maximum() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options { budget_per_minute: Some(1_000), ..options(Version::V4_3) };
    let simulator = start(options).await.unwrap();
    let mut config = Config::new(simulator.url.parse().unwrap(), simulator.token.clone());
    config.per_minute = 4;
    assert_eq!(count_made(config.clone(), 300).await, 300);
    config.most_per_minute = Some(4);
    assert!(count_made(config, 300).await < 8);
    assert!(simulator.requests().iter().all(|request| request.status == Some(200)));
}
