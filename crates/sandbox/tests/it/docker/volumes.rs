//! Volumes, and files in containers.

use covibe_sandbox::coolify::{Collection, Condition};
use covibe_sandbox::docker::Arrangement;
use serde_json::{Value, json};

use super::{Host, urlencoded};

async fn volumes_of_project(host: &Host, uuid: &str) -> Vec<Value> {
    let filters = json!({ "label": [format!("com.docker.compose.project={uuid}")] });
    let path = format!("/volumes?filters={}", urlencoded(&filters.to_string()));
    host.get(&path).await.json()["Volumes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_volume_cannot_be_removed_while_even_a_stopped_container_mounts_it() {
    let host = Host::start().await;
    host.arrange("main", Arrangement { volume_bytes: Some(12_345), ..Arrangement::default() });
    let database = host.database("main").await;
    let id = host.only_container(&database).await;
    let volumes = volumes_of_project(&host, &database).await;
    let name = format!("postgres-data-{database}");
    assert_eq!(volumes.len(), 1, "{volumes:?}");
    assert_eq!(volumes[0]["Name"], json!(name));
    let usage = host.get("/v1.44/system/df?type=volume").await.json();
    assert_eq!((&usage["Containers"], &usage["Images"]), (&Value::Null, &Value::Null));
    let all = usage["Volumes"].as_array().unwrap();
    let own = all.iter().find(|one| one["Name"] == json!(name)).unwrap();
    assert_eq!(own["UsageData"], json!({ "RefCount": 1, "Size": 12_345 }));
    assert!(all.iter().any(|one| one["Name"] == "coolify-db"), "those of others too");
    let older = host.get("/v1.41/system/df?type=volume").await.json();
    assert!(older["Containers"].as_array().is_some_and(|list| !list.is_empty()));

    host.post(&format!("/containers/{id}/stop")).await;
    let refused = host.delete(&format!("/volumes/{name}")).await;
    assert_eq!(refused.status, 409);
    assert_eq!(refused.message(), format!("remove {name}: volume is in use - [{id}]"));
    let filters = urlencoded(&json!({ "volume": [name] }).to_string());
    let users = host.get(&format!("/containers/json?all=1&filters={filters}")).await.json();
    assert_eq!((users.as_array().unwrap().len(), &users[0]["Id"]), (1, &json!(id)));

    assert_eq!(host.delete(&format!("/containers/{id}")).await.status, 204);
    assert_eq!(host.delete(&format!("/volumes/{name}")).await.status, 204);
    assert!(!host.coolify.client.simulator.names(Collection::Volumes).contains(&name));
    let gone = host.get(&format!("/volumes/{name}")).await;
    assert_eq!((gone.status, gone.message()), (404, format!("get {name}: no such volume")));
    host.coolify.post(&format!("/databases/{database}/start"), json!({})).await;
    host.wait();
    assert_eq!(
        volumes_of_project(&host, &database).await.len(),
        1,
        "Docker Compose makes it again"
    );
}

#[tokio::test]
async fn anonymous_volumes_are_kept_by_coolify_and_removed_with_v() {
    let host = Host::start().await;
    let app = host.app("cache", "redis:7.2", Condition::Running).await;
    let mounted = |container: Value| container["Mounts"][0]["Name"].as_str().unwrap().to_owned();
    let first = mounted(host.inspect(&host.only_container(&app).await).await);
    host.deploy(&app).await;
    let id = host.only_container(&app).await;
    let second = mounted(host.inspect(&id).await);
    assert_ne!(first, second);
    assert_eq!(host.get(&format!("/volumes/{first}")).await.status, 200, "an orphan");
    host.delete(&format!("/containers/{id}?force=1&v=1")).await;
    assert_eq!(host.get(&format!("/volumes/{second}")).await.status, 404);
}

#[tokio::test]
async fn a_file_of_a_stopped_container_is_read_as_a_tar_archive() {
    let host = Host::start().await;
    let files = [("/app/data/notes.txt".to_owned(), "remember\n".to_owned())];
    host.arrange("site", Arrangement { files: files.into(), ..Arrangement::default() });
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let id = host.only_container(&app).await;
    host.post(&format!("/containers/{id}/stop")).await;
    let path = format!("/containers/{id}/archive?path=/app/data/notes.txt");
    let answer = host.get(&path).await;
    assert_eq!(answer.header("content-type"), Some("application/x-tar"));
    assert_eq!(answer.body.len(), 2_048);
    assert!(answer.body.starts_with(b"notes.txt\0"));
    assert_eq!(&answer.body[512..521], b"remember\n");
    assert!(answer.header("x-docker-container-path-stat").is_some());
    assert_eq!(listed_by_tar(&answer.body), "-rw-r--r-- root/root 9 notes.txt");
    let folder = host.get(&format!("/containers/{id}/archive?path=/app/data")).await;
    assert!(folder.body.starts_with(b"data/\0"));
    let missing = host.get(&format!("/containers/{id}/archive?path=/nope")).await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.message(), format!("Could not find the file /nope in container {id}"));
}

/// Returns how a real `tar` lists an archive, without the times.
fn listed_by_tar(archive: &[u8]) -> String {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut command = Command::new("tar");
    let mut tar = command.arg("-tv").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    tar.stdin.take().unwrap().write_all(archive).unwrap();
    let listed = String::from_utf8(tar.wait_with_output().unwrap().stdout).unwrap();
    let words: Vec<_> = listed.split_whitespace().collect();
    [words[0], words[1], words[2], words[5]].join(" ")
}
