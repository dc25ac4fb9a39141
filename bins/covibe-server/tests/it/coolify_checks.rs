//! The checks of Coolify: the networks of workspaces, with `provision --all`, which creates them, and its other
//! readers.

use std::process::{Command, Output};
use std::time::Duration;

use covibe_sandbox::coolify::Version;
use covibe_sandbox::docker::ForeignContainer;
use covibe_testkit_http::{Options, World};
use serde_json::{Value, json};

use crate::check_report::{check, check_with, of_status};
use crate::server_binary;

/// The server has more destinations than one: those of mark and justine, and the one that all share.
#[tokio::test(flavor = "multi_thread")]
async fn workspaces_that_share_a_network_are_reported_until_they_are_provisioned() {
    let world = World::embedded().await;
    let alone = check_with(&world, "COVIBE_DOCKER_HOST", "");
    assert!(of_status(&alone, "warn").contains(&"workspaces.networks".to_owned()), "{alone:?}");
    assert!(
        message_of(&alone, "workspaces.networks").contains("set COVIBE_DOCKER_HOST"),
        "{alone:?}"
    );
    let told = || message_of(&check(&world, &["--json"]), "workspaces.networks");
    assert!(told().starts_with("each workspace has its own"), "{}", told());
    let mut record = world.read_workspace(&world.mark.record).await.expect("the workspace");
    let uuid = record.coolify_destination_uuid.take().expect("a destination");
    let path = format!("/destinations/{uuid}");
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    let gone = check(&world, &["--json"]);
    assert_eq!(of_status(&gone, "fail"), ["workspaces.networks"], "{gone:?}");
    assert!(told().contains(": mark; run"), "{}", told());
    record.coolify_destination_server = None;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("a row"));
    tx.commit().await.expect("its end");
    assert!(told().starts_with("1 workspaces share a Docker network"), "{}", told());
    assert!(told().contains(": mark; `covibe-server provision --all`"), "{}", told());
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).args(["provision", "--all"]);
    let given = tokio::task::block_in_place(|| command.output().expect("it starts"));
    assert!(given.status.success(), "{given:?}");
    assert!(told().starts_with("each workspace has its own"), "{}", told());
}

/// Coolify forgets a resource whose containers it could not remove (4.3.11).
#[tokio::test(flavor = "multi_thread")]
async fn containers_left_after_a_deletion_are_named() {
    let world = World::embedded().await;
    let params = json!({ "image": "nginx:1.27", "name": "site", "ports": "80" });
    world.mark.agent.compact("apps.create", &params).await.expect("it is created");
    world.coolify.advance(Duration::from_mins(1));
    let told = || message_of(&check(&world, &["--json"]), "docker.leftovers");
    assert_eq!(told(), "no container of a deleted resource runs");
    let engine = world.docker.as_ref().expect("an engine");
    let left = |service: &str, project: &str| {
        let uuid = "leftleftleftleftleftleft";
        let labels = [("com.docker.compose.project", uuid), ("coolify.projectName", project)];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        engine.set(ForeignContainer {
            name: format!("{service}-{uuid}"),
            image: "nginx:1.27".to_owned(),
            labels: labels.into(),
            ..ForeignContainer::default()
        });
    };
    left("web", "vibn-ws-mark");
    left("foreign", "vibn-ws-of-another-server");
    left("other", "my-project");
    let told = told();
    assert!(told.contains(": web-leftleftleftleftleftleft; remove"), "{told}");
    assert!(told.contains("docker rm"), "{told}");
}

/// The message of a check.
fn message_of(output: &Output, name: &str) -> String {
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut checks = told["checks"].as_array().expect("a list").iter();
    let check = checks.find(|check| check["name"] == name).expect("the check");
    check["says"].as_str().expect("a text").to_owned()
}

/// Its MCP server returns the addresses of repositories, and so the tokens in them.
#[tokio::test(flavor = "multi_thread")]
async fn a_coolify_with_an_enabled_mcp_server_is_warned_of() {
    for version in [Version::V4_1, Version::V4_3] {
        let mut options = Options::on_release(version);
        options.coolify.serves_mcp = true;
        let world = World::start(options).await.expect("SQLite is built in");
        let told = check(&world, &["--json"]);
        assert!(told.status.success(), "{told:?}");
        assert!(of_status(&told, "warn").contains(&"coolify.other_readers".to_owned()), "{told:?}");
    }
}
