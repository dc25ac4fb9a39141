//! Deleting: what Coolify leaves on the host is removed, as the engine shows it.

use std::collections::BTreeSet;

use covibe_testkit_docker::Recipe;
use serde_json::{Value, json};

use super::Host;

const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['3000']}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: x}, volumes: ['data:/data']}
volumes: {data: {}}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_removes_remains_and_keeps_volumes_by_default() {
    let Some(host) = Host::start().await else { return };
    for volumes in [None, Some("delete")] {
        let app = host.stack(STACK).await;
        let (data, other) = (format!("{app}_data"), format!("x{app}_data"));
        host.engine.volume(&data, &app);
        host.engine.volume(&other, "nobody");
        let anonymous = ["--volume", "/cache"];
        let web = Recipe::of_service(&app, "web").option(anonymous).run(host.engine);
        let anonymous = web.inspect("{{range .Mounts}}{{.Name}}{{end}}");
        let _db = Recipe::of_service(&app, "db").volume(&data, "/data").run(host.engine);

        host.engine.cli(&["network", "create", "--attachable", &app]);
        let proxy = Recipe::new("coolify-proxy", "coolify-proxy").network(&app).run(host.engine);

        let mut params = json!({ "uuid": app, "confirm": "stack" });
        if let Some(word) = volumes {
            params["volumes"] = json!(word);
        }
        let answer = host.call_ok("apps.delete", params).await;
        assert_eq!(
            (&answer["status"], &answer["deleted"]),
            (&json!("gone"), &json!(true)),
            "{answer}"
        );
        let networks = host.engine.cli(&["network", "ls", "--format", "{{.Name}}"]);
        assert!(!networks.contains(&app), "{networks}");
        let goes = volumes.is_some();
        assert_eq!(answer["volumes"], if goes { "deleted" } else { "kept" }, "{answer}");
        let mut left = BTreeSet::from([other]);
        left.extend((!goes).then(|| data.clone()));
        assert_eq!(BTreeSet::from_iter(host.engine.names(&app)), left, "{answer}");
        assert_eq!(host.engine.names(&anonymous).is_empty(), goes, "{anonymous}");
        drop(proxy);
        if !goes {
            wipe_what_was_left(&host, &app, &data).await;
        }
    }
}

/// The volumes of an app that was deleted can be listed and removed.
async fn wipe_what_was_left(host: &Host, app: &str, volume: &str) {
    let listed = host.call_ok("apps.volumes.list", json!({ "uuid": app })).await;
    assert_eq!(listed["volumes"][0]["name"], volume, "{listed}");
    assert_eq!(listed["volumes"][0]["mounts"], Value::Array(Vec::new()), "{listed}");
    let params = json!({ "uuid": app, "volume": volume, "confirm": volume });
    assert_eq!(host.call_ok("apps.volumes.wipe", params).await["wiped"], true);
    assert_eq!(host.engine.names(volume), [format!("x{volume}")]);
}
