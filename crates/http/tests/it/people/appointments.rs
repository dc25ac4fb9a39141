//! An admin whom the operator appoints, although an admin of another company created the address before.

use covibe_domain::entities::Role;
use covibe_store::{AuditEntry, AuditRecord};
use covibe_testkit_http::{Person, World};
use serde_json::json;

use super::sign_in::sign_in;
use super::{PASSWORD, assert_safe, location};
use crate::audit::until;

const NEW: &str = "harbour lantern willow";

/// Has the operator appoint somebody to the second company; the path of the link.
async fn appoint(world: &World, email: &str) -> String {
    let (tenant, email) = (&world.justine.record.tenant, email.parse().expect("an address"));
    let appointed = world.identity.appoint_admin(tenant, &email).await.expect("a link");
    format!("/auth/invitation/{}", appointed.token.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_link_gives_a_squatted_account_to_its_holder() {
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
    let taken_over = carol.submit(&appointment, &chosen).await;
    assert_eq!(taken_over.status, 200, "{}", taken_over.text);
    assert!(taken_over.text.contains("Sessions: 1"), "{}", taken_over.text);
    assert_eq!(status(&carol).await, 200);
    assert_eq!(status(&squatter).await, 401, "the session has ended");
    assert_eq!(sign_in(&mut squatter, "carol@example.com", PASSWORD, "").await.status, 401);
    assert_eq!(carol.get(&appointment).await.status, 404, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointed_newcomer_creates_an_account_and_becomes_admin() {
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

/// The path of the operator's link by which whoever has an address proves it.
async fn proof(world: &World, email: &str) -> String {
    let email = email.parse().expect("an address");
    let link = world.identity.create_proof_link(&email).await.expect("an answer");
    format!("/auth/link/{}", link.expect("a link").token.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_owner_of_an_account_removes_the_members_whom_it_made() {
    let world = World::embedded().await;
    let squatter = Person::member(&world, &world.mark, "carol", Role::Admin).await;
    Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let by = squatter.agent(&world, "mark").await;
    let body = json!({ "email": "fred@example.com", "role": "admin" });
    let created = by.json("POST", "/api/workspaces/mark/people", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let further = makes_another(&world, created.json()["link"].as_str().expect("a link")).await;
    let link = proof(&world, "carol@example.com").await;
    let mut carol = Person::new(&world.mark.agent.origin);
    let page = carol.get(&link).await;
    assert!(page.text.contains("Prove your address"), "{}", page.text);
    let mistyped = carol.submit(&link, &[("password", NEW), ("again", PASSWORD)]).await;
    assert_eq!(mistyped.status, 422);
    assert!(mistyped.text.contains("Prove your address"), "{}", mistyped.text);
    let chosen = [("password", NEW), ("again", NEW)];
    let taken_over = carol.submit(&link, &chosen).await;
    assert_eq!(taken_over.status, 200, "{}", taken_over.text);
    assert_safe(&taken_over);
    assert!(taken_over.text.contains("fred@example.com"), "{}", taken_over.text);
    assert!(!taken_over.text.contains("ada@example.com"), "it did not make her one");
    assert_eq!(by.send("GET", "/api/workspaces/mark", &[], None).await.status, 401);

    let path = "/auth/taken-over";
    assert_eq!(carol.submit(path, &[]).await.status, 403, "another site's form");
    assert_eq!(location(&carol.submit_own(&world, path, &[]).await), path);
    let after = carol.get(path).await.text;
    assert!(!after.contains("fred@example.com"), "{after}");
    assert!(after.contains("No members remain"), "{after}");
    let agent = carol.agent(&world, "mark").await;
    let listed = agent.send("GET", "/api/workspaces/mark/people", &[], None).await;
    assert!(!listed.text.contains("fred@example.com"), "{}", listed.text);
    assert!(listed.text.contains("ada@example.com"), "{}", listed.text);
    world.dispatcher.flush().await;
    let is_removal =
        |entry: &AuditRecord| entry.tool == "people.remove" && entry.outcome != AuditEntry::STARTED;
    let mut entries = until(&world, &world.mark, 2, is_removal).await;
    entries.retain(is_removal);
    entries.sort_by_key(|entry| entry.seq);
    let removed: Vec<_> = entries.iter().map(|entry| entry.resource.as_deref()).collect();
    let made = created.json();
    assert_eq!(removed, [Some(further.as_str()), made["id"].as_str()], "whom one made before it");
}

/// Has an admin who got this link make another one; that one's id.
async fn makes_another(world: &World, link: &str) -> String {
    let mut fred = Person::new(&world.mark.agent.origin);
    let path = link.strip_prefix(&fred.origin).expect("a path").to_owned();
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(location(&fred.submit(&path, &chosen).await), "/console");
    let by = fred.agent(world, "mark").await;
    let body = json!({ "email": "gus@example.com", "role": "admin" });
    let created = by.json("POST", "/api/workspaces/mark/people", &body).await;
    created.json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unproved_account_is_refused_an_invitation_with_the_command_to_prove_it() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let body = json!({ "email": "bob@example.com" });
    let by = ada.agent(&world, "mark").await;
    let created = by.json("POST", "/api/workspaces/mark/people", &body).await.json();
    let link = created["link"].as_str().expect("a link").to_owned();
    let mut bob = Person::new(&world.mark.agent.origin);
    let path = link.strip_prefix(&bob.origin).expect("a path").to_owned();
    let chosen = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(location(&bob.submit(&path, &chosen).await), "/console");
    let by = eve.agent(&world, "justine").await;
    let invited = by.json("POST", "/api/workspaces/justine/invitations", &body).await.json();
    let link = invited["link"].as_str().expect("a link").to_owned();
    let invitation = link.strip_prefix(&bob.origin).expect("a path").to_owned();
    assert_eq!(location(&bob.get("/auth/taken-over").await), "/console", "nothing is known of it");
    for refused in [bob.get(&invitation).await, bob.submit_own(&world, &invitation, &[]).await] {
        assert_eq!(refused.status, 403);
        assert!(refused.text.contains("covibe-server people prove"), "{}", refused.text);
    }
    let link = proof(&world, "bob@example.com").await;
    let new = [("password", NEW), ("again", NEW)];
    assert_eq!(bob.submit(&link, &new).await.status, 200);
    assert_eq!(location(&bob.submit_own(&world, &invitation, &[]).await), "/console");
}
