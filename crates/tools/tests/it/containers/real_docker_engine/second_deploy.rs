//! "Compose app fails on second+ deploy — relation/table does not exist."

use std::collections::BTreeSet;

use covibe_testkit_docker::Recipe;
use serde_json::{Value, json};

use super::{Host, call_refused};

/// An app with a database that keeps its files.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['3000'], depends_on: [db]}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: x}, volumes: ['db-data:/data']}
volumes: {db-data: {}}
";

/// Stands in for PostgreSQL's client: it prints each argument in a line.
const PSQL: &str = "#!/bin/sh\nfor argument; do printf '<%s>\\n' \"$argument\"; done";

#[tokio::test(flavor = "multi_thread")]
async fn compose_app_fails_on_the_second_deploy_because_a_relation_does_not_exist() {
    let Some(host) = Host::start().await else { return };
    let app = host.stack(STACK).await;
    let volume = format!("{app}_db-data");
    // Volumes whose names begin alike: another one of the app, one of another resource, and one of nobody's.
    let other = format!("{}{}", &app[..23], if app.ends_with('z') { 'y' } else { 'z' });
    let alike = [format!("{volume}-old"), format!("{other}_db-data"), format!("x{volume}")];
    for (name, project) in [(&volume, &app), (&alike[0], &app), (&alike[1], &other)] {
        host.engine.volume(name, project);
    }
    host.engine.volume(&alike[2], "nobody");
    let database = Recipe::of_service(&app, "db").volume(&volume, "/data");
    let (web, db) = (format!("web-{app}"), format!("db-{app}"));
    let first = database.clone().script("echo half >/data/state; echo kept");
    let first = first.run(host.engine);
    let _web = Recipe::of_service(&app, "web").run(host.engine);
    first.wait_until_printed("kept");

    let listed = host.call_ok("apps.volumes.list", json!({ "uuid": app })).await;
    let found =
        listed["volumes"].as_array().and_then(|all| all.iter().find(|it| it["name"] == volume));
    let found = found.unwrap_or_else(|| panic!("{listed}"));
    assert_eq!(found["mounts"], json!([{ "service": "db", "path": "/data" }]), "{listed}");
    assert!(found["sizeBytes"].as_u64().is_some_and(|bytes| bytes >= 5), "{listed}");
    assert_eq!(listed["volumes"].as_array().map(Vec::len), Some(2), "{listed}");

    for confirm in [Value::Null, json!("db-data"), json!(alike[0])] {
        let mut params = json!({ "uuid": app, "volume": volume });
        if confirm.is_string() {
            params["confirm"] = confirm;
        }
        let answer = call_refused(&host.world, "apps.volumes.wipe", params).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
    }
    for name in &alike[1..] {
        let params = json!({ "uuid": app, "volume": name, "confirm": name });
        assert_eq!(
            call_refused(&host.world, "apps.volumes.wipe", params).await.status,
            404,
            "{name}"
        );
    }
    assert_eq!(first.inspect("{{.State.Status}}"), "running", "nothing was stopped yet");

    let params = json!({ "uuid": app, "volume": volume, "confirm": volume });
    let wiped = host.call_ok("apps.volumes.wipe", params).await;
    assert_eq!((&wiped["status"], &wiped["wiped"]), (&json!("gone"), &json!(true)), "{wiped}");
    assert_eq!(wiped["stoppedContainers"], json!([db, web]), "{wiped}");
    assert_eq!(wiped["removedContainers"], json!([db]), "{wiped}");
    let left = BTreeSet::from([web.clone(), alike[0].clone(), alike[2].clone()]);
    assert_eq!(BTreeSet::from_iter(host.engine.names(&app)), left);
    assert_eq!(host.engine.cli(&["inspect", "--format", "{{.State.Status}}", &web]), "exited");
    assert_eq!(host.engine.names(&other), [alike[1].clone()]);

    host.call_ok("apps.deploy", json!({ "uuid": app })).await;
    // What Coolify does then.
    host.engine.volume(&volume, &app);
    let second = database.run(host.engine);
    second.install("/bin/psql", PSQL);
    let (_, state) = host.exec(&app, Some("db"), "ls /data").await;
    assert_eq!(state, "", "the database starts with nothing");
    recipes_arrive_as_they_were_written(&host, &app).await;
}

/// The lines of the recipe, and some with more kinds of quotes.
async fn recipes_arrive_as_they_were_written(host: &Host, app: &str) {
    for (command, arguments) in [
        (
            r#"psql -U postgres -c 'DROP DATABASE IF EXISTS "default";'"#,
            vec!["-U", "postgres", "-c", r#"DROP DATABASE IF EXISTS "default";"#],
        ),
        (
            "POSTGRES_URL=postgres://u:p@db/x; psql $POSTGRES_URL -c 'select 1'",
            vec!["postgres://u:p@db/x", "-c", "select 1"],
        ),
        (
            "psql -c \"select 'it''s', \\\"a b\\\", E'\\\\n' -- $((1 + 1))\"",
            vec!["-c", r#"select 'it''s', "a b", E'\n' -- 2"#],
        ),
        (
            "psql -c 'select\n  1' -- '`id`' '$(id)' é",
            vec!["-c", "select\n  1", "--", "`id`", "$(id)", "é"],
        ),
    ] {
        let expected = format!("<{}>\n", arguments.join(">\n<"));
        assert_eq!(host.exec(app, Some("db"), command).await, (0, expected), "{command}");
    }
    let files = "mkdir /app; touch -d '2026-01-01 00:00' /app/old /tmp/marker; echo x >/app/new";
    assert_eq!(host.exec(app, Some("db"), files).await, (0, String::new()));
    let find = "find /app -newer /tmp/marker -type f 2>/dev/null";
    assert_eq!(host.exec(app, Some("db"), find).await, (0, "/app/new\n".to_owned()));
}
