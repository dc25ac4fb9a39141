//! A failure that only the operator can mend is 503 for callers, and nothing has begun by then.

use covibe_sandbox::Recorded;
use covibe_sandbox::coolify::{Abilities, Granted};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

/// A world whose Coolify token has these abilities from now on, as the server knows.
async fn with_abilities(abilities: Abilities) -> World {
    let granted = Granted::default();
    let mut options = Options::default();
    options.coolify.abilities = granted.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    granted.set(abilities);
    let process = world.process().await;
    process.platform.look_at_upstreams().await.expect("Coolify answers");
    world
}

fn writes(world: &World) -> usize {
    let is_write = |one: &&Recorded| one.method != "GET";
    world.coolify.requests().iter().filter(is_write).count()
}

async fn call(world: &World, tool: &str, params: Value) -> Value {
    let process = world.process().await;
    process.platform.look_at_upstreams().await.expect("Coolify answers");
    let before = writes(world);
    let outcome = process.call(&world.mark, tool, params).await;
    let told = outcome.unwrap_or_else(
        |failure| json!({ "status": failure.kind.status(), "failure": failure.body() }),
    );
    assert!(told.get("failure").is_none() || writes(world) == before, "{tool}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_are_refused_if_coolifys_token_lacks_deploy() {
    let world = with_abilities(Abilities { deploy: false, ..Abilities::ALL }).await;
    for (tool, params) in [
        ("apps.create", json!({ "image": "nginx:1.27", "name": "site" })),
        ("databases.create", json!({ "type": "redis" })),
        ("auth.create", json!({ "provider": "pocketbase" })),
    ] {
        let told = call(&world, tool, params).await;
        assert_eq!(told["status"], 503, "{tool}: {told}");
        assert!(told.to_string().contains("lacks deploy"), "{tool}: {told}");
    }
    assert_eq!(call(&world, "apps.list", json!({})).await["apps"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn database_tools_are_refused_if_coolifys_token_lacks_read_sensitive() {
    let world = with_abilities(Abilities { read_sensitive: false, ..Abilities::ALL }).await;
    let told = call(&world, "databases.create", json!({ "type": "redis" })).await;
    assert_eq!(told["status"], 503, "{told}");
    let told = call(&world, "databases.get", json!({ "uuid": "a".repeat(24) })).await;
    assert_eq!(told["status"], 503, "{told}");
    assert!(told.to_string().contains("lacks read:sensitive"), "{told}");
    assert_eq!(call(&world, "databases.list", json!({})).await["databases"], json!([]));
}

/// Whoever runs an image there is root on the host.
#[tokio::test(flavor = "multi_thread")]
async fn creations_and_deployments_are_refused_behind_a_caddy_proxy() {
    let world = World::embedded().await;
    let image = json!({ "image": "nginx:1.27", "name": "site" });
    let site = call(&world, "apps.create", image.clone()).await["uuid"].clone();
    world.operator().use_proxy("caddy").await;
    for (tool, params) in [
        ("apps.create", json!({ "image": "nginx:1.27", "name": "more" })),
        ("apps.deploy", json!({ "uuid": site })),
        ("databases.create", json!({ "type": "redis" })),
        ("auth.create", json!({ "provider": "pocketbase" })),
    ] {
        let told = call(&world, tool, params).await;
        assert_eq!(told["status"], 503, "{tool}: {told}");
        assert!(told.to_string().contains("Caddy"), "{tool}: {told}");
    }
    assert_eq!(call(&world, "apps.get", json!({ "uuid": site })).await["uuid"], site);
    let delete = json!({ "uuid": site, "confirm": "site" });
    assert_eq!(call(&world, "apps.delete", delete).await["deleted"], true);
    world.operator().use_proxy("traefik").await;
    assert!(call(&world, "apps.create", image).await["uuid"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn coolify_errors_caused_by_operator_settings_are_returned_as_503() {
    let world = World::embedded().await;
    for (path, status, body, told) in [
        ("/applications/dockerimage", 404, json!({ "message": "Server not found." }), "server"),
        (
            "/applications/dockerimage",
            404,
            json!({ "message": "Environment not found." }),
            "environment",
        ),
        (
            "/applications/dockerimage",
            422,
            json!({ "message": "Validation failed.", "errors": { "autogenerate_domain": ["This field is not allowed."] } }),
            "version",
        ),
        (
            "/applications/dockerimage",
            422,
            json!({ "message": "Validation failed.", "errors": { "destination_uuid": "no" } }),
            "destination",
        ),
        ("/applications/dockerimage", 403, json!({ "message": "API is disabled." }), "API"),
        ("/applications/dockerimage", 401, json!({ "message": "Unauthenticated." }), "credentials"),
    ] {
        let fault = Fault::new(Name::Status).status(status).body(body).on("POST", path);
        world.coolify.arm(fault);
        let params = json!({ "image": "nginx:1.27", "name": "site" });
        let answer = world.mark.agent.compact_raw("apps.create", &params).await;
        assert_eq!(answer.status, 503, "{status}: {}", answer.text);
        assert!(answer.text.contains(told) && answer.text.contains("operator"), "{}", answer.text);
    }
}
