//! The data directory of an embedded database: one server, and no new beginning beside what is left.

use std::path::Path;

use covibe_testkit_http::World;
use serde_json::json;

use crate::current_directory_and_migrate::{err, run};
use crate::server_process::Server;

/// Runs `serve`, which should end at once. Returns what it says.
fn refusal(data: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let data = data.to_str().expect("UTF-8");
    let variables = [("COVIBE_DATA_DIR", data), ("COVIBE_BIND", "127.0.0.1:0")];
    let output = run(folder.path(), &["serve"], &variables);
    assert!(!output.status.success(), "{output:?}");
    err(&output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_data_directory_is_refused_while_the_first_runs() {
    let world = World::embedded().await;
    let first = Server::start(&world);
    let (_, data) =
        world.variables().into_iter().find(|(name, _)| *name == "COVIBE_DATA_DIR").expect("one");
    let said = tokio::task::block_in_place(|| refusal(Path::new(&data)));
    assert!(said.contains("another server uses the data directory"), "{said}");
    let agent = first.agent(&world.mark);
    agent.compact("workspace.describe", &json!({})).await.expect("the first one serves on");
    first.kill();
    let next = Server::start(&world);
    let agent = next.agent(&world.mark);
    agent.compact("workspace.describe", &json!({})).await.expect("the next one serves");
}

#[test]
fn no_database_is_created_next_to_an_existing_secrets_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let key = covibe_crypto::SecretBox::fresh_config();
    std::fs::write(data.join("secrets.key"), key.expose()).expect("a key");
    let said = refusal(&data);
    assert!(said.contains("no database next to it"), "{said}");
    assert!(!data.join("covibe.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secrets_key_is_created_for_a_database_with_encrypted_secrets() {
    let world = World::embedded().await;
    let ready = world.mark.agent.json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    let (_, data) =
        world.variables().into_iter().find(|(name, _)| *name == "COVIBE_DATA_DIR").expect("one");
    let said = tokio::task::block_in_place(|| refusal(Path::new(&data)));
    assert!(said.contains("there is no secrets key at"), "{said}");
    assert!(!Path::new(&data).join("secrets.key").exists());
}
