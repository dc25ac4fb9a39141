//! The lists of the team, which every workspace needs, beside a tenant that makes them long.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A compose file as long as one may be.
fn long_file(number: usize) -> String {
    let content = format!("{number} {}", "x".repeat(250 * 1024));
    format!(
        "services:\n  web:\n    image: nginx:1\n    configs: [page]\nconfigs:\n  page:\n    content: '{content}'\n"
    )
}

/// Fills a project with services as operations create them, by Coolify's own API.
async fn crowd(world: &World, project: &Value, services: usize, file: fn(usize) -> String) {
    let operator = world.operator();
    let server = operator.coolify_list("/servers").await.swap_remove(0);
    for number in 0..services {
        let body = json!({
            "project_uuid": project, "server_uuid": server["uuid"], "destination_uuid": covibe_sandbox::coolify::DESTINATION,
            "environment_name": "production", "name": format!("long-{number}"),
            "description": format!("Co-Vibe crt_{number:024x}"),
            "docker_compose_raw": STANDARD.encode(file(number)),
        });
        operator.coolify("POST", "/services", &body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_compose_files_of_one_tenant_do_not_break_lists_of_others() {
    // The simulator takes its time for 20 MiB on a busy machine.
    let (attempt, deadline) = (Duration::from_secs(20), Duration::from_mins(1));
    let options = Options { attempt, ..Options::default() }.with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is always there");
    let agent = &world.mark.agent;
    let image = json!({ "image": "nginx:1", "name": "site", "instantDeploy": false });
    let made = agent.compact("apps.create", &image).await.expect("an app");
    let body = json!({ "name": "crowd" });
    let project = world.operator().coolify("POST", "/projects", &body).await;
    crowd(&world, &project["uuid"], 40, long_file).await;
    let listed = agent.compact("apps.list", &json!({})).await.expect("a list");
    assert_eq!(listed["apps"][0]["uuid"], made["uuid"], "{listed}");
    agent.compact("auth.list", &json!({})).await.expect("a list");
    let taken = agent.compact_raw("apps.create", &image).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
}

/// A compose file as long as one may be, whose values are line breaks: what lists carry of it is longer.
fn file_of_line_breaks(number: usize) -> String {
    let breaks = "\\n".repeat(120 * 1024);
    format!(
        "services:\n  web:\n    image: nginx:1\n    configs: [page]\nconfigs:\n  page:\n    content: \"{number} {breaks}\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn compose_files_full_of_line_breaks_do_not_break_lists() {
    let (attempt, deadline) = (Duration::from_secs(20), Duration::from_mins(1));
    let options = Options { attempt, ..Options::default() }.with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is always there");
    let agent = &world.mark.agent;
    let described = agent.compact("workspace.describe", &json!({})).await.expect("a workspace");
    crowd(&world, &described["coolifyProjectUuid"], 8, file_of_line_breaks).await;
    for agent in [agent, &world.justine.agent] {
        agent.compact("apps.list", &json!({})).await.expect("a list");
        agent.compact("auth.list", &json!({})).await.expect("a list");
    }
    let stack = json!({ "name": "stack", "composeRaw": long_file(8), "instantDeploy": false });
    world.justine.agent.compact("apps.create", &stack).await.expect("a compose app");
}

/// Nor can a workspace make them longer than they can be read, by many files or by longer ones.
#[tokio::test(flavor = "multi_thread")]
async fn compose_files_of_a_workspace_beyond_2_mib_in_total_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let stack = json!({ "name": "stack", "composeRaw": long_file(8), "instantDeploy": false });
    let described = agent.compact("workspace.describe", &json!({})).await.expect("a workspace");
    crowd(&world, &described["coolifyProjectUuid"], 8, long_file).await;
    let full = agent.compact_raw("apps.create", &stack).await;
    assert_eq!(full.status, 413, "{}", full.text);
    assert!(full.text.contains("2 MiB in total"), "{}", full.text);
    let listed = agent.compact("apps.list", &json!({})).await.expect("a list");
    let update =
        |file: &str| json!({ "uuid": listed["apps"][0]["uuid"], "patch": { "composeRaw": file } });
    let short = update("services: {web: {image: 'nginx:1'}}");
    agent.compact("apps.update", &short).await.expect("a shorter file always fits");
    agent.compact("apps.create", &stack).await.expect("there is room again");
    let longer = agent.compact_raw("apps.update", &update(&long_file(0))).await;
    assert_eq!(longer.status, 413, "{}", longer.text);
    world.justine.agent.compact("apps.create", &stack).await.expect("others have their own");
}

/// Calls a tool with each of these parameters at once; returns how many calls succeeded. The others exceed
/// the limit.
async fn at_once(agent: &Agent, tool: &'static str, params: Vec<Value>) -> usize {
    let calls = params.into_iter().map(|params| {
        let agent = agent.clone();
        async move { agent.compact_raw(tool, &params).await }
    });
    let answers = calls.collect::<JoinSet<_>>().join_all().await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in refused {
        assert_eq!(answer.status, 413, "{}", answer.text);
    }
    made.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_cannot_exceed_the_total_size_limit_of_compose_files() {
    let world = World::embedded().await;
    let stack = |number: usize, file: &str| json!({ "name": format!("stack-{number}"), "composeRaw": file, "instantDeploy": false });
    let new = (0..14).map(|number| stack(number, &long_file(number))).collect();
    let made = at_once(&world.mark.agent, "apps.create", new).await;
    assert!((7..=8).contains(&made), "{made}");
    let agent = &world.justine.agent;
    let mut longer = Vec::new();
    for number in 0..14 {
        let short = stack(number, "services: {web: {image: 'nginx:1'}}");
        let app = agent.compact("apps.create", &short).await.expect("a compose app");
        longer.push(json!({ "uuid": app["uuid"], "patch": { "composeRaw": long_file(number) } }));
    }
    let made = at_once(agent, "apps.update", longer).await;
    assert!((7..=8).contains(&made), "{made}");
}
