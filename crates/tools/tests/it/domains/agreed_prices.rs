//! Nothing is bought at a price that nobody agreed to.

use covibe_domain::Money;
use covibe_testkit::{Options, World};
use serde_json::json;

use super::{debits, expect_failure, expect_success, order, order_with, orders_sent, paid};

#[tokio::test(flavor = "multi_thread")]
async fn a_premium_domain_is_bought_only_with_a_sufficient_max_price() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let answer = expect_failure(agent, "domains.register", &order("premium.com"), 422).await;
    for word in ["2500.00", "premium", "maxPrice", "Nothing was bought"] {
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
    }
    for (amount, currency) in [(249_999, "USD"), (0, "USD"), (900_000, "CAD")] {
        let price = json!({ "maxPrice": { "amount": amount, "currency": currency } });
        let answer = agent.compact_raw("domains.register", &order_with("premium.com", price)).await;
        assert!([400, 422].contains(&answer.status), "{amount} {currency}: {}", answer.text);
    }
    assert_eq!(orders_sent(&world), 0);
    let price = json!({ "maxPrice": { "amount": 250_000, "currency": "USD" } });
    let bought = expect_success(&world, "domains.register", order_with("premium.com", price)).await;
    assert_eq!(bought["price"], json!({ "amount": 250_000, "currency": "USD" }), "{bought}");
    assert_eq!(paid(&world), ["premium.com/250000"]);
}

/// Two years of `.ai` cost more than the usual limit, and one year is not sold.
#[tokio::test(flavor = "multi_thread")]
async fn a_raised_minimum_term_is_reported_before_anything_is_bought() {
    let world = World::embedded().await;
    let params = order_with("agents.ai", json!({ "period": 1 }));
    let answer = expect_failure(&world.mark.agent, "domains.register", &params, 422).await;
    for word in ["2 years", "222.00 USD", "Nothing was bought"] {
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
    }
    assert_eq!(orders_sent(&world), 0);
    let searched =
        expect_success(&world, "domains.search", json!({ "names": ["agents.ai"], "period": 1 }))
            .await;
    let price = &searched["domains"][0]["price"];
    assert_eq!((&searched["domains"][0]["period"], &price["amount"]), (&json!(2), &json!(22_200)));
    let agreed = order_with("agents.ai", json!({ "period": 1, "maxPrice": price }));
    let bought = expect_success(&world, "domains.register", agreed).await;
    assert_eq!((&bought["period"], &bought["price"]), (&json!(2), price), "{bought}");
    assert_eq!(paid(&world), ["agents.ai/22200"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whois_privacy_is_included_in_the_price() {
    let world = World::embedded().await;
    let private = json!({ "period": 2, "whoisPrivacy": true });
    let bought =
        expect_success(&world, "domains.register", order_with("hidden.com", private)).await;
    assert_eq!(
        (&bought["whoisPrivacy"], &bought["price"]["amount"]),
        (&json!(true), &json!(3_500))
    );
    assert_eq!(paid(&world), ["hidden.com/3500"]);
    assert_eq!(debits(&world).await, paid(&world));
    let private = order_with("hidden.io", json!({ "whoisPrivacy": true }));
    let answer = expect_failure(&world.mark.agent, "domains.register", &private, 400).await;
    assert!(answer.text.contains("whoisPrivacy"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_max_price_below_the_usual_price_is_respected() {
    let world = World::embedded().await;
    let low = json!({ "maxPrice": { "amount": 1_449, "currency": "USD" } });
    let params = order_with("cheap.com", low);
    let answer = expect_failure(&world.mark.agent, "domains.register", &params, 422).await;
    assert!(answer.text.contains("14.50 USD"), "{}", answer.text);
    assert_eq!(orders_sent(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_period_that_no_registry_sells_is_refused() {
    let world = World::embedded().await;
    for period in [json!(0), json!(11), json!(-1), json!(1.5), json!("one")] {
        let params = order_with("long.com", json!({ "period": period }));
        expect_failure(&world.mark.agent, "domains.register", &params, 400).await;
    }
    assert_eq!(world.registrar.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_max_price_cannot_exceed_the_operators_limit_on_agreed_prices() {
    let options = Options::default().with_settings(|it| {
        it.domain_agreed_price_limit = Some(Money::usd(22_200));
    });
    let world = World::start(options).await.expect("SQLite is built in");
    let price = json!({ "maxPrice": { "amount": 500_000, "currency": "USD" } });
    for params in [order("premium.com"), order_with("premium.com", price.clone())] {
        let answer = expect_failure(&world.mark.agent, "domains.register", &params, 422).await;
        for word in ["2500.00", "222.00 USD", "Nothing was bought", "operator"] {
            assert!(answer.text.contains(word), "{word}: {}", answer.text);
        }
        assert!(!answer.text.contains("maxPrice"), "no price helps: {}", answer.text);
    }
    assert_eq!(orders_sent(&world), 0);
    let agreed = order_with("agents.ai", price);
    let bought = expect_success(&world, "domains.register", agreed).await;
    assert_eq!(bought["price"]["amount"], json!(22_200), "{bought}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_agreed_prices_below_the_usual_limit_changes_nothing() {
    let options = Options::default().with_settings(|it| {
        it.domain_agreed_price_limit = Some(Money::usd(100));
    });
    let world = World::start(options).await.expect("SQLite is built in");
    let agreed = json!({ "maxPrice": { "amount": 1_450, "currency": "USD" } });
    expect_success(&world, "domains.register", order_with("usual.com", agreed)).await;
    let answer =
        expect_failure(&world.mark.agent, "domains.register", &order("premium.com"), 422).await;
    assert!(answer.text.contains("at most 50.00 USD"), "{}", answer.text);
}
