//! A Gitea that refuses, fails or is slow.

use std::time::Duration;

use covibe_agent_servers::gitea::GiteaContext;
use covibe_agent_servers::tool_registry;
use covibe_domain::Kind;
use covibe_sandbox::faults::{Fault, Name};
use serde_json::{Value, json};

use super::{USER, World, caller, config};
use crate::tool_calls::{Caller, UPSTREAM_TEXT, guard};

/// Every tool with usual parameters.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("create_issue", json!({ "repo": "shop", "title": "Broken" })),
        ("list_issues", json!({ "repo": "shop" })),
        ("close_issue", json!({ "repo": "shop", "number": 1 })),
        ("list_repos", json!({})),
        ("list_all_issues", json!({})),
        ("read_repo_file", json!({ "repo": "shop", "path": "README.md" })),
    ]
}

async fn world() -> World {
    let world = World::new().await;
    world.repository("shop").await;
    world.issue("ada/shop", "Broken").await;
    world
}

#[tokio::test]
async fn every_tool_reports_a_gitea_error_without_the_text_of_gitea() {
    let world = world().await;
    let before = world.changes();
    for (tool, params) in calls() {
        for (status, kind) in [
            (401, Kind::Unready),
            (403, Kind::Unready),
            (404, Kind::NotFound),
            (500, Kind::Upstream),
        ] {
            let body = json!({ "message": UPSTREAM_TEXT, "errors": [UPSTREAM_TEXT] });
            world.simulator.arm(Fault::new(Name::Status).status(status).body(body).times(3));
            let failure = world.caller.failure(tool, params.clone()).await;
            world.simulator.disarm();
            assert_eq!(failure.kind, kind, "{tool} {status}: {failure:?}");
            if status == 401 {
                assert!(failure.message.contains("GITEA_API_TOKEN"), "{failure:?}");
            }
        }
    }
    assert_eq!(world.changes(), before);
}

#[tokio::test]
async fn every_tool_times_out_if_gitea_does_not_answer() {
    let world = world().await;
    let token = world.caller.token.clone();
    let mut config = config(&world.simulator, USER, token.clone());
    config.timeout = Duration::from_millis(200);
    let context = GiteaContext::new(config, guard(None, None)).unwrap();
    let caller = Caller { registry: tool_registry::gitea(), context, token };
    for (tool, params) in calls() {
        world.simulator.arm(Fault::new(Name::Hang).times(10));
        let failure = caller.failure(tool, params).await;
        world.simulator.disarm();
        assert_eq!(failure.kind, Kind::Timeout, "{tool}: {failure:?}");
    }
}

#[tokio::test]
async fn create_issue_with_a_lost_answer_is_reported_as_in_doubt_and_not_repeated() {
    let world = world().await;
    let before = world.changes();
    world.simulator.arm(Fault::new(Name::DropAfter).on("POST", "/repos/*/*/issues$"));
    let new = json!({ "repo": "shop", "title": "Broken" });
    let failure = world.caller.failure("create_issue", new).await;
    assert!(failure.is_in_doubt() && failure.hint.unwrap().contains("list_issues"));
    assert_eq!(world.changes(), before + 1);
}

#[tokio::test]
async fn missing_scopes_of_the_token_are_named() {
    let world = world().await;
    let tokens = world.admin.tokens_by_administrator(USER);
    let token = tokens.create("few", &["read:repository"]).await.unwrap().token;
    let few = caller(&world.simulator, token, guard(None, None));
    few.answer("read_repo_file", json!({ "repo": "shop", "path": "README.md" })).await;
    for (tool, params) in calls().into_iter().filter(|(tool, _)| *tool != "read_repo_file") {
        let failure = few.failure(tool, params).await;
        assert!(failure.hint.as_deref().unwrap().contains("write:issue"), "{tool}: {failure:?}");
    }
}
