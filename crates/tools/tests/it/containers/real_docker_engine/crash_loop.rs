//! "Deployment succeeds but the app keeps restarting."

use covibe_testkit_docker::Recipe;
use serde_json::json;

use super::{Host, service};

/// An app whose server needs what only its worker's command makes.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['3000'], volumes: ['data:/data']}
  worker: {image: 'nginx:1.27', volumes: ['data:/data']}
volumes: {data: {}}
";

/// The server: without its tables it ends.
const SERVER: &str = r#"
    if [ ! -e /data/users ]; then
        echo 'connecting to the database'
        echo 'error: relation "users" does not exist' >&2
        exit 3
    fi
    echo 'listening on 3000'
"#;

#[tokio::test(flavor = "multi_thread")]
async fn deployment_succeeds_but_the_app_keeps_restarting() {
    let Some(host) = Host::start().await else { return };
    let app = host.stack(STACK).await;
    let data = format!("{app}_data");
    host.engine.volume(&data, &app);
    let web = Recipe::of_service(&app, "web").volume(&data, "/data").script(SERVER);
    let web = web.run(host.engine);
    let worker = Recipe::of_service(&app, "worker").volume(&data, "/data").run(host.engine);
    worker.install("/bin/migrate", "#!/bin/sh\necho migrated; : >/data/users");
    web.wait_until("{{.RestartCount}}", |count| count.parse::<u32>().is_ok_and(|count| count >= 4));

    let command = || json!({ "uuid": app, "service": "web", "command": "ls" });
    // Judged afterwards: the container may be started, and crash again, during the call.
    let agent = &host.world.mark.agent;
    let call = async || agent.compact_raw("apps.exec", &command()).await;
    let refused = web.between_crashes(call).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("restarting after a crash"), "{}", refused.text);
    let lines = || json!({ "uuid": app, "lines": 300 });
    let logs = web.between_crashes(async || host.call_ok("apps.logs", lines()).await).await;
    let told = service(&logs, "web");
    assert_eq!((&told["status"], &told["exitCode"]), (&json!("restarting"), &json!(3)), "{told}");
    assert!(told["restarts"].as_u64().is_some_and(|count| count >= 4), "{told}");
    let text = told["logs"].as_str().expect("a text");
    let last = "connecting to the database\n";
    assert!(text.contains(last) && text.contains("[stderr] error: relation \"users\""), "{text}");
    let warnings = logs["warnings"].to_string();
    assert!(warnings.contains("web keeps crashing and was restarted"), "{warnings}");
    assert!(warnings.contains("worker printed nothing"), "{warnings}");

    assert_eq!(host.exec(&app, Some("worker"), "migrate").await, (0, "migrated\n".to_owned()));
    web.wait_until_printed("listening on 3000");
    let logs =
        host.call_ok("apps.logs", json!({ "uuid": app, "service": "web", "lines": 1 })).await;
    let told = service(&logs, "web");
    assert_eq!(told["status"], "running", "{told}");
    assert!(told["logs"].as_str().is_some_and(|text| text.contains("listening")), "{told}");
}
