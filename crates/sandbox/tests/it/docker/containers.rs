//! The containers of a host, and their details.

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::docker::{Arrangement, Collection, ForeignContainer, LONGEST_SOCKET};
use covibe_sandbox::{Scratch, docker};
use serde_json::{Value, json};

use super::Host;
use crate::gitea_repositories::Bot;

const STACK: &str = "services:\n  web:\n    image: nginx:1.27\n    volumes: ['My_Data:/srv']\n  db:\n    image: postgres:16-alpine\n";

#[tokio::test]
async fn each_kind_of_resource_has_containers_with_its_names_and_labels() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    let database = host.database("main").await;
    let service = host.service(STACK).await;

    let listed = host.containers(&app).await;
    let name = listed[0]["Names"][0].as_str().unwrap().trim_start_matches('/').to_owned();
    let digits = name.strip_prefix(&format!("{app}-")).unwrap();
    assert!(digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()), "{name}");
    let labels = &listed[0]["Labels"];
    assert_eq!(labels["coolify.name"], json!(app));
    assert_eq!(labels["coolify.projectName"], "vibn-ws-mark");
    assert_eq!(labels["com.docker.compose.service"], json!(name));
    assert_eq!(listed[0]["Image"], "acme/site:2");

    let of_database = &host.containers(&database).await[0];
    assert_eq!(of_database["Names"], json!([format!("/{database}")]));
    assert_eq!(of_database["Labels"].get("coolify.name"), None);
    assert!(of_database["Status"].as_str().unwrap().ends_with("(healthy)"));
    let volume = format!("postgres-data-{database}");
    assert_eq!(of_database["Mounts"][0]["Name"], json!(volume));

    let of_service = host.containers(&service).await;
    let named = |name: &str| {
        let wanted = json!([format!("/{name}-{service}")]);
        of_service.iter().find(|one| one["Names"] == wanted).unwrap()
    };
    assert_eq!(named("web")["Labels"]["com.docker.compose.service"], "web");
    assert_eq!(named("web")["Mounts"][0]["Name"], json!(format!("{service}_my-data")));
    // The image's volume, where the file mounts nothing, has no name.
    let anonymous = named("db")["Mounts"][0]["Name"].as_str().unwrap();
    assert_eq!(anonymous.len(), 64, "{anonymous}");
}

/// As `applicationParser` of Coolify 4.3.11 names them.
#[tokio::test]
async fn the_containers_of_a_compose_application_get_new_names_at_each_deployment() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push("work", "stack.yml", "services:\n  web-1:\n    image: nginx:1\n");
    let host = Host::start().await;
    let app = host.coolify.working_app("site").await;
    let body = json!({
        "git_repository": bot.url("site"), "build_pack": "dockercompose",
        "docker_compose_location": "/stack.yml",
    });
    assert_eq!(host.coolify.patch(&format!("/applications/{app}"), body).await.status, 200);
    let mut names = Vec::new();
    for _ in 0..2 {
        host.deploy(&app).await;
        let listed = host.containers(&app).await;
        assert_eq!(listed.len(), 1, "{listed:?}");
        let name = listed[0]["Names"][0].as_str().unwrap().trim_start_matches('/').to_owned();
        let time = name.strip_prefix(&format!("web-1-{app}-")).unwrap();
        assert!(time.len() == 12 && time.bytes().all(|b| b.is_ascii_digit()), "{name}");
        let labels = &listed[0]["Labels"];
        assert_eq!(labels["coolify.name"], json!(name));
        assert_eq!(labels["com.docker.compose.service"], "web-1");
        assert_eq!(labels["coolify.serviceName"], "site", "it is the app's name");
        names.push(name);
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn containers_of_coolify_and_of_another_project_are_listed_too() {
    let host = Host::start().await;
    let all = host.get("/containers/json?all=1").await.json();
    let names: Vec<_> = all.as_array().unwrap().iter().map(|one| one["Names"][0].clone()).collect();
    for own in ["/coolify", "/coolify-db", "/coolify-proxy"] {
        assert!(names.contains(&json!(own)), "{names:?}");
    }
    let projects = all.as_array().unwrap().iter().map(|one| &one["Labels"]["coolify.projectName"]);
    assert_eq!(projects.filter(|name| **name == "vibn-ws-elsewhere").count(), 3);
}

#[tokio::test]
async fn a_container_with_a_forged_project_label_is_listed_as_by_docker() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    host.engine.set(ForeignContainer {
        name: "intruder".to_owned(),
        image: "acme/evil:1".to_owned(),
        labels: [("com.docker.compose.project".to_owned(), app.clone())].into(),
        ..ForeignContainer::default()
    });
    assert_eq!(host.containers(&app).await.len(), 2);
    assert!(host.engine.names(Collection::Containers).contains(&"intruder".to_owned()));
}

#[tokio::test]
async fn a_deployment_replaces_the_container_and_a_stop_by_coolify_removes_it() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    let first = host.only_container(&app).await;
    assert_eq!(host.only_container(&app).await, first, "it stays the same");
    assert_eq!(host.inspect(&first[..20]).await["Id"], json!(first));
    host.deploy(&app).await;
    let second = host.only_container(&app).await;
    assert_ne!(first, second);
    assert_eq!(host.get(&format!("/containers/{first}/json")).await.status, 404);
    host.coolify.post(&format!("/applications/{app}/stop"), json!({})).await;
    assert!(host.containers(&app).await.is_empty());
    let log = host.get(&format!("/containers/{second}/logs?stdout=1")).await;
    assert_eq!((log.status, log.message()), (404, format!("No such container: {second}")));
}

#[tokio::test]
async fn limits_of_an_application_apply_from_the_next_deployment_on() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    let limits = async || {
        let shown = host.inspect(&host.only_container(&app).await).await;
        ["Memory", "MemorySwap", "NanoCpus"].map(|name| shown["HostConfig"][name].clone())
    };
    let patch = async |fields: Value| {
        let path = format!("/applications/{app}");
        assert_eq!(host.coolify.patch(&path, fields).await.status, 200, "it takes any text");
    };
    patch(json!({ "limits_memory": "512m", "limits_memory_swap": "512m", "limits_cpus": "0.5" }))
        .await;
    assert_eq!(limits().await, [0, 0, 0], "it was created without");
    host.deploy(&app).await;
    let bytes = 512 << 20;
    assert_eq!(limits().await, [bytes, bytes, 500_000_000]);
    for wrong in [
        json!({ "limits_memory": "abc" }),
        json!({ "limits_memory": "1g" }),
        json!({ "limits_memory": "512m", "limits_cpus": "-1" }),
        json!({ "limits_cpus": "3" }),
    ] {
        patch(wrong.clone()).await;
        let entry = host.coolify.deploy(&app).await;
        let failed = host
            .coolify
            .wait_for_status(entry["deployment_uuid"].as_str().unwrap(), "failed")
            .await;
        let log = failed["logs"].to_string();
        assert!(log.contains("Error response from daemon"), "{wrong}: {log}");
        assert_eq!(limits().await, [bytes, bytes, 500_000_000], "the container stays");
    }
}

#[tokio::test]
async fn a_crash_loop_is_inspected_with_exit_code_restarts_and_out_of_memory() {
    let host = Host::start().await;
    host.arrange("site", Arrangement { out_of_memory: true, ..Arrangement::default() });
    let app = host.app("site", "acme/site:2", Condition::Restarting).await;
    let id = host.only_container(&app).await;
    let state = |inspected: &Value| {
        let state = &inspected["State"];
        (state["Status"].clone(), state["ExitCode"].clone(), state["OOMKilled"].clone())
    };
    let seen = host.inspect(&id).await;
    assert_eq!(state(&seen), (json!("restarting"), json!(137), json!(true)));
    let before = seen["RestartCount"].as_u64().unwrap();
    host.engine.advance(host.coolify.pace * 3);
    assert_eq!(host.inspect(&id).await["RestartCount"], json!(before + 3));
    host.engine.advance(host.coolify.pace * 10);
    assert!(host.containers(&app).await.is_empty(), "Coolify gave up and removed it");
}

#[tokio::test]
async fn exited_and_unhealthy_containers_have_different_states() {
    let host = Host::start().await;
    let code = Arrangement { exit_code: Some(3), ..Arrangement::default() };
    host.arrange("batch", code);
    let batch = host.app("batch", "acme/batch:1", Condition::Exited).await;
    let sick = host.app("sick", "acme/sick:1", Condition::Unhealthy).await;
    let exited = host.inspect(&host.only_container(&batch).await).await;
    assert_eq!(
        (&exited["State"]["Status"], &exited["State"]["ExitCode"]),
        (&json!("exited"), &json!(3))
    );
    assert_eq!(exited["State"].get("Health"), None);
    let unhealthy = host.inspect(&host.only_container(&sick).await).await;
    assert_eq!(unhealthy["State"]["Health"]["Status"], "unhealthy");
    assert_eq!(unhealthy["State"]["Health"]["Log"][0]["ExitCode"], 1);
    // Only what runs is listed without `all`.
    let listed = host.get("/containers/json").await.json();
    let is_there = |id: &Value| listed.as_array().unwrap().iter().any(|one| one["Id"] == *id);
    assert!(is_there(&unhealthy["Id"]) && !is_there(&exited["Id"]));
}

#[tokio::test]
async fn unsupported_api_versions_and_unknown_paths_are_refused() {
    let host = Host::start().await;
    let pinged = host.get("/_ping").await;
    assert_eq!((pinged.status, pinged.body.as_slice()), (200, &b"OK"[..]));
    assert_eq!(pinged.header("api-version"), Some("1.44"));
    let new = host.get("/v1.50/containers/json").await;
    assert_eq!(new.status, 400);
    assert_eq!(
        new.message(),
        "client version 1.50 is too new. Maximum supported API version is 1.44"
    );
    assert_eq!(host.get("/v1.12/version").await.status, 400);
    for path in ["/containers/create", "/images/json", "/v1.44/nothing", "/"] {
        let missing = host.get(path).await;
        assert_eq!((missing.status, missing.message().as_str()), (404, "page not found"), "{path}");
    }
}

#[tokio::test]
async fn the_socket_is_private_bounded_in_length_and_replaced_by_a_new_engine() {
    use std::os::unix::fs::PermissionsExt as _;
    let host = Host::start().await;
    let mode = std::fs::metadata(&host.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(host.engine.url, format!("unix://{}", host.socket.display()));
    let coolify = &host.coolify.client.simulator;
    let _second = docker::start(coolify, &host.socket).await.unwrap();
    assert_eq!(host.get("/_ping").await.status, 200);
    let long = Scratch::create().unwrap().path().join("s".repeat(LONGEST_SOCKET));
    assert!(docker::start(coolify, &long).await.is_err());
    let other = crate::simulator_client::gitea().await;
    assert!(docker::start(&other.simulator, &host.socket).await.is_err());
}
