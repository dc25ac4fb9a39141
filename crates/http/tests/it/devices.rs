//! Devices that are set up by a code, over HTTP: without a key, once, and for one workspace alone.

use std::time::Duration;

use covibe_dispatch::{Caller, Request, Surface};
use covibe_domain::entities::{AgentType, KeyAccess, KeyScope, Role};
use covibe_domain::{Actor, UserId};
use covibe_policy::Principal;
use covibe_store::{Backend, Membership, NewDeviceGrant, User, UserCredentials};
use covibe_testkit_http::{Agent, AgentAnswer, Member, Options, World};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::audit::entries;

const START: &str = "/api/setup/device";
const POLL: &str = "/api/setup/device/poll";

/// A client without a key.
fn stranger(world: &World) -> Agent {
    world.mark.agent.with_key(None)
}

async fn start(by: &Agent, agents: &[&str]) -> Value {
    let answer = by
        .json("POST", START, &json!({ "machine_name": "Ada's <b>laptop", "agents": agents }))
        .await;
    assert_eq!(
        (answer.status, &*answer.headers["cache-control"]),
        (200, "no-store"),
        "{}",
        answer.text
    );
    answer.json()
}

async fn poll(by: &Agent, device: &Value) -> AgentAnswer {
    by.json("POST", POLL, &json!({ "device_code": device["device_code"] })).await
}

fn error(answer: &AgentAnswer) -> String {
    let body = answer.json();
    assert!(body["hint"].is_string(), "{}", answer.text);
    body["error"].as_str().unwrap_or_default().to_owned()
}

/// An admin of the member's tenant, as a caller in its workspace.
async fn admin(world: &World, of: &Member, name: &str) -> Caller {
    let (tenant, now) = (of.record.tenant.clone(), of.record.created_at);
    let user: UserId = format!("usr_{name}0").parse().expect("an id");
    let row = User {
        id: user.clone(),
        email: format!("{name}@example.com").parse().expect("an address"),
        name: name.to_owned(),
        photo: None,
        created_at: now,
        proved_at: Some(now),
        made_in: None,
    };
    let email = covibe_identity::email_digest(&row.email);
    let by = UserCredentials { email, provider: None, password: None };
    let membership = Membership {
        user: user.clone(),
        tenant: tenant.clone(),
        role: Role::Admin,
        created_at: now,
        made_by: None,
    };
    let mut tx = world.store.tenant(&tenant).await.expect("a transaction");
    tx.insert_user(&row, &by).await.expect("a person");
    tx.insert_membership(&membership).await.expect("a membership");
    tx.commit().await.expect("its end");
    let principal = Principal {
        tenant,
        workspace: of.record.id.clone(),
        slug: of.record.slug.clone(),
        actor: Actor::Person(user),
        scope: KeyScope::Tenant,
        granted: KeyAccess::Full,
        session: None,
        narrowed: false,
    };
    Caller { principal, workspace: of.record.clone().into(), steps: [].into() }
}

async fn decide(world: &World, by: &Caller, device: &Value, is_approved: bool) {
    let code = device["user_code"].as_str().expect("a code");
    let request = Request::new(None, None);
    let decided = world
        .dispatcher
        .decide_device(by.clone(), code, is_approved, Surface::Rest, &request)
        .await;
    decided.expect("it is open");
}

fn tokens(answer: &AgentAnswer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let body = answer.json();
    let tokens = body["tokens"].as_array().expect("tokens").iter();
    tokens.map(|each| (text(&each["agent"]), text(&each["token"]))).collect()
}

/// The number of keys that a workspace has, besides the one of its agent.
async fn keys(of: &Member) -> usize {
    let path = format!("/api/workspaces/{}/keys", of.agent.slug);
    let answer = of.agent.send("GET", &path, &[], None).await;
    answer.json()["keys"].as_array().expect("keys").len() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_device_gets_a_key_for_each_agent_exactly_once() {
    let world = World::embedded().await;
    let (client, ada) = (stranger(&world), admin(&world, &world.mark, "ada").await);
    let device = start(&client, &["claude-code", "codex"]).await;
    let (code, origin) = (device["user_code"].as_str().expect("a code"), &client.origin);
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert_eq!(device["verification_uri"], format!("{origin}/setup/authorize"));
    assert_eq!(
        device["verification_uri_complete"],
        format!("{origin}/setup/authorize?code={code}")
    );
    assert_eq!((&device["expires_in"], &device["interval"]), (&json!(600), &json!(5)));

    let pending = poll(&client, &device).await;
    assert_eq!((pending.status, error(&pending)), (400, "authorization_pending".to_owned()));
    let early = poll(&client, &device).await;
    assert_eq!((early.status, error(&early)), (400, "slow_down".to_owned()));
    assert_eq!(early.json()["interval"], 10);

    decide(&world, &ada, &device, true).await;
    let answer = poll(&client, &device).await;
    assert_eq!(&*answer.headers["cache-control"], "no-store");
    let body = answer.json();
    let expected = ("approved", "mark", origin.as_str());
    assert_eq!(
        (&body["status"], &body["workspace"], &body["origin"]),
        (&json!(expected.0), &json!(expected.1), &json!(expected.2))
    );
    let tokens = tokens(&answer);
    let agents: Vec<_> = tokens.iter().map(|(agent, _)| agent.as_str()).collect();
    assert_eq!(agents, ["claude-code", "codex"]);
    for (agent, token) in &tokens {
        let holder = client.with_key(Some(token));
        assert_eq!(holder.compact_raw("workspace.describe", &json!({})).await.status, 200);
        let listed = holder.send("GET", "/api/workspaces/mark/keys", &[], None).await.json();
        let name = format!("Ada's <b>laptop ({agent})");
        let own = listed["keys"].as_array().expect("keys").iter().find(|key| key["name"] == name);
        assert_eq!(own.expect("it is listed")["agentType"], agent.as_str());
    }
    let replayed = poll(&client, &device).await;
    assert_eq!((replayed.status, error(&replayed)), (400, "consumed".to_owned()));
    assert_eq!(replayed.json()["status"], "consumed");
    assert_eq!(keys(&world.mark).await, 2);

    let audited = entries(&world, &world.mark).await;
    let of = |tool: &str| -> Vec<_> {
        let entries = audited.iter().filter(|entry| entry.tool == tool).rev();
        entries.map(|entry| (entry.outcome.as_str(), entry.actor.clone())).collect()
    };
    for tool in ["devices.approve", "devices.deliver"] {
        let by = Some(ada.principal.actor.clone());
        assert_eq!(of(tool), [("started", by.clone()), ("ok", by)], "{tool}");
    }
    let text = format!("{audited:?}");
    assert!(!tokens.iter().any(|(_, token)| text.contains(token)), "no token is in the audit");
    assert!(!text.contains(device["device_code"].as_str().expect("a code")), "and no code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_or_expired_device_gets_no_keys() {
    let world = World::embedded().await;
    let (client, ada) = (stranger(&world), admin(&world, &world.mark, "ada").await);
    let device = start(&client, &["cursor"]).await;
    decide(&world, &ada, &device, false).await;
    for _ in 0..2 {
        let denied = poll(&client, &device).await;
        assert_eq!((denied.status, error(&denied)), (400, "access_denied".to_owned()));
    }
    let grant = NewDeviceGrant {
        device: covibe_crypto::digest("late"),
        user_code: covibe_crypto::digest("its code"),
        machine: "laptop".to_owned(),
        agents: vec![AgentType::Codex],
        address: None,
        network: String::new(),
        interval: Duration::from_secs(5),
        lifetime: Duration::ZERO,
    };
    world.store.insert_device_grant(&grant).await.expect("a device");
    for code in ["late", "unknown", ""] {
        let expired = poll(&client, &json!({ "device_code": code })).await;
        assert_eq!((expired.status, error(&expired)), (400, "expired_token".to_owned()), "{code}");
    }
    // The code that a person enters is not the one that a device polls with.
    let device = start(&client, &["cursor"]).await;
    let code = device["user_code"].as_str().unwrap().replace('-', "");
    for confused in [device["user_code"].clone(), json!(format!("user-code:{code}"))] {
        let answer = poll(&client, &json!({ "device_code": confused })).await;
        assert_eq!(error(&answer), "expired_token", "{confused}");
    }
    assert_eq!(keys(&world.mark).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_device_are_for_the_workspace_of_the_approver() {
    let world = World::embedded().await;
    let (client, eve) = (stranger(&world), admin(&world, &world.justine, "eve").await);
    let device = start(&client, &["codex"]).await;
    decide(&world, &eve, &device, true).await;
    let answer = poll(&client, &device).await;
    assert_eq!(answer.json()["workspace"], "justine");
    let (_, token) = tokens(&answer).swap_remove(0);
    let holder = client.with_key(Some(&token));
    let foreign = holder.send("GET", "/api/workspaces/mark/keys", &[], None).await;
    assert_eq!(foreign.status, 403, "{}", foreign.text);
    assert_eq!((keys(&world.mark).await, keys(&world.justine).await), (0, 1));
    let ada = admin(&world, &world.mark, "ada").await;
    let code = device["user_code"].as_str().expect("a code");
    let request = Request::new(None, None);
    let looked = world.dispatcher.device_request(&ada, code, &request).await.expect_err("decided");
    assert_eq!(looked.kind.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_concurrent_polls_gets_the_device_keys() {
    let Some(world) =
        World::start(Options { backend: Backend::Postgres, ..Options::default() }).await
    else {
        return;
    };
    let other = world.instance();
    let clients = [stranger(&world), other.agent(&world.mark).with_key(None)];
    let ada = admin(&world, &world.mark, "ada").await;
    for round in 1..=3 {
        let device = start(&clients[round % 2], &["claude-code", "codex"]).await;
        decide(&world, &ada, &device, true).await;
        let answers = join_all((0..6).map(|number| poll(&clients[number % 2], &device))).await;
        let delivered = answers.iter().filter(|answer| answer.status == 200);
        assert_eq!(delivered.map(|answer| tokens(answer).len()).collect::<Vec<_>>(), [2]);
        let rest = answers.iter().filter(|answer| answer.status != 200);
        assert!(rest.map(error).all(|error| error == "consumed"), "{answers:?}");
        assert_eq!(keys(&world.mark).await, 2 * round);
    }
}

/// A server that dies during a poll has delivered all keys or none, and none is minted twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_during_a_poll_mints_no_device_keys_twice() {
    let world = World::embedded().await;
    let (client, ada) = (stranger(&world), admin(&world, &world.mark, "ada").await);
    for round in 1..=3_u64 {
        let device = start(&client, &["claude-code", "codex"]).await;
        decide(&world, &ada, &device, true).await;
        let before = keys(&world.mark).await;
        let dying = world.instance();
        let dispatcher = std::sync::Arc::clone(&dying.process.dispatcher);
        let code = device["device_code"].as_str().expect("a code").to_owned();
        let polling = dying.spawn(async move {
            let request = std::sync::Arc::new(Request::new(None, None));
            dispatcher.poll_device(&code, &request).await.is_ok()
        });
        // Where it dies differs from round to round.
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        dying.kill();
        let _ended = polling.await;
        let answer = poll(&client, &device).await;
        if answer.status != 200 {
            assert_eq!(error(&answer), "consumed", "its answer was lost");
        }
        assert_eq!(keys(&world.mark).await, before + 2);
        assert_eq!(error(&poll(&client, &device).await), "consumed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_device_requests_are_refused() {
    let world = World::embedded().await;
    let client = stranger(&world);
    let start = |name: &str, agents: Value| json!({ "machine_name": name, "agents": agents });
    let refused = [
        json!({}),
        json!([]),
        json!("x"),
        json!({ "machine_name": "laptop" }),
        json!({ "machine_name": "laptop", "agents": ["codex"], "tenant_id": "ten_x" }),
        start("", json!(["codex"])),
        start(" ", json!(["codex"])),
        start("a\u{202e}b", json!(["codex"])),
        start("a\r\nSet-Cookie: b", json!(["codex"])),
        start(&"a".repeat(65), json!(["codex"])),
        start("laptop", json!([])),
        start("laptop", json!(["codex", "codex"])),
        start("laptop", json!(["Codex"])),
        start("laptop", json!("codex")),
    ];
    for body in refused {
        let answer = client.json("POST", START, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        error(&answer);
    }
    for (body, status) in [
        ("", 400),
        ("{", 400),
        (r#"{"device_code":"a","device_code":"b"}"#, 400),
        (r#"{"device_code":1}"#, 400),
        (&format!(r#"{{"device_code":"{}"}}"#, "a".repeat(5_000)), 413),
    ] {
        for path in [START, POLL] {
            let answer = client.send("POST", path, &[], Some(body.to_owned())).await;
            assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        }
    }
    for path in [START, POLL] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = client.send(method, path, &[], None).await;
            assert_eq!(
                (answer.status, &*answer.headers["allow"]),
                (405, "POST"),
                "{method} {path}"
            );
        }
        let foreign = [("origin", "https://evil.example")];
        let answer = client.send("POST", path, &foreign, Some("{}".to_owned())).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_starts_a_bounded_number_of_devices() {
    let world = World::embedded().await;
    let other = world.instance();
    let clients = [stranger(&world), other.agent(&world.mark).with_key(None)];
    for number in 0..10 {
        start(&clients[number % 2], &["codex"]).await;
    }
    for client in &clients {
        let body = json!({ "machine_name": "laptop", "agents": ["codex"] });
        let answer = client.json("POST", START, &body).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
        let wait: u64 = answer.headers["retry-after"].parse().expect("seconds");
        assert!((1..=30).contains(&wait), "{wait}");
    }
}
