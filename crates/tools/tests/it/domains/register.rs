//! `domains.register`, and what is told of a domain afterwards.

use covibe_testkit::{Options, World};
use serde_json::json;

use super::{debits, events, expect_failure, expect_success, order, order_with, orders_sent, paid};

#[tokio::test(flavor = "multi_thread")]
async fn repeated_registrations_of_a_domain_buy_it_once() {
    let world = World::embedded().await;
    let bought = expect_success(&world, "domains.register", order("Shop-Of-Mark.com")).await;
    assert_eq!(
        (&bought["domain"], &bought["status"]),
        (&json!("shop-of-mark.com"), &json!("registered"))
    );
    assert_eq!((&bought["period"], &bought["price"]["amount"]), (&json!(1), &json!(1_450)));
    assert!(bought["orderId"].is_string() && bought["expiresAt"].is_string(), "{bought}");
    for _ in 0..3 {
        assert_eq!(
            expect_success(&world, "domains.register", order("shop-of-mark.com")).await,
            bought
        );
    }
    assert_eq!(orders_sent(&world), 1);
    assert_eq!(paid(&world), ["shop-of-mark.com/1450"]);
    assert_eq!(debits(&world).await, ["shop-of-mark.com/1450"]);
    assert_eq!(events(&world, "shop-of-mark.com").await, ["register.attempt", "register.success"]);

    let listed = expect_success(&world, "domains.list", json!({})).await;
    assert_eq!(listed["domains"], json!([bought]), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_registrations_of_a_domain_buy_it_once() {
    let world = World::embedded().await;
    let calls = (0..8).map(|_| expect_success(&world, "domains.register", order("once.com")));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((orders_sent(&world), paid(&world)), (1, vec!["once.com/1450".to_owned()]));
    assert_eq!(debits(&world).await, ["once.com/1450"]);
}

/// An order that is refused for its price costs nothing, so its look-ups could keep the registrar from other tenants.
#[tokio::test(flavor = "multi_thread")]
async fn orders_of_a_tenant_are_looked_up_one_at_a_time() {
    let world = World::embedded().await;
    let hold = world.registrar.hold("POST", "/");
    let orders = (0..4).map(|number| {
        expect_success(&world, "domains.register", order(&format!("queued{number}.com")))
    });
    let beside = async {
        hold.arrived().await;
        let names = json!({ "names": ["beside.com", "another.com", "third.com"] });
        let found = world.justine.agent.compact("domains.search", &names).await;
        assert_eq!(found.expect("an answer")["domains"][2]["available"], true);
        let sent = orders_sent(&world);
        hold.release();
        sent
    };
    let (bought, sent) = tokio::join!(futures_util::future::join_all(orders), beside);
    assert_eq!((sent, bought.len(), orders_sent(&world)), (0, 4, 4));
}

/// The registrar calls it taken then, and it is this workspace's.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_overtaken_by_another_call_returns_the_same_domain() {
    let world = World::embedded().await;
    let other = world.process().await;
    let hold = world.registrar.hold("POST", "/");
    let overtaken = expect_success(&world, "domains.register", order("raced.com"));
    let overtaking = async {
        hold.arrived().await;
        let bought = other.call(&world.mark, "domains.register", order("raced.com")).await;
        hold.release();
        bought.expect("a domain")
    };
    let (overtaken, bought) = tokio::join!(overtaken, overtaking);
    assert_eq!((overtaken, orders_sent(&world)), (bought, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_domain_requires_the_canadian_presence_fields() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let answer = expect_failure(agent, "domains.register", &order("maple.ca"), 400).await;
    for word in ["ca", "cprCategory", "legalType", "CCO", "CCT"] {
        assert!(answer.text.contains(word), "{word}: {}", answer.text);
    }
    let wrong =
        order_with("maple.ca", json!({ "ca": { "cprCategory": "XYZ", "legalType": "XYZ" } }));
    let answer = expect_failure(agent, "domains.register", &wrong, 400).await;
    assert!(answer.text.contains("CCT"), "{}", answer.text);
    assert_eq!(orders_sent(&world), 0);
    let right =
        order_with("maple.ca", json!({ "ca": { "cprCategory": "CCT", "legalType": "CCT" } }));
    let bought = expect_success(&world, "domains.register", right).await;
    assert_eq!(bought["status"], "registered", "{bought}");
}

/// The registry would refuse what costs a call and tells nobody which field it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_contact_is_refused_by_field_before_any_request() {
    let world = World::embedded().await;
    for (field, wrong) in [
        ("phone", "613 555 0123"),
        ("email", "ada at example"),
        ("country", "C1"),
        ("state", "Ontario"),
        ("postalCode", "12345"),
        ("city", " "),
        ("lastName", "a\nb"),
    ] {
        let mut params = order("fine.com");
        params["contact"][field] = json!(wrong);
        let answer = expect_failure(&world.mark.agent, "domains.register", &params, 400).await;
        assert!(answer.text.contains(field), "{field}: {}", answer.text);
        let is_told = answer.text.contains(wrong.trim()) && !wrong.trim().is_empty();
        assert!(!is_told, "what is wrong is personal: {}", answer.text);
    }
    assert_eq!(world.registrar.requests().len(), 0);
    expect_failure(&world.mark.agent, "domains.get", &json!({ "domain": "fine.com" }), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_of_somebody_else_is_a_conflict() {
    let world = World::embedded().await;
    world.registrar.set(covibe_sandbox::opensrs::Rival { domain: "theirs.com".to_owned() });
    let answer =
        expect_failure(&world.mark.agent, "domains.register", &order("theirs.com"), 409).await;
    assert!(answer.text.contains("already registered"), "{}", answer.text);
    assert_eq!((orders_sent(&world), debits(&world).await.len()), (0, 0));
    let listed = expect_success(&world, "domains.list", json!({})).await;
    assert_eq!(listed["domains"], json!([]));
}

/// A workspace that owned the base domain could take the hosts of all others.
#[tokio::test(flavor = "multi_thread")]
async fn domains_of_the_installation_are_neither_quoted_nor_bought_nor_attached() {
    let options =
        Options { gitea_public_url: Some("https://git.vibn.io".to_owned()), ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    for name in ["vibnai.com", "www.vibnai.com", "git.vibn.io", "vibn.io"] {
        let found =
            expect_success(&world, "domains.search", json!({ "names": [name, "free.com"] })).await;
        let (own, free) = (&found["domains"][0], &found["domains"][1]);
        assert!(own["error"].as_str().is_some_and(|why| why.contains("not for sale")), "{own}");
        assert!(own.get("price").is_none() && free["available"] == true, "{found}");
        let answer = expect_failure(agent, "domains.register", &order(name), 422).await;
        assert!(answer.text.contains("not for sale"), "{}", answer.text);
        let params = json!({ "domain": name, "ip": "8.8.8.8" });
        expect_failure(agent, "domains.attach", &params, 422).await;
    }
    assert_eq!(orders_sent(&world), 0);
}
