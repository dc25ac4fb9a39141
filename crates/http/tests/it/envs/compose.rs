//! Variables of compose files: some are Coolify's, and some would be docker's.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::json;

use super::{Bench, on};

#[tokio::test(flavor = "multi_thread")]
async fn what_coolify_makes_is_marked_and_left_alone() {
    for version in Version::ALL {
        let world = on(version).await;
        let bench = Bench::stack(&world, "stack").await;
        let made = &bench.listed("SERVICE_PASSWORD_WEB").await[0];
        assert_eq!(made["isGenerated"], true, "{made}");
        assert_eq!((&made["isPreview"], &made["isBuildTime"]), (&json!(false), &json!(false)));
        let before = bench.writes();
        for key in ["SERVICE_PASSWORD_WEB", "SERVICE_FQDN_WEB", "SERVICE_URL_WEB_80"] {
            for (tool, params) in [
                ("apps.envs.upsert", json!({ "key": key, "value": "x" })),
                ("apps.envs.delete", json!({ "key": key })),
            ] {
                let (status, body) = bench.fail(tool, params).await;
                assert_eq!(status, 422, "{tool} {key}: {body}");
                assert!(body["hint"].is_string(), "{body}");
            }
        }
        assert_eq!(bench.writes(), before);
        // Those that the file has a default for are the agent's.
        assert_eq!(bench.listed("LEVEL").await[0].get("isGenerated"), None);
        bench.set(json!({ "key": "LEVEL", "value": "debug" })).await;
        assert_eq!(bench.listed("LEVEL").await[0]["value"], "debug");
        let image = Bench::image(&world, "image").await;
        image.set(json!({ "key": "SERVICE_URL_WEB", "value": "x" })).await;
        assert_eq!(image.listed("SERVICE_URL_WEB").await[0].get("isGenerated"), None);
    }
}

/// Coolify writes them into the file that docker compose reads its own settings from.
#[tokio::test(flavor = "multi_thread")]
async fn no_variable_of_a_compose_app_steers_docker() {
    let world = World::embedded().await;
    let bench = Bench::stack(&world, "stack").await;
    let before = bench.writes();
    for (key, value, status) in [
        ("COMPOSE_FILE", "/data/coolify/services/x/docker-compose.yml", 422),
        ("COMPOSE_PROJECT_NAME", "x", 422),
        ("DOCKER_HOST", "tcp://evil.com", 422),
        ("A", "x'\nCOMPOSE_FILE=/data/x\nB='", 422),
    ] {
        let (told, body) =
            bench.fail("apps.envs.upsert", json!({ "key": key, "value": value })).await;
        assert_eq!(told, status, "{key}: {body}");
    }
    assert_eq!(bench.writes(), before);
    let key = "-----BEGIN KEY-----\nabc\n-----END KEY-----";
    bench.set(json!({ "key": "KEY", "value": key })).await;
    assert_eq!(bench.held("KEY").await[0]["is_multiline"], true, "or it would be three variables");
}
