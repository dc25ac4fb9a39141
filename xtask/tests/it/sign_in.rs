//! `cargo xtask rehearse sign-in`.

use std::path::Path;
use std::process::Output;

use super::count;

fn rehearse(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    super::rehearse("sign-in", arguments, variables)
}

/// Returns the program that takes the steps, beside this one. `cargo test -p xtask` alone builds none, which is
/// printed.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn program() -> Option<String> {
    let file = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("covibe-rehearsal");
    if file.is_file() {
        return Some(file.display().to_string());
    }
    eprintln!("skipped: no covibe-rehearsal beside this program");
    None
}

#[test]
fn without_credentials_every_step_is_skipped() {
    for variables in [&[][..], &[("WORKOS_API_KEY", "sk_hunter2")]] {
        let output = rehearse(&[], variables);
        assert!(output.status.success(), "{output:?}");
        assert_eq!((count(&output, "skipped "), count(&output, "passed ")), (1, 0), "{output:?}");
    }
}

#[test]
fn every_step_passes_with_a_simulator() {
    let Some(program) = program() else { return };
    let output = rehearse(&["--simulated", "--program", &program], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (14, 2), "{output:?}");
}

#[test]
fn a_failed_step_is_reported_and_fails_the_rehearsal() {
    let Some(program) = program() else { return };
    // Nothing answers at that address.
    let variables = [
        ("WORKOS_CLIENT_ID", "client_1"),
        ("WORKOS_API_KEY", "sk_hunter2"),
        ("WORKOS_API_URL", "http://127.0.0.1:1"),
    ];
    let output = rehearse(&["--program", &program], &variables);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!((count(&output, "failed "), count(&output, "passed ")), (1, 0), "{output:?}");
    assert!(!format!("{output:?}").contains("hunter2"), "{output:?}");
}

#[test]
fn a_program_that_ends_early_fails_the_rehearsal() {
    let variables = [("WORKOS_CLIENT_ID", "client_1"), ("WORKOS_API_KEY", "sk_1")];
    let output = rehearse(&["--program", "/bin/false"], &variables);
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && says.contains("ended early"), "{output:?}");
}
