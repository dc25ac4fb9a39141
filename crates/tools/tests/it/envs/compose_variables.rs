//! Variables of compose files: some are Coolify's, and some would be docker's.

use covibe_sandbox::coolify::{Collection, Version};
use covibe_testkit::World;
use serde_json::json;

use super::{Bench, start_on_release};

#[tokio::test(flavor = "multi_thread")]
async fn generated_variables_are_marked_and_cannot_be_changed_or_deleted() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let bench = Bench::stack(&world, "stack").await;
        let made = &bench.list_variable("SERVICE_PASSWORD_WEB").await[0];
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
        assert_eq!(bench.list_variable("LEVEL").await[0].get("isGenerated"), None);
        bench.set(json!({ "key": "LEVEL", "value": "debug" })).await;
        assert_eq!(bench.list_variable("LEVEL").await[0]["value"], "debug");
        let image = Bench::image(&world, "image").await;
        image.set(json!({ "key": "SERVICE_URL_WEB", "value": "x" })).await;
        assert_eq!(image.list_variable("SERVICE_URL_WEB").await[0].get("isGenerated"), None);
    }
}

/// Coolify writes them into the file that docker compose reads its own settings from.
#[tokio::test(flavor = "multi_thread")]
async fn variables_of_a_compose_app_that_configure_docker_are_refused() {
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
    assert_eq!(
        bench.stored_variable("KEY").await[0]["is_multiline"],
        true,
        "or it would be three variables"
    );
}

/// The shell on the host in which Coolify starts a compose app has variables of its own.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_refer_to_variables_of_the_host_are_refused() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let bench = Bench::stack(&world, "stack").await;
        let plain =
            |key: &str, value: &str| json!({ "key": key, "value": value, "isLiteral": false });
        for value in
            ["x${BACKUP_KEY}", "$HOME/data", "${OWN:-${BACKUP_KEY}}", "a-${OWN:-${B:+$BACKUP_KEY}}"]
        {
            let params = json!({ "envs": [plain("OWN", "1"), plain("B", "2"), plain("A", value)] });
            let (status, body) = bench.fail("apps.envs.upsert", params).await;
            assert_eq!(status, 422, "{value}: {body}");
        }
        let deep = format!("{}\"$BACKUP_KEY\"{}", "[".repeat(200), "]".repeat(200));
        for value in [deep.as_str(), "{\"a\": [\"${BACKUP_KEY}\", 1e999]}"] {
            let params = json!({ "key": "A", "value": value });
            let (status, body) = bench.fail("apps.envs.upsert", params).await;
            assert_eq!(status, 422, "{value}: {body}");
        }
        bench.set(json!({ "envs": [plain("OWN", "1"), plain("A", "x${OWN}${LEVEL}")] })).await;
        bench.set(json!({ "key": "LITERAL", "value": "x${BACKUP_KEY}" })).await;
        let reached = world.coolify.names(Collection::ContainerVariables);
        assert!(reached.contains(&"stack/LITERAL=x${BACKUP_KEY}".to_owned()), "{reached:?}");
        assert!(!reached.iter().any(|line| line.contains("of-the-host")), "{reached:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_with_a_dollar_is_refused_only_where_coolify_does_not_escape_it() {
    let world = World::embedded().await;
    let file = "services: {web: {image: 'acme/web:1', environment: \
                {PASS: '${PASS}', URL: '${BASE:-http://${HOST_NAME}}'}}}";
    let params = json!({ "composeRaw": file, "name": "app", "instantDeploy": false });
    let agent = &world.mark.agent;
    let made = agent.compact("apps.create", &params).await.expect("an app");
    for (key, status) in [("PASS", 200), ("BASE", 422), ("HOST_NAME", 422), ("OTHER", 200)] {
        let params = json!({ "uuid": made["uuid"], "key": key, "value": "a$1b" });
        let answer = agent.compact_raw("apps.envs.upsert", &params).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.text);
    }
}
