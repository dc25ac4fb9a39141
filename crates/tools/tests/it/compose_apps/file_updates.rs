//! The file of a compose app: handed back, sent again as it is, and changed.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{changes, create_app, service, start_on_release, urls};

/// Two services for people, one behind them, and variables with defaults.
const FILE: &str = "services:\n  web:\n    image: acme/web:1\n    expose: ['3000']\n    depends_on: [api]\n    \
    environment: {LEVEL: '${LEVEL:-info}', MODE: '${MODE:-fast}', TOKEN: '${SERVICE_PASSWORD_WEB}', SITE: '${SERVICE_URL_WEB}'}\n  \
    api:\n    image: acme/api:1\n    expose: ['4000']\n    environment: {SIZE: '${SIZE:-10}', KEPT: '${KEPT:-1}'}\n  \
    db:\n    image: postgres:16\n    volumes: ['data:/var/lib/postgresql/data']\n";

async fn create(world: &World) -> Value {
    let domains = json!([{ "service": "web", "domain": "auto" },
                         { "service": "api", "domain": "api.mark.vibnai.com" }]);
    create_app(
        &world.mark.agent,
        &json!({ "composeRaw": FILE, "name": "shop", "composeDomains": domains }),
    )
    .await
}

/// The file of an app, as `apps.get` hands it back.
async fn file(world: &World, app: &Value) -> String {
    let params = json!({ "uuid": app["uuid"], "include": ["compose"] });
    let got = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    got["composeRaw"].as_str().expect("a file").to_owned()
}

async fn update(world: &World, app: &Value, file: &str) -> Value {
    let params = json!({ "uuid": app["uuid"], "patch": { "composeRaw": file } });
    world.mark.agent.compact("apps.update", &params).await.expect("an update")
}

/// The variables of an app, by name.
async fn variables(world: &World, app: &Value) -> Vec<(String, String)> {
    let params = json!({ "uuid": app["uuid"] });
    let listed = world.mark.agent.compact("apps.envs.list", &params).await.expect("variables");
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let listed = listed["envs"].as_array().expect("a list").iter();
    listed.map(|one| (text(one, "key"), text(one, "value"))).collect()
}

async fn value(world: &World, app: &Value, key: &str) -> Option<String> {
    let all = variables(world, app).await;
    all.into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_the_returned_compose_file_back_unchanged_changes_nothing() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let app = create(&world).await;
        let (before, rows) = (service(&world, &app).await, variables(&world, &app).await);
        let handed = file(&world, &app).await;
        world.coolify.clear_requests();
        let updated = update(&world, &app, &handed).await;
        assert_eq!(updated["applied"], json!(["composeRaw"]), "{updated}");
        assert_eq!((&updated["needsDeploy"], &updated["ignored"]), (&json!(false), &json!([])));
        assert_eq!(changes(&world), [""; 0]);
        let after = service(&world, &app).await;
        for member in ["docker_compose_raw", "docker_compose"] {
            assert_eq!(after[member], before[member], "{member}");
        }
        assert_eq!(variables(&world, &app).await, rows);
        assert_eq!(file(&world, &app).await, handed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_get_returns_the_compose_file_only_if_requested() {
    let world = World::embedded().await;
    let app = create(&world).await;
    let uuid = app["uuid"].as_str().expect("a text");
    let got = world.mark.agent.compact("apps.get", &json!({ "uuid": uuid })).await.expect("an app");
    assert_eq!(got.get("composeRaw"), None);
    let path = format!("/api/workspaces/mark/apps/{uuid}?include=compose");
    let by_rest = world.mark.agent.send("GET", &path, &[], None).await.json();
    assert!(
        by_rest["composeRaw"].as_str().is_some_and(|file| file.contains("acme/web:1")),
        "{by_rest}"
    );
    let image = json!({ "image": "nginx:1", "name": "plain", "instantDeploy": false });
    let plain = create_app(&world.mark.agent, &image).await;
    let params = json!({ "uuid": plain["uuid"], "include": ["compose"] });
    let got = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    assert!(got["hints"].to_string().contains("not created from a compose file"), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_service_loses_its_domain_and_variables() {
    let world = World::embedded().await;
    let app = create(&world).await;
    let (from, to) = (FILE.find("  api:\n").expect("api"), FILE.find("  db:\n").expect("db"));
    let smaller = [&FILE[..from], &FILE[to..]].concat().replace("    depends_on: [api]\n", "");
    let updated = update(&world, &app, &smaller).await;
    assert_eq!(updated["applied"], json!(["composeRaw"]), "{updated}");
    assert_eq!(urls(&world, &app, "api").await, Value::Null, "its domain is free");
    let now = service(&world, &app).await;
    let parts = now["applications"].as_array().expect("a list");
    let lost = parts.iter().find(|part| part["name"] == "api").expect("Coolify goes on listing it");
    assert_eq!(lost["exclude_from_status"], true);
    for name in ["SIZE", "KEPT", "SERVICE_URL_API", "SERVICE_FQDN_API"] {
        assert_eq!(value(&world, &app, name).await, None, "{name}");
    }
    let got = json!({ "uuid": app["uuid"] });
    let got = world.mark.agent.compact("apps.get", &got).await.expect("an app");
    let names: Vec<_> =
        got["services"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["web", "db"]);
    assert_eq!(got["domains"], json!(["shop.mark.vibnai.com"]));
    let other = json!({ "image": "nginx:1", "name": "api", "instantDeploy": false });
    assert_eq!(
        create_app(&world.mark.agent, &other).await["domains"],
        json!(["api.mark.vibnai.com"])
    );
    update(&world, &app, FILE).await;
    let now = service(&world, &app).await;
    let parts = now["applications"].as_array().expect("a list");
    let back = parts.iter().find(|part| part["name"] == "api").expect("a container");
    assert_eq!(back["exclude_from_status"], false, "it counts again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_default_in_the_file_takes_effect_unless_the_variable_was_set() {
    let world = World::embedded().await;
    let app = create(&world).await;
    let secret = value(&world, &app, "SERVICE_PASSWORD_WEB").await.expect("a password");
    let params = json!({ "uuid": app["uuid"], "key": "MODE", "value": "safe" });
    world.mark.agent.compact("apps.envs.upsert", &params).await.expect("set");
    let file = FILE.replace("LEVEL:-info", "LEVEL:-debug").replace("MODE:-fast", "MODE:-slow");
    let file = file.replace(", TOKEN: '${SERVICE_PASSWORD_WEB}'", "");
    let updated = update(&world, &app, &file).await;
    assert_eq!(updated["needsDeploy"], true, "{updated}");
    for (name, expected) in [("LEVEL", "debug"), ("MODE", "safe"), ("SIZE", "10")] {
        assert_eq!(value(&world, &app, name).await.as_deref(), Some(expected), "{name}");
    }
    let kept = value(&world, &app, "SERVICE_PASSWORD_WEB").await;
    assert_eq!(kept, Some(secret), "data may need it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_keeps_its_domain_when_its_port_changes() {
    let world = World::embedded().await;
    let app = create(&world).await;
    update(&world, &app, &FILE.replace("['3000']", "['3001']")).await;
    assert_eq!(urls(&world, &app, "web").await, "https://shop.mark.vibnai.com:3001");
    assert_eq!(urls(&world, &app, "api").await, "https://api.mark.vibnai.com:4000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_port_of_a_service_is_reported_in_a_hint() {
    let world = World::embedded().await;
    let app = create(&world).await;
    let updated = update(&world, &app, &FILE.replace("['3000']", "['3001']")).await;
    let hints = updated["hints"].to_string();
    for text in ["port 3000", "https://shop.mark.vibnai.com now points to port 3001"] {
        assert!(hints.contains(text), "{text}: {hints}");
    }
    assert!(!hints.contains("4000"), "the port of the other service stays: {hints}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_chosen_by_the_caller_stays_when_the_exposed_port_changes() {
    let world = World::embedded().await;
    let app = create(&world).await;
    let domains = json!(["https://shop.mark.vibnai.com:9000"]);
    let params = json!({ "uuid": app["uuid"], "service": "web", "domains": domains });
    world.mark.agent.compact("apps.domains.set", &params).await.expect("set");
    assert_eq!(urls(&world, &app, "web").await, "https://shop.mark.vibnai.com:9000");
    let updated = update(&world, &app, &FILE.replace("['3000']", "['3001']")).await;
    assert_eq!(urls(&world, &app, "web").await, "https://shop.mark.vibnai.com:9000");
    assert!(!updated["hints"].to_string().contains("points to"), "{updated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_image_becomes_a_database_loses_its_domain() {
    let world = World::embedded().await;
    let app = create(&world).await;
    update(&world, &app, &FILE.replace("acme/api:1", "mysql:8")).await;
    assert_eq!(urls(&world, &app, "api").await, Value::Null);
    let params = json!({ "uuid": app["uuid"] });
    let got = world.mark.agent.compact("apps.get", &params).await.expect("an app");
    let parts = got["services"].as_array().expect("a list");
    let of_name: Vec<_> = parts.iter().filter(|part| part["name"] == "api").collect();
    assert_eq!(of_name.len(), 1, "{got}");
    assert_eq!(of_name[0]["isDatabase"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholder_secrets_in_the_file_cause_hints_to_generate_them() {
    let world = World::embedded().await;
    let file = "services: {web: {image: 'acme/web:1', environment: {APP_SECRET: changeme, \
                DB_PASSWORD: '${DB_PASSWORD:-mysecret}', LEVEL: info}}}";
    let params = json!({ "composeRaw": file, "name": "shop", "instantDeploy": false });
    let app = create_app(&world.mark.agent, &params).await;
    let hints = app["hints"].to_string();
    for text in
        ["DB_PASSWORD: the default", "apps.envs.upsert", "web.APP_SECRET: the value", "apps.update"]
    {
        assert!(hints.contains(text), "{text}: {hints}");
    }
    assert!(!hints.contains("changeme") && !hints.contains("LEVEL"), "{hints}");
    let envs = json!([{ "key": "DB_PASSWORD", "value": "6d2f0c" }]);
    let file = file.replace("changeme", "'${SERVICE_PASSWORD_64_WEB}'");
    let params =
        json!({ "composeRaw": file, "name": "mall", "instantDeploy": false, "envs": envs });
    let app = create_app(&world.mark.agent, &params).await;
    assert!(!app["hints"].to_string().contains("placeholder"), "{app}");
}
