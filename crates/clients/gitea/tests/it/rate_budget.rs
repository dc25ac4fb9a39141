//! The rate budget of Gitea's account.

use std::time::Duration;

use covibe_gitea::{Cause, Client, Config, Rate, Share};

use crate::call_catalog::{ADMIN, World, config};

#[tokio::test]
async fn calls_of_all_shares_count_against_one_rate_limit() {
    let World { simulator, .. } = World::new().await;
    let rate = Rate { per_minute: 1, burst: 1 };
    let config = config(&simulator, ADMIN, simulator.token.clone(), Duration::from_secs(10));
    let client = Client::new(Config { rate, ..config }).unwrap();
    client.for_share(Share::new("acme", "shop")).version().await.unwrap();
    let error = client.for_share(Share::new("beta", "blog")).version().await.unwrap_err();
    assert!(matches!(error.cause, Cause::Limited { ours: true, .. }), "{error}");
}
