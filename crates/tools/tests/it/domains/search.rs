//! `domains.search`.

use covibe_sandbox::opensrs::{Rival, TroubleKind};
use covibe_testkit::World;
use serde_json::json;

use super::{expect_failure, expect_success, trouble};

#[tokio::test(flavor = "multi_thread")]
async fn a_search_returns_one_answer_per_name_in_order() {
    let world = World::embedded().await;
    world.registrar.set(Rival { domain: "taken.com".to_owned() });
    let names = json!([
        "free.com",
        "Taken.COM",
        "a_b.com",
        "bücher.com",
        "premium.com",
        "x.nowhere",
        "-",
        "free.ai"
    ]);
    let found = expect_success(&world, "domains.search", json!({ "names": names })).await;
    let found = found["domains"].as_array().expect("a list");
    assert_eq!(found.len(), 8);
    for (at, name) in names.as_array().expect("names").iter().enumerate() {
        assert_eq!(found[at]["name"], *name);
    }
    assert_eq!(
        (&found[0]["available"], &found[0]["price"]["amount"]),
        (&json!(true), &json!(1_450))
    );
    assert_eq!((&found[1]["available"], &found[1]["domain"]), (&json!(false), &json!("taken.com")));
    for (at, why) in [(2, "not a domain"), (6, "not a domain")] {
        assert!(found[at]["error"].as_str().expect("why").contains(why), "{}", found[at]);
        assert!(found[at].get("available").is_none(), "{}", found[at]);
    }
    assert_eq!(
        (&found[3]["domain"], &found[3]["available"]),
        (&json!("xn--bcher-kva.com"), &json!(true))
    );
    assert_eq!(
        (&found[4]["premium"], &found[4]["price"]["amount"]),
        (&json!(true), &json!(250_000))
    );
    assert!(found[5]["error"].is_string() || found[5]["available"] == json!(false), "{}", found[5]);
    assert_eq!((&found[7]["period"], &found[7]["price"]["amount"]), (&json!(2), &json!(22_200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_search_makes_no_request_to_the_registrar() {
    let world = World::embedded().await;
    let names = json!({ "names": ["one.com", "two.com"] });
    let first = expect_success(&world, "domains.search", names.clone()).await;
    let calls = world.registrar.requests().len();
    assert_eq!(expect_success(&world, "domains.search", names).await, first);
    assert_eq!(world.registrar.requests().len(), calls);
    assert_eq!(calls, 4, "a look-up and a price for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registrar_failure_for_one_name_leaves_the_other_answers_intact() {
    let world = World::embedded().await;
    trouble(&world, "lookup", TroubleKind::Code(701, "<secret> TLD is not serviced"));
    let names = json!({ "names": ["one.com", "two.com", "three.com"] });
    let found = expect_success(&world, "domains.search", names).await;
    let found = found["domains"].as_array().expect("a list");
    assert_eq!(found.iter().filter(|one| one["available"] == json!(true)).count(), 2, "{found:?}");
    let failed = found.iter().find(|one| one.get("error").is_some()).expect("one failed");
    assert!(!failed.to_string().contains("secret"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_with_an_invalid_or_too_long_list_of_names_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let many: Vec<_> = (0..26).map(|number| format!("n{number}.com")).collect();
    for names in [json!(many), json!([]), json!("one.com"), json!([[1]]), json!(["x".repeat(300)])]
    {
        expect_failure(agent, "domains.search", &json!({ "names": names }), 400).await;
    }
    expect_failure(agent, "domains.search", &json!({}), 400).await;
    assert_eq!(world.registrar.requests().len(), 0);
}
