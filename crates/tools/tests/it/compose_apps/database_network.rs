//! The network of the databases: a compose app is on it once something of it names a database.

use covibe_testkit::World;
use serde_json::{Value, json};

use super::{create_app, service};

const FILE: &str = "services: {web: {image: 'acme/web:1', environment: {A: b}}}";

async fn is_on_network(world: &World, app: &Value) -> bool {
    let service = service(world, app).await;
    let generated = service["docker_compose"].as_str().expect("a text");
    let is_on = service["connect_to_docker_network"] == true;
    let project = world.mark.record.coolify_project_uuid.as_ref().expect("a project");
    let network = covibe_domain::names::workspace_network(project);
    assert_eq!(generated.contains(&format!("{network}:")), is_on, "{generated}");
    assert!(!generated.contains("coolify:"), "the network that others share: {generated}");
    is_on
}

#[tokio::test(flavor = "multi_thread")]
async fn only_compose_apps_that_name_a_database_join_the_database_network() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let database = json!({ "type": "postgresql", "name": "db" });
    let database = agent.compact("databases.create", &database).await.expect("a database");
    let uuid = database["uuid"].as_str().expect("a text");
    let app = async |name: &str, file: &str, envs: Value| {
        let params =
            json!({ "composeRaw": file, "name": name, "envs": envs, "instantDeploy": false });
        create_app(agent, &params).await
    };
    let url = json!([{ "key": "URL", "value": database["internalUrl"], "isShownOnce": true }]);
    assert!(!is_on_network(&world, &app("none", FILE, json!([])).await).await);
    assert!(is_on_network(&world, &app("by-variable", FILE, url).await).await);
    let file = FILE.replace("A: b", &format!("A: 'postgres://{uuid}:5432'"));
    assert!(is_on_network(&world, &app("by-file", &file, json!([])).await).await);
    // What names one later is connected then, and stays so.
    let later = app("later", FILE, json!([])).await;
    let value = format!("postgres://{uuid}:5432");
    let set = json!({ "uuid": later["uuid"], "key": "URL", "value": value, "isShownOnce": true });
    agent.compact("apps.envs.upsert", &set).await.expect("a variable");
    assert!(is_on_network(&world, &later).await);
    agent.compact("apps.deploy", &json!({ "uuid": later["uuid"] })).await.expect("a start");
    assert!(is_on_network(&world, &later).await);
    let changed = app("changed", FILE, json!([])).await;
    let update = json!({ "uuid": changed["uuid"], "patch": { "composeRaw": file } });
    agent.compact("apps.update", &update).await.expect("a change");
    assert!(is_on_network(&world, &changed).await);
}
