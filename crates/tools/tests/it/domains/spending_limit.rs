//! The daily spending limits of a company, which its workspaces share, and of all companies together.

use covibe_domain::Money;
use covibe_sandbox::opensrs::TroubleKind;
use covibe_store::Backend;
use covibe_testkit::{Agent, Options, World};
use futures_util::future::join_all;
use serde_json::json;

use super::{
    debits_of, expect_failure, expect_success, order, order_with, orders_sent, paid, trouble,
};

/// A world where a tenant may spend so many cents on domains in 24 hours.
async fn limited(backend: Backend, cents: i64) -> Option<World> {
    let domain_daily_limit = Some(Money::usd(cents));
    let options = Options { backend, ..Options::default() };
    World::start(options.with_settings(|it| it.domain_daily_limit = domain_daily_limit)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_beyond_the_companys_daily_spending_limit_are_refused() {
    let world = limited(Backend::Sqlite, 3_000).await.expect("SQLite is built in");
    for domain in ["one.com", "two.com"] {
        expect_success(&world, "domains.register", order(domain)).await;
    }
    let answer =
        expect_failure(&world.mark.agent, "domains.register", &order("three.com"), 422).await;
    for word in ["14.50", "30.00", "29.00", "company", "Nothing was bought", "operator"] {
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
    }
    let agreed = json!({ "maxPrice": { "amount": 1_450, "currency": "USD" } });
    expect_failure(&world.mark.agent, "domains.register", &order_with("three.com", agreed), 422)
        .await;
    assert_eq!(orders_sent(&world), 2);
    // It is not an attempt: nobody is kept from it, and what is bought is still answered.
    let justines = world.justine.agent.compact("domains.register", &order("three.com")).await;
    justines.expect("another company spends its own");
    expect_success(&world, "domains.register", order("two.com")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workspaces_of_a_tenant_share_the_daily_spending_limit() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited(backend, 3_000).await else { continue };
        let annex = world.sibling(&world.mark, "annex").await;
        for (agent, domain) in [(&world.mark.agent, "one.com"), (&annex.agent, "two.com")] {
            let bought = agent.compact("domains.register", &order(domain)).await;
            bought.expect("the company may spend this much");
        }
        for agent in [&world.mark.agent, &annex.agent] {
            let answer = expect_failure(agent, "domains.register", &order("three.com"), 422).await;
            assert!(answer.text.contains("29.00"), "{backend:?} {}", answer.text);
        }
        let justines = world.justine.agent.compact("domains.register", &order("three.com")).await;
        justines.expect("another company spends its own");
        assert_eq!(orders_sent(&world), 3, "{backend:?}");
        let debits = debits_of(&world, &[&world.mark, &annex, &world.justine]).await;
        assert_eq!((paid(&world).len(), debits.len()), (3, 3), "{backend:?} {debits:?}");
        world.stop().await;
    }
}

/// Orders a domain, and returns the answer's status.
async fn order_status(agent: &Agent, domain: &str) -> u16 {
    agent.compact_raw("domains.register", &order(domain)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_orders_of_two_workspaces_cannot_exceed_the_daily_spending_limit() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited(backend, 3_000).await else { continue };
        let annex = world.sibling(&world.mark, "annex").await;
        let names: Vec<_> = (0..6).map(|number| format!("at-once-{number}.com")).collect();
        let agents = [&world.mark.agent, &annex.agent].into_iter().cycle();
        let calls = names.iter().zip(agents).map(|(name, agent)| order_status(agent, name));
        let mut statuses = join_all(calls).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 422, 422, 422, 422], "{backend:?}");
        assert_eq!((paid(&world).len(), orders_sent(&world)), (2, 2), "{backend:?}");
        let debits = debits_of(&world, &[&world.mark, &annex]).await;
        assert_eq!(debits.len(), 2, "{backend:?} {debits:?}");
        world.stop().await;
    }
}

/// A world where all tenants together may spend so many cents on domains in 24 hours.
async fn limited_for_all(backend: Backend, cents: i64) -> Option<World> {
    let limit = Some(Money::usd(cents));
    let options = Options { backend, ..Options::default() };
    World::start(options.with_settings(|it| it.domain_daily_limit_of_all = limit)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn companies_share_the_daily_spending_limit_of_the_server() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited_for_all(backend, 3_000).await else { continue };
        for (agent, domain) in [(&world.mark.agent, "one.com"), (&world.justine.agent, "two.com")] {
            let bought = agent.compact("domains.register", &order(domain)).await;
            bought.expect("the companies may spend this much");
        }
        for agent in [&world.mark.agent, &world.justine.agent] {
            let answer = expect_failure(agent, "domains.register", &order("three.com"), 422).await;
            for word in ["14.50", "together", "Nothing was bought", "operator", "LIMIT_ALL"] {
                assert!(answer.text.contains(word), "{backend:?} {word}: {}", answer.text);
            }
            assert!(!answer.text.contains("29.00"), "what others have spent: {}", answer.text);
        }
        assert_eq!(orders_sent(&world), 2, "{backend:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_orders_of_two_companies_cannot_exceed_the_limit_of_the_server() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = limited_for_all(backend, 3_000).await else { continue };
        let names: Vec<_> = (0..6).map(|number| format!("at-once-{number}.com")).collect();
        let agents = [&world.mark.agent, &world.justine.agent].into_iter().cycle();
        let calls = names.iter().zip(agents).map(|(name, agent)| order_status(agent, name));
        let mut statuses = join_all(calls).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 422, 422, 422, 422], "{backend:?}");
        assert_eq!((paid(&world).len(), orders_sent(&world)), (2, 2), "{backend:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_order_counts_only_once_towards_the_daily_limits_when_it_is_released() {
    let limit = Some(Money::usd(2_000));
    let options = Options::default().with_settings(|it| {
        (it.domain_daily_limit, it.domain_daily_limit_of_all) = (limit, limit);
    });
    let world = World::start(options).await.expect("SQLite is built in");
    trouble(&world, "sw_register", TroubleKind::Held);
    expect_failure(&world.mark.agent, "domains.register", &order("broke.com"), 503).await;
    expect_failure(&world.mark.agent, "domains.register", &order("other.com"), 422).await;
    let bought = expect_success(&world, "domains.register", order("broke.com")).await;
    assert_eq!((&bought["status"], orders_sent(&world)), (&json!("registered"), 1), "{bought}");
}
