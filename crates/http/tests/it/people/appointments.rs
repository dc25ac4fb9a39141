//! An admin whom the operator appoints, although an admin of another company created the address before.

use covibe_domain::entities::Role;
use covibe_testkit_http::{Person, World};
use serde_json::json;

use super::sign_in::sign_in;
use super::{PASSWORD, assert_safe, location};

const NEW: &str = "harbour lantern willow";

/// Has the operator appoint somebody to the second company; the path of the link.
async fn appoint(world: &World, email: &str) -> String {
    let (tenant, email) = (&world.justine.record.tenant, email.parse().expect("an address"));
    let appointed = world.identity.appoint_admin(tenant, &email).await.expect("a link");
    format!("/auth/invitation/{}", appointed.token.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_makes_a_squatted_account_that_of_its_holder() {
    let world = World::embedded().await;
    let mallory = Person::member(&world, &world.mark, "mallory", Role::Admin).await;
    let by = mallory.agent(&world, "mark").await;
    let body = json!({ "email": "carol@example.com" });
    let created = by.json("POST", "/api/workspaces/mark/people", &body).await.json();
    let link = created["link"].as_str().expect("a link").to_owned();
    let mut squatter = Person::new(&world.mark.agent.origin);
    let path = link.strip_prefix(&squatter.origin).expect("a path").to_owned();
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(location(&squatter.submit(&path, &chosen).await), "/console");

    let appointment = appoint(&world, "carol@example.com").await;
    let there = "/api/workspaces/justine/apps";
    let status = async |of: &Person| {
        of.agent_without_proof("justine").send("GET", there, &[], None).await.status
    };
    assert_eq!(status(&squatter).await, 403, "nobody is a member yet");
    let mut carol = Person::new(&world.mark.agent.origin);
    let page = carol.get(&appointment).await;
    assert_eq!(page.status, 200);
    assert_safe(&page);
    assert!(page.text.contains("created an account with this address before"), "{}", page.text);
    assert!(!page.text.contains("name=\"name\""), "the account has a name: {}", page.text);
    // Not even whoever has the account's session accepts it without a password.
    assert_eq!(squatter.submit_own(&world, &appointment, &[]).await.status, 422);
    let chosen = [("password", NEW), ("again", NEW)];
    assert_eq!(location(&carol.submit(&appointment, &chosen).await), "/console");
    assert_eq!(status(&carol).await, 200);
    assert_eq!(status(&squatter).await, 401, "the session has ended");
    assert_eq!(sign_in(&mut squatter, "carol@example.com", PASSWORD, "").await.status, 401);
    assert_eq!(carol.get(&appointment).await.status, 404, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_new_creates_their_account() {
    let world = World::embedded().await;
    let appointment = appoint(&world, "carol@example.com").await;
    // In a browser in which somebody else is signed in.
    let mut carol = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let page = carol.get(&appointment).await;
    assert!(page.text.contains("name=\"name\"") && !page.text.contains("before"), "{}", page.text);
    let chosen = [("name", "Carol"), ("password", NEW), ("again", NEW)];
    assert_eq!(location(&carol.submit(&appointment, &chosen).await), "/console");
    let agent = carol.agent(&world, "justine").await;
    let listed = agent.send("GET", "/api/workspaces/justine/people", &[], None).await.json();
    let admin = json!([["carol@example.com", "Carol", "admin"]]);
    let shown: Vec<_> = listed["people"]
        .as_array()
        .expect("people")
        .iter()
        .map(|one| json!([one["email"], one["name"], one["role"]]))
        .collect();
    assert_eq!(json!(shown), admin);
}
