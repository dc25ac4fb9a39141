//! Companions send over HTTP: with a key of their own, once, and to one workspace alone.

use covibe_domain::Timestamp;
use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, AgentAnswer, Member, Options, Person, World};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const ME: &str = "/api/companion/me";
const BATCH: &str = "/api/companion/batch";
const ACTIVITY: &str = "/console/activity";

fn key(digit: char) -> String {
    digit.to_string().repeat(32)
}

fn repo_path(digit: char, machine: char) -> String {
    format!("/api/companion/repos/{}?machine={}", key(digit), key(machine))
}

/// Returns the companion of a member, which has a key of its own.
async fn companion(of: &Member) -> Agent {
    let path = format!("/api/workspaces/{}/keys", of.agent.slug);
    let minted = of.agent.json("POST", &path, &json!({ "agentType": "companion" })).await;
    assert_eq!(minted.status, 201, "{}", minted.text);
    let minted = minted.json();
    assert_eq!(minted["scope"], "ingest");
    of.agent.with_key(minted["token"].as_str())
}

fn snapshot(id: u32, branch: &str, seq: u64, paths: &[char]) -> Value {
    let paths: Vec<_> = paths.iter().map(|digit| key(*digit)).collect();
    json!({
        "id": format!("01939f2e-7a3c-7000-8000-{id:012}"),
        "takenAt": Timestamp::now(),
        "repo": { "key": key('a'), "name": "storefront", "remote": "git.example.com/ada/storefront" },
        "body": { "kind": "snapshot", "worktree": { "key": key('b'), "isLinked": false },
                  "head": { "branch": branch, "commit": "0".repeat(40) },
                  "dirty": { "staged": 1, "unstaged": 0, "untracked": 2, "conflicted": 0, "paths": paths },
                  "seq": seq },
    })
}

fn session(id: u32, turns: u64, event: i64, ended: bool) -> Value {
    let at = |offset: i64| Timestamp::from_millis(Timestamp::now().as_millis() - 60_000 + offset);
    json!({
        "id": format!("01939f2e-7a3c-7000-9000-{id:012}"),
        "takenAt": Timestamp::now(),
        "repo": { "key": key('a'), "name": "storefront" },
        "body": { "kind": "session", "key": key('e'), "agent": "claude-code", "worktree": key('b'),
                  "startedAt": at(0), "lastEventAt": at(event),
                  "endedAt": ended.then(|| at(event)), "counters": { "turns": turns } },
    })
}

fn batch_of(machine: char, items: &[Value]) -> Value {
    json!({
        "machine": { "id": key(machine), "name": "adas-laptop", "platform": "linux-x64", "companionVersion": "2.4.0" },
        "sentAt": Timestamp::now(),
        "items": items,
    })
}

async fn send(by: &Agent, machine: char, items: &[Value]) -> Vec<String> {
    let answer = by.json("POST", BATCH, &batch_of(machine, items)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    statuses(&answer)
}

/// Returns the status of each item, with its code.
fn statuses(answer: &AgentAnswer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let status = |item: &Value| match text(&item["code"]).as_str() {
        "" => text(&item["status"]),
        code => format!("{} {code}", text(&item["status"])),
    };
    answer.json()["items"].as_array().expect("items").iter().map(status).collect()
}

async fn page(world: &World, of: &Member, name: &str) -> String {
    let mut person = Person::member(world, of, name, Role::Admin).await;
    let answer = person.get(ACTIVITY).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_companion_key_sends_activity_and_it_calls_nothing_else() {
    let world = World::embedded().await;
    let (agent, companion) = (&world.mark.agent, companion(&world.mark).await);
    let delete = repo_path('a', '1');
    for (method, path) in [("GET", ME), ("POST", BATCH), ("DELETE", &delete)] {
        let bad = agent.with_key(Some("vibn_sk_unknown"));
        for (by, status) in [(&agent.with_key(None), 401), (&bad, 401), (agent, 403)] {
            let answer = by.json(method, path, &batch_of('1', &[])).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            assert!(answer.json()["hint"].is_string(), "{}", answer.text);
        }
        let answer = companion.json(method, path, &batch_of('1', &[])).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        let wrong = companion.json("PUT", path, &json!({})).await;
        assert_eq!((wrong.status, &*wrong.headers["allow"]), (405, method), "{path}");
    }
    let envelope = companion.compact_raw("workspace.describe", &json!({})).await;
    let listed = companion.rpc("tools/list", &json!({})).await;
    let minted = companion.json("POST", "/api/workspaces/mark/keys", &json!({})).await;
    for answer in [envelope, listed, minted] {
        assert_eq!(answer.status, 403, "{}", answer.text);
        assert!(answer.text.contains("can only send activity"), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_stored_once_and_an_invalid_one_affects_no_other() {
    let world = World::embedded().await;
    let companion = companion(&world.mark).await;
    let mut named = snapshot(2, "main", 1, &[]);
    named["repo"]["name"] = json!("vibn_sk_0123456789abcdef");
    let mut large = snapshot(3, "main", 1, &[]);
    large["repo"]["name"] = json!("x".repeat(40_000));
    let unknown = json!({ "id": "01939f2e-7a3c-7000-8000-000000000004", "body": {} });
    let mut more = snapshot(5, "main", 1, &[]);
    more["body"]["fileNames"] = json!(["secret.txt"]);
    let items = [snapshot(1, "main", 1, &[]), named, large, unknown, more, session(6, 1, 0, false)];
    let outcome = send(&companion, '1', &items).await;
    let [invalid, large] = ["rejected invalid", "rejected too_large"];
    assert_eq!(outcome, ["accepted", invalid, large, invalid, invalid, "accepted"]);
    let again = send(&companion, '1', &[items[0].clone(), items[5].clone()]).await;
    assert_eq!(again, ["duplicate", "duplicate"]);

    let many = vec![json!({}); 51];
    let refused = companion.json("POST", BATCH, &batch_of('1', &many)).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let padded = json!({ "machine": "x".repeat(300_000) });
    assert_eq!(companion.json("POST", BATCH, &padded).await.status, 413);
    for body in [json!([]), json!({ "items": [] }), json!("text")] {
        let refused = companion.json("POST", BATCH, &body).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_is_shown_in_its_workspace_alone_until_it_is_forgotten() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let (own, other) = (companion(&world.mark).await, companion(&world.justine).await);
        let salts: Vec<_> = [&own, &own, &other].map(|by| by.send("GET", ME, &[], None)).into();
        let mut told = Vec::new();
        for salt in salts {
            let me = salt.await.json();
            assert_eq!(me["retentionDays"], 90);
            assert!(me["expiresAt"].is_string(), "{me}");
            told.push((me["workspace"].clone(), me["salt"].clone()));
        }
        assert_eq!((&told[0], &told[0].0), (&told[1], &json!("mark")));
        assert_ne!(told[0].1, told[2].1);

        let items = [snapshot(1, "checkout", 1, &['d']), session(2, 7, 0, false)];
        assert_eq!(send(&own, '1', &items).await, ["accepted", "accepted"]);
        let shown = page(&world, &world.mark, "ada").await;
        for text in ["storefront", "checkout", "adas-laptop", "git.example.com/ada/storefront"] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        let foreign = page(&world, &world.justine, "eve").await;
        assert!(!foreign.contains("storefront"), "{foreign}");

        // Neither another workspace nor another machine forgets it.
        for (by, machine) in [(&other, '1'), (&own, '2')] {
            let forgotten = by.send("DELETE", &repo_path('a', machine), &[], None).await;
            assert_eq!(forgotten.status, 200, "{}", forgotten.text);
            assert!(page(&world, &world.mark, &format!("ada{machine}")).await.contains("checkout"));
        }
        let late = snapshot(3, "checkout", 2, &[]);
        let forgotten = own.send("DELETE", &repo_path('a', '1'), &[], None).await;
        assert_eq!(forgotten.status, 200, "{}", forgotten.text);
        assert!(!page(&world, &world.mark, "bob").await.contains("checkout"));
        assert_eq!(send(&own, '1', &[late]).await, ["rejected forgotten"]);
        let included = snapshot(4, "checkout", 3, &[]);
        assert_eq!(send(&own, '1', &[included]).await, ["accepted"]);
        for path in ["/api/companion/repos/x?machine=y", "/api/companion/repos/x"] {
            assert_eq!(own.send("DELETE", path, &[], None).await.status, 400, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_the_same_files_on_two_machines_are_reported_as_overlaps() {
    let world = World::embedded().await;
    let companion = companion(&world.mark).await;
    send(&companion, '1', &[snapshot(1, "main", 1, &['c', 'd'])]).await;
    let items = [snapshot(2, "feature", 1, &['d', 'e'])];
    let answer = companion.json("POST", BATCH, &batch_of('2', &items)).await.json();
    let overlaps = answer["overlaps"].as_array().expect("overlaps");
    assert_eq!(overlaps.len(), 1, "{answer}");
    assert_eq!((&overlaps[0]["files"], &overlaps[0]["branch"]), (&json!(1), &json!("main")));
    let shown = page(&world, &world.mark, "ada").await;
    assert!(shown.contains("1 file is"), "{shown}");
    let apart = [snapshot(3, "feature", 2, &['f'])];
    let answer = companion.json("POST", BATCH, &batch_of('2', &apart)).await.json();
    assert_eq!(answer["overlaps"], Value::Null, "{answer}");
}

/// Returns what the page shows of a session: its prompts and whether it is open.
fn outcome(page: &str) -> (bool, Option<String>) {
    let cell =
        page.split("data-label=\"Prompts\">").nth(1).and_then(|rest| rest.split("</td>").next());
    (page.contains(">ended<"), cell.map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_session_does_not_depend_on_the_order_of_its_items() {
    let world = World::embedded().await;
    let items: Vec<_> =
        (0..4).map(|n| session(n, u64::from(n) + 1, i64::from(n) * 1_000, n == 3)).collect();
    let mut seen = Vec::new();
    let mut runner = TestRunner::deterministic();
    for (round, member) in [&world.mark, &world.justine].into_iter().enumerate() {
        let companion = companion(member).await;
        let order = Just((0..4_usize).chain(0..2).collect::<Vec<_>>()).prop_shuffle();
        let order = order.new_tree(&mut runner).expect("an order").current();
        for at in order {
            send(&companion, '1', &items[at..=at]).await;
        }
        seen.push(outcome(&page(&world, member, &format!("p{round}")).await));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].0, "the last event ended it");
    assert!(seen[0].1.as_ref().is_some_and(|cell| cell.contains('4')), "{seen:?}");
}
