//! The first person of an installation, from the link to a workspace.

use covibe_testkit_http::{Person, World};
use serde_json::json;

use super::{PASSWORD, assert_safe, location};

async fn signed_up(world: &World) -> Person {
    let mut person = Person::new(&world.mark.agent.origin);
    let link = world.first_run().await;
    let fields = [
        ("email", "ada@example.com"),
        ("name", "Ada"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    let answer = person.submit(&link, &fields).await;
    assert_eq!(location(&answer), "/onboarding");
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn onboarding_founds_a_company_with_a_provisioned_workspace() {
    let world = World::embedded().await;
    let mut ada = signed_up(&world).await;
    let page = ada.get("/onboarding").await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_safe(&page);
    assert!(page.text.contains("ada@example.com"), "{}", page.text);
    let company = [("company", "Analytical Engines"), ("workspace", "Looms"), ("slug", "")];
    let without = ada.submit("/onboarding", &company).await;
    assert_eq!(without.status, 403, "{}", without.text);
    assert_eq!(location(&ada.submit_own(&world, "/onboarding", &company).await), "/console");
    let again = ada.submit_own(&world, "/onboarding", &company).await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert_eq!(location(&ada.get("/onboarding").await), "/console");
    let agent = ada.agent(&world, "looms").await;
    let listed = agent.send("GET", "/api/workspaces", &[], None).await;
    assert_eq!(listed.json()["workspaces"][0]["slug"], "looms", "{}", listed.text);
    // It is provisioned in the background; a call that asks for it waits for the same.
    let ready = agent.json("POST", "/api/workspaces/looms/provision", &json!({})).await;
    assert_eq!(ready.json()["provisionStatus"], "ready", "{}", ready.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_link_admits_exactly_one_person() {
    let world = World::embedded().await;
    let old = world.first_run().await;
    let link = world.first_run().await;
    let mut person = Person::new(&world.mark.agent.origin);
    assert_eq!(person.get(&old).await.status, 404, "a newer one replaces it");
    assert_eq!(person.get("/auth/first-run/nonsense").await.status, 404);
    let page = person.get(&link).await;
    assert_eq!(page.status, 200);
    assert_safe(&page);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let good = [
        ("email", "ada@example.com"),
        ("name", "Ada"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    for (field, wrong, told) in [
        ("email", "ada", "email address"),
        ("name", "A\u{202e}da", "not allowed"),
        ("password", "short", "differ"),
        ("again", "another-one", "differ"),
    ] {
        let fields = good.map(|(name, value)| (name, if name == field { wrong } else { value }));
        let answer = person.submit(&link, &fields).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text);
        assert!(answer.text.contains(told), "{field}: {}", answer.text);
        assert!(!answer.text.contains(PASSWORD), "a password is not shown again");
    }
    let weak = good.map(|(name, value)| (name, if value == PASSWORD { "password" } else { value }));
    assert_eq!(person.submit(&link, &weak).await.status, 422);
    let (mut one, mut other) = (person.clone(), person);
    let fields =
        good.map(|(name, value)| (name, if name == "email" { "bob@example.com" } else { value }));
    let (first, second) = tokio::join!(one.submit(&link, &good), other.submit(&link, &fields));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404], "{} {}", first.text, second.text);
    assert_eq!(one.get(&link).await.status, 404);
    assert!(world.identity.offer_ownership().await.unwrap().is_none());
}
