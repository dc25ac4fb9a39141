//! The life of an API key.

use std::time::{Duration, SystemTime};

use covibe_domain::Timestamp;
use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::{Value, json};

use crate::support::Estate;
use crate::support::raw_requests;
use crate::support::workspace_resources::fresh_key;

pub(crate) async fn list(agent: &Agent) -> (String, Vec<Value>) {
    let path = format!("/api/workspaces/{}/keys", agent.slug);
    let answer = agent.send("GET", &path, &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    (answer.text.clone(), answer.json()["keys"].as_array().cloned().unwrap_or_default())
}

pub(crate) async fn mint(agent: &Agent, body: &Value) -> AgentAnswer {
    agent.json("POST", &format!("/api/workspaces/{}/keys", agent.slug), body).await
}

pub(crate) async fn revoke(agent: &Agent, id: &str) -> AgentAnswer {
    let path = format!("/api/workspaces/{}/keys/{id}", agent.slug);
    agent.send("DELETE", &path, &[], None).await
}

pub(crate) fn holder(of: &Agent, minted: &Value) -> Agent {
    of.with_key(minted["token"].as_str())
}

pub(crate) async fn works(agent: &Agent) -> bool {
    let answer = agent.compact_raw("workspace.describe", &json!({})).await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text);
    answer.status == 200
}

/// When a key was last used, if it was.
async fn last_use(world: &World, id: &str) -> Option<Timestamp> {
    world.identity.flush().await;
    let (_, keys) = list(&world.mark.agent).await;
    let key = keys.into_iter().find(|key| key["id"] == id).expect("it is listed");
    key.get("lastUsedAt").and_then(Value::as_str).and_then(Timestamp::parse)
}

fn in_future(wait: Duration) -> String {
    Timestamp::from(SystemTime::now() + wait).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minted_key_is_returned_once_and_listed_without_its_token() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let expires = in_future(Duration::from_hours(1));
    let body = json!({ "name": "laptop", "agentType": "claude-code", "expiresAt": expires });
    let answer = mint(agent, &body).await;
    assert_eq!((answer.status, &*answer.headers["cache-control"]), (201, "no-store"));
    let minted = answer.json();
    let token = minted["token"].as_str().expect("a token");
    assert!(token.starts_with("vibn_sk_") && token.len() == 8 + 43, "base64url of 32 bytes");
    assert!(works(&holder(agent, &minted)).await);
    let (text, keys) = list(agent).await;
    assert!(!text.contains(token) && !text.contains("digest"), "{text}");
    let listed = keys.iter().find(|key| key["id"] == minted["id"]).expect("it is listed");
    assert_eq!((&listed["name"], &listed["agentType"]), (&json!("laptop"), &json!("claude-code")));
    let at = |text: &Value| Timestamp::parse(text.as_str().expect("a time"));
    assert_eq!(at(&listed["expiresAt"]), Timestamp::parse(&expires));
    let prefix = listed["prefix"].as_str().expect("a prefix");
    assert!(token.starts_with(prefix) && prefix.len() <= 16, "{prefix}");
    assert_eq!(listed.get("token"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_of_a_new_workspace_is_not_cached() {
    let world = World::embedded().await;
    let agent = world.tenants_agent(&world.mark).await;
    let answer = agent.json("POST", "/api/workspaces", &json!({ "slug": "second" })).await;
    assert_eq!((answer.status, &*answer.headers["cache-control"]), (201, "no-store"));
    assert!(answer.json()["key"]["token"].is_string(), "{}", answer.text);
}

/// Returns the days until a new key expires, rounded up.
fn days_left(minted: &Value) -> i64 {
    let at = minted["expiresAt"].as_str().and_then(Timestamp::parse).expect("a time");
    let day = 24 * 60 * 60 * 1000;
    (at.as_millis() - Timestamp::now().as_millis() + day - 1).div_euclid(day)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_expire_after_90_days_by_default() {
    let world = World::embedded().await;
    let operator = world.tenants_agent(&world.mark).await;
    let created = operator.json("POST", "/api/workspaces", &json!({ "slug": "shop" })).await;
    assert_eq!(days_left(&created.json()["key"]), 90, "{}", created.text);
    let minted = mint(&operator, &json!({ "expiresAt": null })).await.json();
    assert_eq!(days_left(&minted), 90, "{minted}");
    let never = mint(&operator, &json!({ "neverExpires": true })).await;
    assert_eq!((never.status, never.json().get("expiresAt")), (201, None), "{}", never.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_cannot_mint_a_key_that_outlives_its_own() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let body = json!({ "expiresAt": in_future(Duration::from_hours(24)) });
    let holder = holder(agent, &mint(agent, &body).await.json());
    for body in [
        json!({ "neverExpires": true }),
        json!({ "expiresAt": in_future(Duration::from_hours(25)) }),
    ] {
        let refused = mint(&holder, &body).await;
        assert_eq!(refused.status, 403, "{body}: {}", refused.text);
    }
    let minted = mint(&holder, &json!({})).await.json();
    assert_eq!(days_left(&minted), 1, "{minted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_the_requested_access() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (body, access) in [
        (json!({}), "full"),
        (json!({ "access": "full" }), "full"),
        (json!({ "access": "read", "scope": "workspace" }), "read"),
    ] {
        let minted = mint(agent, &body).await.json();
        assert_eq!(minted["access"], access, "{minted}");
        let (_, keys) = list(&holder(agent, &minted)).await;
        let listed = keys.iter().find(|key| key["id"] == minted["id"]).expect("it is listed");
        assert_eq!(listed["access"], access);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_use_stops_working_when_it_expires() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let expires = in_future(Duration::from_millis(1500));
    let minted = mint(agent, &json!({ "expiresAt": expires })).await.json();
    let holder = holder(agent, &minted);
    assert!(works(&holder).await, "and is remembered for a moment");
    tokio::time::sleep(Duration::from_millis(1550)).await;
    assert!(!works(&holder).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_of_a_key_is_recorded() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let minted = fresh_key(agent).await;
    let id = minted["id"].as_str().expect("an id");
    assert_eq!(last_use(&world, id).await, None, "nobody used it");
    let before = Timestamp::now();
    assert!(works(&holder(agent, &minted)).await);
    assert!(last_use(&world, id).await.is_some_and(|at| at >= before));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_other_tenants_are_not_found() {
    let world = World::embedded().await;
    let justine = Estate::create(&world, &world.justine, "a").await;
    let agent = &world.mark.agent;
    let theirs = revoke(agent, &justine.key).await;
    let nobodys = revoke(agent, "key_zzzz2345zzzz2345").await;
    assert_eq!((theirs.status, nobodys.status), (404, 404));
    let blank = |answer: &AgentAnswer, id: &str| answer.text.replace(id, "");
    assert_eq!(blank(&theirs, &justine.key), blank(&nobodys, "key_zzzz2345zzzz2345"));
    assert!(works(&justine.agent).await);
    let (_, keys) = list(&justine.agent).await;
    assert!(keys.iter().any(|key| key["id"] == justine.key.as_str()), "it is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_parameters_of_a_key_are_refused_by_name() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (body, named) in [
        (json!({ "name": "a\u{0}" }), "name"),
        (json!({ "name": "x".repeat(101) }), "name"),
        (json!({ "agentType": "hal" }), "agentType"),
        (json!({ "access": "write" }), "access"),
        (json!({ "expiresAt": "2020-01-01T00:00:00Z" }), "expiresAt"),
        (json!({ "expiresAt": "tomorrow" }), "expiresAt"),
        (json!({ "expiresAt": 7 }), "expiresAt"),
        (json!({ "expiresAt": "2999-01-01T00:00:00Z", "neverExpires": true }), "neverExpires"),
        (json!({ "scopes": ["admin"] }), "scopes"),
    ] {
        let answer = mint(agent, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(
            answer.json()["error"].as_str().expect("a text").contains(named),
            "{body}: {}",
            answer.text
        );
    }
    assert_eq!(revoke(agent, "nonsense").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_has_a_bounded_number_of_keys() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let mut minted = list(agent).await.1.len();
    let refused = loop {
        let answer = mint(agent, &json!({})).await;
        if answer.status != 201 {
            break answer;
        }
        minted += 1;
        assert!(minted <= 1000, "there is no end to them");
    };
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.json()["hint"].is_string(), "{}", refused.text);
    let one = list(agent).await.1.pop().expect("a key");
    let spare = fresh_key(&world.justine.agent).await;
    assert!(spare["token"].is_string(), "the other workspace has its own number");
    assert_eq!(revoke(agent, one["id"].as_str().expect("a text")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_ends_after_the_keys_revocation_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let wanted = json!({ "name": "leaked" });
    let disclose = json!({ "tool": "gitea.credentials", "params": {} });
    let path = format!("/api/workspaces/{}/keys", agent.slug);
    for (path, body) in [(&*path, &wanted), ("/api/mcp", &disclose)] {
        let minted = mint(agent, &wanted).await.json();
        let id = minted["id"].as_str().expect("an id");
        let leaked = holder(agent, &minted);
        let request = raw_requests::request(&leaked, "POST", path, "", body.to_string().as_bytes());
        let (first, rest) = request.split_at(request.len() - 5);
        let stream = raw_requests::begin_request(&leaked, first).await;
        while last_use(&world, id).await.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(revoke(agent, id).await.status, 200);
        let (_, before) = list(agent).await;
        assert_eq!(raw_requests::finish(stream, rest).await.status, 401, "{path}");
        assert_eq!(list(agent).await.1.len(), before.len(), "{path}");
    }
}

/// The audit names keys by their ids: a caller may give several the same name.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_minted_keys_by_id() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let first = mint(agent, &json!({ "name": "same" })).await.json();
    let second = mint(&holder(agent, &first), &json!({ "name": "same" })).await.json();
    let founder = world.tenants_agent(&world.mark).await;
    let made = founder.json("POST", "/api/workspaces", &json!({ "slug": "second" })).await.json();
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&world.mark.record.id, 100).await.expect("the audit");
    let of = |tool: &str| -> Vec<String> {
        let of = entries.iter().filter(|entry| entry.tool == tool && entry.outcome == "ok");
        of.filter_map(|entry| entry.resource.clone()).collect()
    };
    let mut minted = of("keys.mint");
    minted.sort();
    let mut expected = [&first, &second].map(|key| key["id"].as_str().expect("an id").to_owned());
    expected.sort();
    assert_eq!(minted, expected);
    let key = made["key"]["id"].as_str().expect("an id");
    assert_eq!(of("workspaces.create"), [format!("second/{key}")]);
}

/// Some clients ask for the stream of older protocols first, and show nothing but that answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_for_a_stream_learns_that_its_key_is_wrong() {
    let world = World::embedded().await;
    let stream = [("accept", "text/event-stream")];
    for key in [None, Some("vibn_sk_wrong")] {
        let refused = world.mark.agent.with_key(key).send("GET", "/api/mcp", &stream, None).await;
        assert_eq!(refused.status, 401, "{key:?}: {}", refused.text);
        assert!(refused.headers["www-authenticate"].starts_with("Bearer "), "{key:?}");
        let posted = world.mark.agent.with_key(key).json("POST", "/api/mcp", &json!({})).await;
        assert_eq!(refused.text, posted.text, "{key:?}");
    }
    let valid = world.mark.agent.send("GET", "/api/mcp", &stream, None).await;
    assert_eq!((valid.status, &*valid.headers["allow"]), (405, "GET, POST"), "{}", valid.text);
}

/// An operator's terminal would act on others.
#[tokio::test(flavor = "multi_thread")]
async fn names_of_keys_and_workspaces_with_invisible_characters_are_refused() {
    let world = World::embedded().await;
    let founder = world.tenants_agent(&world.mark).await;
    for name in ["evil\u{1b}[2K\u{1b}[1A", "a\nb", "\u{202e}x", "\u{9b}2K", "\u{200b}"] {
        let refused = mint(&world.mark.agent, &json!({ "name": name })).await;
        assert_eq!(refused.status, 400, "{name:?}: {}", refused.text);
        let body = json!({ "slug": "second", "name": name });
        let refused = founder.json("POST", "/api/workspaces", &body).await;
        assert_eq!(refused.status, 400, "{name:?}: {}", refused.text);
    }
    let body = json!({ "name": "Büro 東京 🚀" });
    assert_eq!(mint(&world.mark.agent, &body).await.status, 201);
}
