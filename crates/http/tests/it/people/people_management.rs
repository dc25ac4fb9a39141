//! Admins manage the people of their company, and people themselves, by operations on REST.

use covibe_domain::entities::Role;
use covibe_testkit_http::{Agent, AgentAnswer, Person, World};
use serde_json::{Value, json};

use super::PASSWORD;
use crate::audit::until;

const BASE: &str = "/api/workspaces/mark";

async fn get(by: &Agent, path: &str) -> Value {
    let answer = by.send("GET", &format!("{BASE}{path}"), &[], None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

async fn post(by: &Agent, path: &str, body: &Value) -> AgentAnswer {
    by.json("POST", &format!("{BASE}{path}"), body).await
}

async fn patch(by: &Agent, path: &str, body: &Value) -> AgentAnswer {
    by.json("PATCH", &format!("{BASE}{path}"), body).await
}

async fn delete(by: &Agent, path: &str) -> AgentAnswer {
    by.send("DELETE", &format!("{BASE}{path}"), &[], None).await
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The id of a member with this name at `example.com`.
async fn id_of(by: &Agent, name: &str) -> String {
    let people = get(by, "/people").await;
    let people = people["people"].as_array().expect("people").clone();
    let email = format!("{name}@example.com");
    let found = people.iter().find(|one| one["email"] == email);
    text(&found.unwrap_or_else(|| panic!("no {name} in {people:?}"))["id"])
}

async fn admin(world: &World, name: &str) -> Agent {
    Person::member(world, &world.mark, name, Role::Admin).await.agent(world, "mark").await
}

/// The path of a link on this server.
fn path(link: &Value, world: &World) -> String {
    let link = text(link);
    let path = link.strip_prefix(&world.mark.agent.origin);
    path.unwrap_or_else(|| panic!("{link} leads elsewhere")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_created_promoted_and_removed() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let body = json!({ "email": " Bob@Example.com ", "name": "Bob" });
    let created = post(&ada, "/people", &body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let bob = created.json();
    assert_eq!((&bob["email"], &bob["name"]), (&json!("bob@example.com"), &json!("Bob")));
    assert_eq!((&bob["role"], &bob["workspaceRole"]), (&json!("member"), &json!("member")));
    assert!(bob["expiresAt"].is_string());
    assert_eq!(post(&ada, "/people", &body).await.status, 409, "the address is taken");

    let mut browser = Person::new(&world.mark.agent.origin);
    let link = path(&bob["link"], &world);
    assert_eq!(browser.get(&link).await.status, 200);
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(browser.submit(&link, &fields).await.status, 303);
    let as_bob = browser.agent(&world, "mark").await;
    let minted = post(&as_bob, "/keys", &json!({})).await;
    assert_eq!(minted.status, 201, "{}", minted.text);
    assert_eq!(post(&as_bob, "/people", &json!({ "email": "x@example.com" })).await.status, 403);

    let one = format!("/people/{}", text(&bob["id"]));
    let promoted = patch(&ada, &one, &json!({ "role": "admin" })).await;
    assert_eq!((promoted.status, &promoted.json()["role"]), (200, &json!("admin")));
    assert_eq!(get(&as_bob, "/invitations").await["invitations"], json!([]));
    let demoted = patch(&ada, &one, &json!({ "role": "member", "inWorkspace": false })).await;
    assert_eq!(demoted.status, 200, "{}", demoted.text);
    assert_eq!(demoted.json()["workspaceRole"], "member", "it is the only one where they can act");
    for nothing in [json!({}), json!({ "role": "owner" }), json!({ "role": null })] {
        assert_eq!(patch(&ada, &one, &nothing).await.status, 400, "{nothing}");
    }

    let removed = delete(&ada, &one).await;
    assert_eq!((removed.status, &removed.json()["removed"]), (200, &bob["id"]));
    assert!(removed.text.contains("gitea.credentials"), "what outlives them: {}", removed.text);
    world.dispatcher.flush().await;
    let entries = until(&world, &world.mark, 1, |entry| entry.tool == "people.remove").await;
    let removal = entries.iter().find(|entry| entry.tool == "people.remove").expect("an entry");
    assert_eq!(removal.resource.as_deref(), bob["id"].as_str(), "the audit names whom");
    assert!(matches!(delete(&ada, &one).await.status, 404));
    assert_eq!(as_bob.send("GET", BASE, &[], None).await.status, 401, "their session has ended");
    let key = world.mark.agent.with_key(minted.json()["token"].as_str());
    assert_eq!(key.send("GET", BASE, &[], None).await.status, 401, "their key is revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_changes_the_members_of_a_workspace() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let as_bob = bob.agent(&world, "mark").await;
    let one = format!("/people/{}", id_of(&ada, "bob").await);
    for is_in in [false, true] {
        let answer = patch(&ada, &one, &json!({ "inWorkspace": is_in })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json().get("workspaceRole").is_some(), is_in);
        let status = as_bob.send("GET", BASE, &[], None).await.status;
        assert_eq!(status, if is_in { 200 } else { 403 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_cannot_be_demoted_or_removed_or_leave() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let own = format!("/people/{}", id_of(&ada, "ada").await);
    let answers = [
        patch(&ada, &own, &json!({ "role": "member" })).await,
        delete(&ada, &own).await,
        post(&ada, "/people/leave", &json!({})).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.json()["hint"].is_string());
    }
    let eve = admin(&world, "eve").await;
    let left = post(&ada, "/people/leave", &json!({})).await;
    assert_eq!((left.status, left.json()), (200, json!({ "left": true })), "{}", left.text);
    assert_eq!(ada.send("GET", BASE, &[], None).await.status, 401);
    assert_eq!(get(&eve, "/people").await["people"].as_array().expect("people").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_other_companies_are_not_found() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let eve_agent = eve.agent(&world, "justine").await;
    let people = eve_agent.send("GET", "/api/workspaces/justine/people", &[], None).await.json();
    let one = format!("/people/{}", text(&people["people"][0]["id"]));
    for answer in [
        patch(&ada, &one, &json!({ "role": "member" })).await,
        patch(&ada, &one, &json!({ "inWorkspace": true })).await,
        post(&ada, &format!("{one}/link"), &json!({})).await,
        delete(&ada, &one).await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text);
        assert!(!answer.text.contains("eve"), "{}", answer.text);
    }
    // An address of theirs is no member's here, and no account's that could be taken.
    let taken = post(&ada, "/people", &json!({ "email": "eve@example.com" })).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    assert_eq!(eve_agent.send("GET", "/api/workspaces/justine", &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_replaces_a_forgotten_password() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let one = format!("/people/{}/link", id_of(&ada, "bob").await);
    let first = post(&ada, &one, &json!({})).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let second = post(&ada, &one, &json!({})).await.json();
    let mut browser = Person::new(&world.mark.agent.origin);
    assert_eq!(browser.get(&path(&first.json()["link"], &world)).await.status, 404, "it is void");
    let link = path(&second["link"], &world);
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(browser.submit(&link, &fields).await.status, 303);
    let as_bob = bob.agent_without_proof("mark");
    assert_eq!(as_bob.send("GET", BASE, &[], None).await.status, 401, "their sessions ended");
    world.dispatcher.flush().await;
    let entries = until(&world, &world.mark, 2, |entry| entry.tool == "people.link").await;
    let of = id_of(&ada, "bob").await;
    let links: Vec<_> = entries.iter().filter(|entry| entry.tool == "people.link").collect();
    assert!(links.iter().all(|link| link.resource.as_deref() == Some(&*of)), "for whom: {links:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_links_are_listed_and_revoked() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let id = id_of(&ada, "bob").await;
    let made = post(&ada, &format!("/people/{id}/link"), &json!({})).await.json();
    let links = get(&ada, "/people/links").await["links"].as_array().expect("links").clone();
    assert_eq!((links.len(), &links[0]["userId"]), (1, &json!(id)));
    assert_eq!(links[0]["email"], "bob@example.com");
    assert_eq!(links[0]["madeBy"], json!(id_of(&ada, "ada").await));
    assert!(!json!(links).to_string().contains("auth/link"), "it is shown once");
    let mut console = bob.clone();
    let page = console.get("/console/settings/people").await;
    assert!(!page.text.contains("Unused password links"), "for admins");
    let one = format!("/people/links/{}", text(&links[0]["id"]));
    let as_bob = bob.agent(&world, "mark").await;
    assert_eq!(delete(&as_bob, &one).await.status, 403);
    assert_eq!(delete(&ada, &one).await.status, 200);
    let mut browser = Person::new(&world.mark.agent.origin);
    assert_eq!(browser.get(&path(&made["link"], &world)).await.status, 404);
    let again = delete(&ada, &one).await;
    assert_eq!(again.status, 404, "{}", again.text);
    assert_eq!(get(&ada, "/people/links").await["links"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_revokes_a_link_in_the_console() {
    let world = World::embedded().await;
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    Person::member(&world, &world.mark, "bob", Role::Member).await;
    let agent = ada.agent(&world, "mark").await;
    let id = id_of(&agent, "bob").await;
    post(&agent, &format!("/people/{id}/link"), &json!({})).await;
    let link = text(&get(&agent, "/people/links").await["links"][0]["id"]);
    let action = format!("/console/settings/links/{link}/revoke");
    let page = ada.get("/console/settings/people").await;
    assert!(page.text.contains(&action), "{}", page.text);
    assert_eq!(ada.submit_own(&world, &action, &[]).await.status, 303);
    assert!(!ada.get("/console/settings/people").await.text.contains(&action));
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_listed_until_they_end() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let made =
        post(&ada, "/invitations", &json!({ "email": "bob@example.com", "role": "admin" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let mut browser = Person::new(&world.mark.agent.origin);
    let link = path(&made["link"], &world);
    assert_eq!(browser.get(&link).await.status, 200);
    let listed = get(&ada, "/invitations").await["invitations"][0].clone();
    assert_eq!((&listed["id"], &listed["role"]), (&made["id"], &json!("admin")));
    assert_eq!(listed["invitedBy"], json!(id_of(&ada, "ada").await));
    assert_eq!(listed.get("link"), None, "it is shown once");
    let one = format!("/invitations/{}", text(&made["id"]));
    assert_eq!(delete(&ada, &one).await.status, 200);
    assert_eq!(delete(&ada, &one).await.status, 404);
    assert_eq!(browser.get(&link).await.status, 404);
    assert_eq!(get(&ada, "/invitations").await["invitations"], json!([]));
    let member = post(&ada, "/invitations", &json!({ "email": "ada@example.com" })).await;
    assert_eq!(member.status, 409, "{}", member.text);
    for bad in ["", "bob", "bob@", "a@b@example.com", "bob@example.com\r\nBcc: x"] {
        let refused = post(&ada, "/invitations", &json!({ "email": bad })).await;
        assert_eq!(refused.status, 400, "{bad}: {}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions() {
    let world = World::embedded().await;
    let here = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let there = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let other = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let (agent, lost) = (here.agent(&world, "mark").await, there.agent(&world, "mark").await);
    let bob = other.agent(&world, "mark").await;
    let sessions = get(&agent, "/sessions").await["sessions"].as_array().expect("sessions").clone();
    assert_eq!(sessions.len(), 2);
    let known = world.identity.session(there.token(), false).await.expect("an answer");
    let id = known.expect("a session").session.to_string();
    assert!(sessions.iter().any(|one| one["id"] == id));
    let one = format!("/sessions/{id}");
    assert_eq!(delete(&bob, &one).await.status, 404, "it is not theirs");
    assert_eq!(get(&lost, "/profile").await["email"], "ada@example.com");
    assert_eq!(delete(&agent, &one).await.status, 200);
    assert_eq!(lost.send("GET", BASE, &[], None).await.status, 401);
    assert_eq!(delete(&agent, &one).await.status, 404);
    assert_eq!(get(&agent, "/sessions").await["sessions"].as_array().expect("one").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_change_their_name() {
    let world = World::embedded().await;
    let ada = admin(&world, "ada").await;
    let renamed = patch(&ada, "/profile", &json!({ "name": "Ada <b>Lovelace</b>" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(get(&ada, "/profile").await["name"], "Ada <b>Lovelace</b>");
    assert_eq!(get(&ada, "/people").await["people"][0]["name"], "Ada <b>Lovelace</b>");
    for bad in ["", "a\nb", "a\u{202e}b", &"a".repeat(101)] {
        let refused = patch(&ada, "/profile", &json!({ "name": bad })).await;
        assert_eq!(refused.status, 400, "{bad}: {}", refused.text);
    }
}
