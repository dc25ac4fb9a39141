//! `apps.list` and `apps.get`, which serve applications and compose services alike.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, Options, World};
use serde_json::json;

use super::fixture::{Ground, STACK, members_of, served_world, world};

#[tokio::test(flavor = "multi_thread")]
async fn applications_and_compose_apps_are_listed_alike_on_every_release() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        ground.call_ok("auth.create", json!({ "provider": "pocketbase", "name": "auth" })).await;
        let uuids = [ground.image_app("b-web").await, ground.stack("a-crm", STACK).await];
        let listed = ground.call_ok("apps.list", json!({})).await;
        assert_eq!(
            members_of(&listed["apps"], "name"),
            ["a-crm", "b-web"],
            "no auth provider is one"
        );
        assert_eq!(members_of(&listed["apps"], "kind"), ["service", "application"]);
        let urls = ["https://a-crm.mark.vibnai.com", "https://b-web.mark.vibnai.com"];
        assert_eq!(members_of(&listed["apps"], "url"), urls, "on {}", version.text());
        assert_eq!(listed.get("warnings"), None);
        for (uuid, listed) in uuids.iter().rev().zip(listed["apps"].as_array().expect("a list")) {
            let mut app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
            let services = app.as_object_mut().expect("an object").remove("services");
            let as_of = app.as_object_mut().expect("an object").remove("statusAsOf");
            let mut listed = listed.clone();
            let listed_as_of = listed.as_object_mut().expect("an object").remove("statusAsOf");
            for as_of in [as_of, listed_as_of] {
                assert!(as_of.is_some_and(|as_of| as_of.is_string()), "{app}");
            }
            let limits = app.as_object_mut().expect("an object").remove("limits");
            assert_eq!(limits.is_some(), app["kind"] == "application");
            assert_eq!(app, listed);
            assert_eq!(services.is_some(), app["kind"] == "service");
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_get_returns_the_services_of_a_compose_app() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.stack("crm", STACK).await;
    let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!((&app["status"], app.get("health")), (&json!("exited"), None));
    let expected = json!([
        { "name": "server", "image": "ghcr.io/org/server:1.0", "status": "exited",
          "domains": ["crm.mark.vibnai.com"], "isDatabase": false },
        { "name": "worker", "image": "ghcr.io/org/worker:1.0", "status": "exited",
          "domains": [], "isDatabase": false },
        { "name": "db", "image": "docker.io/library/postgres:16", "status": "exited", "domains": [],
          "isDatabase": true },
    ]);
    assert_eq!(app["services"], expected);
    assert!(!app.to_string().contains("hunter2"), "{app}");
    ground.call_ok("apps.deploy", json!({ "uuid": uuid })).await;
    for _ in 0..200 {
        let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
        if app["status"] == "running" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it does not come up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_being_started_is_listed_with_its_domains_or_a_warning() {
    let mut options = Options { lists_for: Duration::ZERO, ..Options::default() };
    options.coolify.pace = Duration::from_hours(1);
    let world = World::start(options).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    ground.image_app("web").await;
    let uuid = ground.stack("crm", STACK).await;
    let domains = ground.call_ok("apps.get", json!({ "uuid": uuid })).await["domains"].clone();
    ground.coolify("POST", &format!("/services/{uuid}/start"), &json!(null)).await;
    let listed = ground.call_ok("apps.list", json!({})).await;
    let crm = &listed["apps"][0];
    assert_eq!((&crm["name"], &crm["domains"]), (&json!("crm"), &domains), "{listed}");
    assert_eq!(crm["status"], "starting", "{listed}");
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/services/*$").status(500).times(9));
    let listed = ground.call_ok("apps.list", json!({})).await;
    world.coolify.disarm();
    assert_eq!(members_of(&listed["apps"], "name"), ["crm", "web"]);
    assert!(listed["warnings"][0].to_string().contains("domains of crm"), "{listed}");
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/projects/*/*$").status(500).times(9));
    ground.call_refused("apps.list", json!({}), 502).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_apps_costs_at_most_one_call_to_coolify() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let servers = ground.coolify("GET", "/servers", &json!(null)).await;
    let mut names: Vec<_> = (0..40).map(|number| format!("stack-{number:02}")).collect();
    for name in &names {
        let file = STANDARD.encode("services: {web: {image: 'a/web:1', expose: ['80']}}");
        let body = json!({ "name": name, "docker_compose_raw": file, "environment_name": "production",
            "project_uuid": world.mark.record.coolify_project_uuid, "server_uuid": servers[0]["uuid"], "destination_uuid": covibe_sandbox::coolify::DESTINATION,
            "urls": [{ "name": "web", "url": format!("https://{name}.mark.vibnai.com:80") }] });
        ground.coolify("POST", "/services", &body).await;
    }
    ground.image_app("web").await;
    names.push("web".to_owned());
    let (mut seen, mut params) = (Vec::new(), json!({}));
    loop {
        world.coolify.clear_requests();
        let listed = ground.call_ok("apps.list", params).await;
        let asked = world.coolify.requests().len();
        assert!(asked <= 1, "{asked} calls for one page");
        for app in listed["apps"].as_array().expect("a list") {
            let host = format!("{}.mark.vibnai.com", app["name"].as_str().expect("a name"));
            assert_eq!(app["domains"], json!([host]));
        }
        seen.extend(members_of(&listed["apps"], "name").into_iter().map(str::to_owned));
        let Some(next) = listed.get("next") else { break };
        params = json!({ "next": next });
    }
    assert_eq!(seen, names);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_apps_are_not_shown() {
    let world = world(Version::V4_3).await;
    let theirs = Ground::new(&world, &world.justine);
    let uuids = [theirs.image_app("web").await, theirs.stack("crm", STACK).await];
    let ground = Ground::new(&world, &world.mark);
    assert_eq!(ground.call_ok("apps.list", json!({})).await["apps"], json!([]));
    for uuid in uuids {
        for (tool, more) in [
            ("apps.get", json!({})),
            ("apps.domains.list", json!({})),
            ("apps.domains.set", json!({ "domains": ["x.mark.vibnai.com"] })),
            ("apps.update", json!({ "patch": { "name": "x" } })),
            ("apps.rewire_git", json!({})),
            ("apps.delete", json!({ "confirm": "web" })),
        ] {
            let mut params = more;
            params["uuid"] = json!(uuid);
            let refused = ground.call_refused(tool, params, 403).await;
            assert!(!refused.to_string().contains("justine"), "{refused}");
        }
    }
}

/// So that an agent without a memory repairs a build without guessing.
#[tokio::test(flavor = "multi_thread")]
async fn apps_get_returns_changed_settings_and_hides_secrets_from_read_only_keys() {
    let world = served_world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let got = async |agent: &Agent| {
        let got = agent.compact("apps.get", &json!({ "uuid": uuid })).await;
        got.expect("it is there")
    };
    let new = got(&world.mark.agent).await;
    assert_eq!((&new["commit"], &new["baseDirectory"]), (&json!("HEAD"), &json!("/")), "{new}");
    for name in ["installCommand", "publishDirectory", "dockerfileLocation", "description"] {
        assert!(new.get(name).is_none(), "{name}: {new}");
    }
    let patch = json!({
        "description": "in words", "commit": ground.tip("site").await, "baseDirectory": "/web",
        "publishDirectory": "/dist", "installCommand": "npm ci", "startCommand": "npm start",
        "buildCommand": "API_TOKEN=correct-horse-battery npm run build",
    });
    ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    let changed = got(&world.mark.agent).await;
    for (name, value) in patch.as_object().expect("an object") {
        assert_eq!(&changed[name], value, "{name}: {changed}");
    }
    let narrowed = got(&world.mark.agent.with_read_only_url()).await;
    assert_eq!(narrowed["installCommand"], "npm ci");
    assert!(!narrowed.to_string().contains("correct-horse"), "{narrowed}");
}
