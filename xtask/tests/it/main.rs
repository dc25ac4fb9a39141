//! The commands as processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `cargo xtask rehearse domains` with nothing but these variables.
fn rehearse(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
    command.envs(variables.iter().copied()).args(["rehearse", "domains"]).args(arguments);
    command.output().expect("it starts")
}

/// Returns the server's binary: the one that ships, which `cargo xtask test` builds, or one beside this program.
/// `cargo test -p xtask` alone builds none, which is printed.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn server() -> Option<String> {
    let shipped = std::env::var_os("COVIBE_SERVER_BINARY").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("covibe-server");
    let is_shipped = shipped.is_some();
    let server = shipped.unwrap_or_else(beside);
    if is_shipped || server.is_file() {
        return Some(server.display().to_string());
    }
    eprintln!("skipped: no covibe-server beside this program");
    None
}

/// Returns how many lines begin with a word.
fn count(output: &Output, word: &str) -> usize {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|line| line.starts_with(word)).count()
}

#[test]
fn without_credentials_everything_is_skipped() {
    let output = rehearse(&[], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "skipped "), count(&output, "passed ")), (2, 0), "{output:?}");
}

#[test]
fn the_live_system_is_refused() {
    let account = [("OPENSRS_USERNAME", "acme"), ("OPENSRS_API_KEY", "k3y")];
    let output = rehearse(&[], &[&account[..], &[("OPENSRS_ENVIRONMENT", "live")]].concat());
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && says.contains("OPENSRS_ENVIRONMENT=horizon"), "{says}");
    assert!(!says.contains("k3y"), "{says}");
}

#[test]
fn the_whole_list_passes_with_simulators() {
    let Some(server) = server() else { return };
    let output = rehearse(&["--simulated", "--server", &server], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(count(&output, "failed "), 0, "{output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (10, 2), "{output:?}");
}

#[test]
fn a_step_that_fails_is_told_and_fails_the_rehearsal() {
    let Some(server) = server() else { return };
    // Nothing answers at that address.
    let updates = [
        ("COVIBE_DNS_UPDATE_SERVER", "127.0.0.1:1"),
        ("COVIBE_DNS_UPDATE_KEY_NAME", "covibe"),
        ("COVIBE_DNS_UPDATE_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
        ("COVIBE_DNS_NAMESERVERS", "ns1.dns.test,ns2.dns.test"),
    ];
    let arguments = ["--simulated", "--domain", "rehearsed.com", "--server", &server];
    let output = rehearse(&arguments, &updates);
    assert!(!output.status.success(), "{output:?}");
    assert_eq!((count(&output, "failed "), count(&output, "passed ")), (2, 5), "{output:?}");
    let output = rehearse(&["--simulated", "--server", &server], &updates);
    assert!(output.status.success(), "it makes no zones: {output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (4, 2), "{output:?}");
}
