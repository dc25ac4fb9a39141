//! The daily spending limit of a workspace.

use covibe_domain::Money;
use covibe_store::Backend;
use covibe_testkit::{Options, World};
use futures_util::future::join_all;
use serde_json::json;

use super::{debits, expect_failure, expect_success, order, order_with, orders_sent, paid};

/// A world where a workspace may spend so many cents on domains in 24 hours.
async fn limited(backend: Backend, cents: i64) -> Option<World> {
    let domain_daily_limit = Some(Money::usd(cents));
    let options = Options { backend, ..Options::default() };
    World::start(options.with_settings(|it| it.domain_daily_limit = domain_daily_limit)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_beyond_the_workspaces_daily_spending_limit_are_refused() {
    let world = limited(Backend::Sqlite, 3_000).await.expect("SQLite is built in");
    for domain in ["one.com", "two.com"] {
        expect_success(&world, "domains.register", order(domain)).await;
    }
    let answer =
        expect_failure(&world.mark.agent, "domains.register", &order("three.com"), 422).await;
    for word in ["14.50", "30.00", "29.00", "Nothing was bought", "operator"] {
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
    }
    let agreed = json!({ "maxPrice": { "amount": 1_450, "currency": "USD" } });
    expect_failure(&world.mark.agent, "domains.register", &order_with("three.com", agreed), 422)
        .await;
    assert_eq!(orders_sent(&world), 2);
    // It is not an attempt: nobody is kept from it, and what is bought is still answered.
    let justines = world.justine.agent.compact("domains.register", &order("three.com")).await;
    justines.expect("another workspace spends its own");
    expect_success(&world, "domains.register", order("two.com")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_orders_cannot_exceed_the_daily_spending_limit() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited(backend, 3_000).await else { continue };
        let names: Vec<_> = (0..6).map(|number| format!("at-once-{number}.com")).collect();
        let agent = &world.mark.agent;
        let calls = names
            .iter()
            .map(async |name| agent.compact_raw("domains.register", &order(name)).await.status);
        let mut statuses = join_all(calls).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 422, 422, 422, 422], "{backend:?}");
        assert_eq!((paid(&world).len(), debits(&world).await.len()), (2, 2));
        world.stop().await;
    }
}
