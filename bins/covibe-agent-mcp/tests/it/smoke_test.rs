//! The short trial of a server.

use crate::server_process::{Machine, run, text};
use crate::stub_http_server::serve;

#[test]
fn the_smoke_test_of_a_working_server_passes_each_step() {
    let machine = Machine::new();
    for (server, call) in [("workspace", "list_directory"), ("platform", "list_memory")] {
        let ran = run(&mut machine.program(&[server, "--smoke"]));
        let told = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(0), "{told}");
        let steps: Vec<_> = told.lines().collect();
        assert_eq!(steps.len(), 4, "{told}");
        assert!(steps.iter().all(|step| step.starts_with(&format!("PASS {server} "))), "{told}");
        assert!(steps[2].ends_with(call), "{told}");
    }
}

#[test]
fn the_smoke_test_fails_if_the_server_does_not_start() {
    let machine = Machine::new();
    let ran = run(&mut machine.bare(&["coolify", "--smoke"]));
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stdout).starts_with("FAIL coolify initialize: "), "{ran:?}");
    assert!(text(&ran.stderr).contains("COOLIFY_API_TOKEN"), "{ran:?}");
}

#[test]
fn the_smoke_test_fails_if_the_upstream_is_unreachable() {
    let machine = Machine::new();
    let ran = run(&mut machine.program(&["gitea", "--smoke"]));
    let told = text(&ran.stdout);
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(told.contains("\nFAIL gitea list_repos: "), "{told}");
}

#[test]
fn the_smoke_test_passes_if_the_runner_answers_that_the_job_is_unknown() {
    let address = serve(|_| (404, r#"{"error":"There is no such job."}"#.to_owned()));
    let machine = Machine::new();
    let mut command = machine.program(&["agent", "--smoke"]);
    let ran = run(command.env("AGENT_RUNNER_URL", format!("http://{address}")));
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
}
