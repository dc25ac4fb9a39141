//! Apps of inline compose files: what is made of one, in which order, by every surface and on every
//! release of Coolify.

mod accepted_files;
mod database_network;
mod domains;
mod file_updates;
mod foreign_routes;
mod generated_hosts;
mod interrupted_updates;
mod kept_choices;
mod lost_answers;
mod refused_calls;
mod removed_services;
mod resumed_creation;
mod start_notes;
mod start_preconditions;
mod templates;
mod unfinished_creation;
mod volumes;

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use crate::support::{CallStyle, schema_validation, served_on, start_on_release, tool};

/// A stack like those that people publish.
const STACK: &str = "
services:
  server:
    image: twentycrm/twenty:v1.2.0
    expose: ['3000']
    environment:
      SERVER_URL: ${SERVER_URL:-}
      APP_SECRET: ${SERVICE_BASE64_SECRET}
      DB: postgres://postgres:${SERVICE_PASSWORD_DB}@db/default
    healthcheck: {test: [CMD, curl, -f, 'http://localhost:3000/healthz']}
    depends_on: [db]
  worker:
    image: twentycrm/twenty:v1.2.0
    command: [yarn, worker]
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: '${SERVICE_PASSWORD_DB}'}
    volumes: ['db_data:/var/lib/postgresql/data']
volumes: {db_data: {}}
";

/// A call that must succeed.
async fn create_app(agent: &Agent, params: &Value) -> Value {
    let made = agent.compact("apps.create", params).await;
    made.unwrap_or_else(|why| panic!("{params}: {why}"))
}

/// A call that must fail, with its status.
async fn create_refused(agent: &Agent, params: &Value) -> (u16, Value) {
    let answer = agent.compact_raw("apps.create", params).await;
    assert!(answer.status >= 400, "{params}: {}", answer.text);
    (answer.status, answer.json())
}

/// The service as Coolify has it.
async fn service(world: &World, made: &Value) -> Value {
    let uuid = made["uuid"].as_str().expect("a text");
    world.operator().coolify("GET", &format!("/services/{uuid}"), &Value::Null).await
}

/// The URLs of one container as Coolify has them.
async fn urls(world: &World, made: &Value, name: &str) -> Value {
    let service = service(world, made).await;
    let parts = service["applications"].as_array().expect("a list");
    parts.iter().find(|part| part["name"] == name).map_or(Value::Null, |part| part["fqdn"].clone())
}

/// Returns the requests that changed something at Coolify since they were cleared: `METHOD path`,
/// ids left out.
fn changes(world: &World) -> Vec<String> {
    let requests = world.coolify.requests();
    let changing = requests.iter().filter(|request| request.method != "GET");
    let is_id = |part: &&str| part.len() == 24;
    let told = changing.map(|request| {
        let parts = request.path.trim_start_matches("/api/v1").split('/');
        let path: Vec<_> = parts.map(|part| if is_id(&part) { "*" } else { part }).collect();
        format!("{} {}", request.method, path.join("/"))
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_creates_a_compose_app_on_every_release() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let create = tool(&world, "apps.create");
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            let name = format!("crm-{number}");
            let envs = json!([{ "key": "SERVER_URL", "value": "https://x" },
                              { "key": "TOKEN", "value": "t-0-ken", "isShownOnce": true }]);
            let params = json!({ "composeRaw": STACK, "name": name, "envs": envs });
            world.coolify.clear_requests();
            let told = via.call(&world.mark.agent, &create, &params).await;
            let made = told.result(&format!("{via:?} on {}", version.text()));
            schema_validation::assert_valid(&create.output, &made, "apps.create");
            check_answer(&made, &name);
            check_order(&world);
            check_service(&world, &made, &name).await;
        }
    }
}

fn check_answer(made: &Value, name: &str) {
    let host = format!("{name}.mark.vibnai.com");
    assert_eq!((&made["kind"], &made["name"]), (&json!("service"), &json!(name)));
    assert_eq!(made["domains"], json!([host]));
    assert_eq!(made["url"], format!("https://{host}"), "the container's port is not the people's");
    let services = made["services"].as_array().expect("a list");
    let names: Vec<_> = services.iter().map(|service| service["name"].clone()).collect();
    assert_eq!(names, ["server", "worker", "db"]);
    assert_eq!(services[0]["ports"], json!([3000]));
    assert_eq!(services[0]["domains"], json!([host]));
    assert_eq!(services[2]["isDatabase"], true);
    assert!(made["hints"].to_string().contains("start_period"), "{made}");
    assert_eq!((made.get("warnings"), made.get("deployment")), (None, None), "{made}");
    assert!(!made.to_string().contains("t-0-ken"), "{made}");
}

/// Nothing runs before its variables and its network are right.
fn check_order(world: &World) {
    assert_eq!(
        changes(world),
        [
            "POST /services",
            "PATCH /services/*/envs/bulk",
            "PATCH /services/*",
            "POST /services/*/start"
        ]
    );
    let requests = world.coolify.requests();
    let made = requests.iter().find(|request| request.method == "POST").expect("a creation");
    assert_eq!(made.body.as_ref().expect("a body")["instant_deploy"], false);
}

async fn check_service(world: &World, made: &Value, name: &str) {
    let service = service(world, made).await;
    assert_eq!(service["connect_to_docker_network"], false, "it names no database");
    let url = format!("https://{name}.mark.vibnai.com:3000");
    assert_eq!(urls(world, made, "server").await, url);
    assert_eq!(urls(world, made, "worker").await, Value::Null);
    let params = json!({ "uuid": made["uuid"] });
    let envs = world.mark.agent.compact("apps.envs.list", &params).await.expect("variables");
    let envs = envs["envs"].as_array().expect("a list");
    let find = |key: &str| envs.iter().find(|env| env["key"] == key).expect("a variable");
    assert_eq!(find("SERVER_URL")["value"], "https://x");
    assert_eq!(find("TOKEN").get("value"), None);
    assert_eq!(find("SERVICE_PASSWORD_DB")["isGenerated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_with_instant_deploy_false_is_not_started() {
    let world = World::embedded().await;
    let params = json!({ "composeRaw": STACK, "name": "still", "instantDeploy": false });
    world.coolify.clear_requests();
    let made = create_app(&world.mark.agent, &params).await;
    assert_eq!(made["status"], "exited", "{made}");
    assert!(!changes(&world).iter().any(|change| change.contains("start")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_is_readable_only_in_its_own_workspace() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let made = create_app(agent, &json!({ "composeRaw": STACK })).await;
    assert_eq!(made["name"], "twenty", "it is called as its image");
    let uuid = json!({ "uuid": made["uuid"] });
    let listed = agent.compact("apps.list", &json!({})).await.expect("apps");
    assert_eq!(listed["apps"][0]["uuid"], made["uuid"], "{listed}");
    let got = agent.compact("apps.get", &uuid).await.expect("an app");
    assert_eq!((&got["kind"], &got["domains"]), (&json!("service"), &made["domains"]));
    for tool in ["apps.get", "apps.envs.list"] {
        let answer = world.justine.agent.compact_raw(tool, &uuid).await;
        assert_eq!(answer.status, 403, "{tool}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_and_compose_apps_of_a_workspace_cannot_share_a_name() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let stack = |name: &str| json!({ "composeRaw": STACK, "name": name, "instantDeploy": false });
    let image = |name: &str| json!({ "image": "nginx:1", "name": name, "instantDeploy": false });
    create_app(agent, &stack("stack")).await;
    create_app(agent, &image("image")).await;
    for params in [image("stack"), stack("image"), stack("stack")] {
        let (status, body) = create_refused(agent, &params).await;
        assert_eq!(status, 409, "{body}");
        assert!(body["error"].as_str().expect("a text").contains("exists"), "{body}");
    }
    create_app(&world.justine.agent, &stack("stack")).await;
}
