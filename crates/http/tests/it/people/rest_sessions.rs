//! Sessions on REST.

use covibe_domain::entities::Role;
use covibe_testkit_http::{Agent, Person, World};
use serde_json::json;

const KEYS: &str = "/api/workspaces/mark/keys";

#[tokio::test(flavor = "multi_thread")]
async fn a_write_with_a_session_is_refused_without_its_csrf_token() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let csrf = ada.csrf(&world).await;
    let agent = |csrf: &str| Agent::new(&ada.origin, "mark", None).with_session(&ada.cookie, csrf);
    assert_eq!(agent("").send("GET", KEYS, &[], None).await.status, 200);
    for wrong in ["", "x", &csrf[1..], &bob.csrf(&world).await] {
        let answer = agent(wrong).json("POST", KEYS, &json!({})).await;
        assert_eq!(answer.status, 403, "{wrong}: {}", answer.text);
    }
    let own = agent(&csrf);
    for site in ["cross-site", "same-site"] {
        let answer = own.send("POST", KEYS, &[("sec-fetch-site", site)], Some("{}".into())).await;
        assert_eq!(answer.status, 403, "{site}: {}", answer.text);
    }
    let minted = own.json("POST", KEYS, &json!({})).await;
    assert_eq!(minted.status, 201, "{}", minted.text);
    let path = format!("{KEYS}/{}", minted.json()["id"].as_str().unwrap());
    assert_eq!(agent("").send("DELETE", &path, &[], None).await.status, 403);
    assert_eq!(own.send("DELETE", &path, &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_refuses_a_session_instead_of_a_key() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let agent = ada.agent(&world, "mark").await;
    let answer = agent.compact_raw("workspace.describe", &json!({})).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(agent.rpc("tools/list", &json!({})).await.status, 401);
    assert_eq!(agent.send("GET", "/api/mcp", &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_takes_precedence_over_a_session_cookie() {
    let world = World::embedded().await;
    let eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let both = world.mark.agent.with_session(&eve.cookie, "");
    assert_eq!(both.send("GET", "/api/workspaces/mark", &[], None).await.status, 200);
    let bad = both.with_authorization("Bearer vibn_sk_nonsense");
    assert_eq!(bad.send("GET", "/api/workspaces/justine", &[], None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_person_are_audited_under_their_id() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let agent = ada.agent(&world, "mark").await;
    assert_eq!(agent.json("POST", KEYS, &json!({ "name": "hers" })).await.status, 201);
    let signed_in = world.identity.session(ada.token(), false).await.unwrap().unwrap();
    world.dispatcher.flush().await;
    let entries = crate::audit::entries(&world, &world.mark).await;
    let hers: Vec<_> = entries.iter().filter(|record| record.tool == "keys.mint").collect();
    assert!(!hers.is_empty());
    for record in hers {
        assert_eq!(
            record.actor.as_ref().map(covibe_domain::Actor::as_str),
            Some(signed_in.user.id.as_str())
        );
    }
}
