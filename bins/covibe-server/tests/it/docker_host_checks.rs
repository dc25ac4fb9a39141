//! `covibe-server check`: its report about the docker hosts.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::{Options, World};

use crate::check_report::{check, of_status};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_docker_host_is_a_warning_and_an_unreachable_one_a_failure() {
    let options = Options { docker: false, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let told = check(&world, &["--json"]);
    assert!(of_status(&told, "warn").contains(&"docker.host".to_owned()), "{told:?}");
    let world = World::embedded().await;
    let engine = world.docker.as_ref().expect("an engine");
    engine.arm(Fault::new(Name::Status).on("GET", "/version").status(500).times(u32::MAX));
    let told = check(&world, &["--json"]);
    assert_eq!(of_status(&told, "fail"), ["docker.host"], "{told:?}");
}
