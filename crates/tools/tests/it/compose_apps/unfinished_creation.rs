//! Apps whose creation is not finished: what starts, changes and deletes them.

use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{STACK, changes, create_app, create_refused, service, urls};

/// A creation whose answer of that sort is lost. Returns the app that it left.
async fn leave_unfinished(world: &World, params: &Value, method: &str, path: &str) -> Value {
    world.coolify.arm(Fault::new(Name::DropAfter).on(method, path).times(9));
    let answer = world.mark.agent.compact_raw("apps.create", params).await;
    assert_eq!(answer.status, 502, "{method} {path}: {}", answer.text);
    world.coolify.disarm();
    let listed = world.mark.agent.compact("apps.list", &json!({})).await.expect("apps");
    let apps = listed["apps"].as_array().expect("a list");
    let found = apps.iter().find(|app| app["name"] == params["name"]);
    let app = found.unwrap_or_else(|| panic!("{listed}")).clone();
    world.coolify.clear_requests();
    app
}

fn template(template: &str, name: &str) -> Value {
    json!({ "template": template, "name": name })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_app_is_not_started_by_a_deployment() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (at, (product, method, path)) in [
        ("cloudflared", "POST", "/services$"),
        ("cloudflared", "GET", "/services/*$"),
        ("umami", "POST", "/services$"),
        ("umami", "PATCH", "/services/*$"),
    ]
    .into_iter()
    .enumerate()
    {
        let params = template(product, &format!("app-{at}"));
        let app = leave_unfinished(&world, &params, method, path).await;
        let token = json!({ "uuid": app["uuid"], "key": "CLOUDFLARE_TUNNEL_TOKEN", "value": "t" });
        let _written = agent.compact_raw("apps.envs.upsert", &token).await;
        for force in [false, true] {
            let deploy = json!({ "uuid": app["uuid"], "force": force });
            let answer = agent.compact_raw("apps.deploy", &deploy).await;
            assert_eq!(answer.status, 409, "{product} {method} {path}: {}", answer.text);
            let hint = answer.json()["hint"].to_string();
            assert!(hint.contains("apps.create"), "{}", answer.text);
        }
        let asked = changes(&world);
        let starts = asked.iter().filter(|one| one.ends_with("start"));
        assert_eq!(starts.count(), 0, "{product} {method} {path}: {asked:?}");
        if product == "umami" {
            create_app(agent, &params).await;
            let deploy = json!({ "uuid": app["uuid"] });
            agent.compact("apps.deploy", &deploy).await.expect("a start");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_repeated_creation_does_not_delete_the_unfinished_app() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let stack = json!({ "composeRaw": STACK, "name": "crm" });
    for (params, service) in [(template("umami", "stats"), "umami"), (stack, "server")] {
        let app = leave_unfinished(&world, &params, "POST", "/services/*/start$").await;
        let mut typo = params.clone();
        typo["composeService"] = json!("wbe");
        let (status, body) = create_refused(agent, &typo).await;
        assert_eq!(status, 400, "{body}");
        let asked = changes(&world);
        assert!(!asked.iter().any(|one| one.starts_with("DELETE")), "{asked:?}");
        let finished = create_app(agent, &params).await;
        assert_eq!(finished["uuid"], app["uuid"]);
        let urls = urls(&world, &finished, service).await;
        assert!(urls.to_string().contains(".mark.vibnai.com:3000"), "{urls}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_app_whose_template_is_then_refused_stays_until_deleted() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let params = template("cloudflared", "tunnel");
    let app = leave_unfinished(&world, &params, "POST", "/services$").await;
    let (status, body) = create_refused(agent, &params).await;
    assert_eq!(status, 422, "{body}");
    assert!(body["hint"].to_string().contains("apps.delete"), "{body}");
    assert!(world.coolify.names(Collection::Services).contains(&"tunnel".to_owned()));
    let delete = json!({ "uuid": app["uuid"], "confirm": "tunnel", "volumes": "delete" });
    agent.compact("apps.delete", &delete).await.expect("a deletion");
    create_app(agent, &template("umami", "tunnel")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_from_another_source_does_not_adopt_an_unfinished_app() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let stack = |name: &str| json!({ "composeRaw": STACK, "name": name });
    for (first, then, source) in [
        (template("umami", "one"), stack("one"), "the template umami"),
        (template("umami", "two"), template("n8n", "two"), "the template umami"),
        (stack("three"), template("umami", "three"), "a compose file"),
    ] {
        let app = leave_unfinished(&world, &first, "POST", "/services$").await;
        let before = service(&world, &app).await;
        let (status, body) = create_refused(agent, &then).await;
        assert_eq!(status, 409, "{body}");
        assert!(body["error"].to_string().contains(source), "{body}");
        assert_eq!(changes(&world), [""; 0], "{then}");
        assert_eq!(service(&world, &app).await["docker_compose_raw"], before["docker_compose_raw"]);
        assert_eq!(create_app(agent, &first).await["uuid"], app["uuid"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shown_once_values_are_never_written_into_the_compose_file() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let envs = json!([{ "key": "PASS", "value": "s3cret", "isShownOnce": true }]);
    let needed = "services: {web: {image: 'acme/web:${PASS}'}}";
    let params = json!({ "composeRaw": needed, "name": "web", "envs": envs });
    let (status, body) = create_refused(agent, &params).await;
    assert_eq!(status, 422, "{body}");
    assert!(body["details"]["problems"][0].to_string().contains("shown once"), "{body}");
    assert!(!body.to_string().contains("s3cret"), "{body}");
    let named = "services: {web: {image: 'acme/web:1', environment: ['PASS=${PASS:?say}']}}";
    let mail = json!([{ "key": "EMAIL_NOREPLY", "value": "s3cret", "isShownOnce": true }]);
    for params in [
        json!({ "composeRaw": named, "name": "web", "envs": envs }),
        json!({ "template": "fider", "name": "feedback", "envs": mail }),
    ] {
        let app = create_app(agent, &params).await;
        let params = json!({ "uuid": app["uuid"], "include": ["compose"] });
        let got = agent.compact("apps.get", &params).await.expect("an app");
        assert!(got["composeRaw"].is_string() && !got.to_string().contains("s3cret"), "{got}");
    }
}
