//! `covibe-server check --deliver`: whether Gitea reaches the running server.

use std::process::{Command, Output};

use covibe_sandbox::gitea::{Collection, Settings};
use covibe_testkit_http::World;

use crate::binary;
use crate::check::of_status;
use crate::server::Server;

const NAME: &str = "gitea.deliveries";

/// Checks the server at this origin.
fn check_at(world: &World, origin: &str, more: &[&str]) -> Output {
    let mut command = Command::new(binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env("COVIBE_HOSTED_URL", origin).arg("check").args(more);
    tokio::task::block_in_place(|| command.output().expect("it starts"))
}

/// What the check says, by its line.
fn says(output: &Output) -> String {
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("a list");
    let line = checks.iter().find(|check| check["name"] == NAME).expect("the check");
    line["says"].as_str().expect("a text").to_owned()
}

fn deliver(world: &World, origin: &str) -> Output {
    check_at(world, origin, &["--json", "--deliver"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_reaches_the_server_passes_and_silence_is_told() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let origin = server.agent(&world.mark).origin;
    let heard = deliver(&world, &origin);
    assert!(of_status(&heard, "pass").contains(&NAME.to_owned()), "{heard:?}");
    assert!(!of_status(&check_at(&world, &origin, &["--json"]), "pass").contains(&NAME.to_owned()));
    world.gitea.set(Settings { webhook_hosts: "external".to_owned(), ..Settings::default() });
    let silent = deliver(&world, &origin);
    assert_eq!(of_status(&silent, "fail"), [NAME]);
    assert!(says(&silent).contains("ALLOWED_HOST_LIST"), "{silent:?}");
    let left = world.gitea.names(Collection::Organisations);
    assert!(!left.iter().any(|name| name.contains("check")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_check_says_so() {
    let world = World::embedded().await;
    // Nothing listens on a port that the system has just taken back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let origin = format!("http://{}", port.expect("an address"));
    let told = deliver(&world, &origin);
    assert_eq!(of_status(&told, "fail"), [NAME]);
    assert!(says(&told).contains("covibe-server serve"), "{told:?}");
}
