//! `covibe-server check --deliver`: whether Gitea reaches the running server.

use std::process::{Command, Output};

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::{Collection, Settings};
use covibe_testkit_http::World;

use crate::check_report::of_status;
use crate::server_binary;
use crate::server_process::Server;

const NAME: &str = "gitea.deliveries";

/// Checks the server at this origin.
fn check_at(world: &World, origin: &str, more: &[&str]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env("COVIBE_HOSTED_URL", origin).arg("check").args(more);
    tokio::task::block_in_place(|| command.output().expect("it starts"))
}

/// Returns the output of the check of deliveries.
fn delivery_message(output: &Output) -> String {
    says_of(output, NAME)
}

/// Returns the line of a check.
fn says_of(output: &Output, name: &str) -> String {
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("a list");
    let line = checks.iter().find(|check| check["name"] == name).expect("the check");
    line["says"].as_str().expect("a text").to_owned()
}

fn deliver(world: &World, origin: &str) -> Output {
    check_at(world, origin, &["--json", "--deliver"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_received_webhook_delivery_passes_and_a_missing_one_fails() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let origin = server.agent(&world.mark).origin;
    let heard = deliver(&world, &origin);
    assert!(of_status(&heard, "pass").contains(&NAME.to_owned()), "{heard:?}");
    assert!(!of_status(&check_at(&world, &origin, &["--json"]), "pass").contains(&NAME.to_owned()));
    world.gitea.set(Settings { webhook_hosts: "external".to_owned(), ..Settings::default() });
    let silent = deliver(&world, &origin);
    assert_eq!(of_status(&silent, "fail"), [NAME]);
    assert!(delivery_message(&silent).contains("ALLOWED_HOST_LIST"), "{silent:?}");
    let left = world.gitea.names(Collection::Organisations);
    assert!(!left.iter().any(|name| name.contains("check")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delivery_check_fails_with_a_hint_if_no_server_runs() {
    let world = World::embedded().await;
    // Nothing listens on a port that the system has just taken back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let origin = format!("http://{}", port.expect("an address"));
    let told = deliver(&world, &origin);
    assert_eq!(of_status(&told, "fail"), [NAME]);
    assert!(delivery_message(&told).contains("covibe-server serve"), "{told:?}");
}

/// Returns whether this machine would send from a private address, at which the check listens.
fn is_inside() -> bool {
    let own = |any: &str, there: &str| {
        let socket = std::net::UdpSocket::bind((any, 0)).ok()?;
        socket.connect((there, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let is_private = |address: std::net::IpAddr| match address {
        std::net::IpAddr::V4(address) => address.is_private(),
        std::net::IpAddr::V6(address) => address.is_unique_local(),
    };
    let all = [own("0.0.0.0", "192.0.2.1"), own("::", "2001:db8::1")];
    all.into_iter().flatten().any(is_private)
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_reach_internal_addresses_are_warned_of() {
    const INSIDE: &str = "gitea.inside_addresses";
    if !is_inside() {
        return;
    }
    let world = World::embedded().await;
    let server = Server::start(&world);
    let origin = server.agent(&world.mark).origin;
    let kept_out = deliver(&world, &origin);
    assert!(of_status(&kept_out, "pass").contains(&INSIDE.to_owned()), "{kept_out:?}");
    let hosts = "external,private,loopback".to_owned();
    world.gitea.set(Settings { webhook_hosts: hosts, ..Settings::default() });
    let reached = deliver(&world, &origin);
    assert!(of_status(&reached, "warn").contains(&INSIDE.to_owned()), "{reached:?}");
    assert!(says_of(&reached, INSIDE).contains("ALLOWED_HOST_LIST"), "{reached:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_webhooks_fail_with_the_name_of_the_setting() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let origin = server.agent(&world.mark).origin;
    world.gitea.arm(Fault::new(Name::Status).status(403).on("POST", "/repos/*/*/hooks$"));
    let told = deliver(&world, &origin);
    assert_eq!(of_status(&told, "fail"), [NAME]);
    assert!(delivery_message(&told).contains("DISABLE_WEBHOOKS"), "{told:?}");
}
