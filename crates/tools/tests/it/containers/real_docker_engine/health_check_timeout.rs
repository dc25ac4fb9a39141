//! "Healthcheck times out on first deploy."

use covibe_testkit::support::unframed;
use covibe_testkit_docker::Recipe;
use serde_json::json;

use super::{Host, service};

const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['3000']}
";

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_times_out_on_the_first_deploy() {
    let Some(host) = Host::start().await else { return };
    let app = host.stack(STACK).await;
    let check = "test -e /tmp/migrated || { echo \"$TOKEN: 503 migrations are running\"; exit 7; }";
    let health = ["--health-cmd", check, "--health-interval", "200ms", "--health-retries", "1"];
    let web = Recipe::of_service(&app, "web").option(health);
    let web = web.option(["--env", "TOKEN=tok-hunter2hunter2"]).run(host.engine);
    let env = json!({ "uuid": app, "key": "TOKEN", "value": "tok-hunter2hunter2" });
    host.call_ok("apps.envs.upsert", env).await;
    web.wait_until("{{.State.Health.Status}}", |told| told == "unhealthy");

    let logs = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    let told = service(&logs, "web");
    assert_eq!(
        (&told["status"], &told["health"]),
        (&json!("running"), &json!("unhealthy")),
        "{told}"
    );
    assert_eq!(unframed(&told["healthOutput"]), "***: 503 migrations are running", "{told}");
    let mark =
        told["healthOutput"].as_str().and_then(|text| text.split(' ').nth(2)).expect("a mark");
    assert!(logs["note"].as_str().is_some_and(|note| note.contains(mark)), "{logs}");
    let warnings = logs["warnings"].to_string();
    assert!(warnings.contains("web fails its health check"), "{warnings}");

    let migration = json!({ "uuid": app, "command": "touch /tmp/migrated" });
    let answer = host.call_ok("apps.exec", migration).await;
    assert_eq!((&answer["code"], &answer["service"]), (&json!(0), &json!("web")), "{answer}");
    web.wait_until("{{.State.Health.Status}}", |told| told == "healthy");
    let logs = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    assert_eq!(service(&logs, "web")["health"], "healthy", "{logs}");
    let answer = host.call_ok("apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer["containerHealth"], "healthy", "{answer}");
}
