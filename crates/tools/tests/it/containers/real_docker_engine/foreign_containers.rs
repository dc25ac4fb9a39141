//! Containers of others.

use covibe_testkit_docker::{Recipe, Sshd};
use serde_json::json;

use super::{Host, call_refused, engine};

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_is_not_asked_about_an_app_of_another_workspace() {
    let Some(own) = engine().and_then(Sshd::gated) else { return };
    let Some(host) = Host::over(&own).await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    let volume = format!("{app}_data");
    for unknown in [app.clone(), "a".repeat(24)] {
        for (tool, params) in [
            ("apps.logs", json!({ "uuid": unknown })),
            ("apps.exec", json!({ "uuid": unknown, "command": "env" })),
            ("apps.control", json!({ "uuid": unknown, "action": "stop" })),
            ("databases.control", json!({ "uuid": unknown, "action": "stop" })),
            ("apps.volumes.list", json!({ "uuid": unknown })),
            ("apps.volumes.wipe", json!({ "uuid": unknown, "volume": volume, "confirm": volume })),
            ("apps.delete", json!({ "uuid": unknown, "confirm": "site", "volumes": "delete" })),
        ] {
            let answer = host.world.justine.agent.compact_raw(tool, &params).await;
            assert!(matches!(answer.status, 403 | 404), "{tool}: {}", answer.text);
        }
    }
    assert_eq!(own.sign_ins(), 0, "nobody has even signed in on the host");
    assert_eq!(site.inspect("{{.State.Status}}"), "running");
    host.call_ok("apps.logs", json!({ "uuid": app })).await;
    assert_eq!(own.sign_ins(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_or_a_label_alone_makes_no_container_an_apps() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    // A compose file can name a container, an image can bring labels; compose sets the project's.
    let named = Recipe::new(&format!("web-{app}"), "another").run(host.engine);
    let claims = format!("coolify.name={app}");
    let labelled = Recipe::new("claims", &app).option(["--label", &claims]).run(host.engine);
    let answer =
        call_refused(&host.world, "apps.exec", json!({ "uuid": app, "command": "env" })).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    let logs = host.call_ok("apps.logs", json!({ "uuid": app })).await;
    assert_eq!(logs["services"], json!([]), "{logs}");
    host.call_ok("apps.delete", json!({ "uuid": app, "confirm": "site", "volumes": "delete" }))
        .await;
    for container in [named, labelled] {
        assert_eq!(container.inspect("{{.State.Status}}"), "running");
    }
}
