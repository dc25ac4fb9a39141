//! `cargo xtask rehearse domains`.

use std::process::Output;

use super::{count, server};

fn rehearse(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    super::rehearse("domains", arguments, variables)
}

#[test]
fn without_credentials_every_step_is_skipped() {
    let output = rehearse(&[], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "skipped "), count(&output, "passed ")), (2, 0), "{output:?}");
}

#[test]
fn a_rehearsal_with_the_live_opensrs_system_is_refused() {
    let account = [("OPENSRS_USERNAME", "acme"), ("OPENSRS_API_KEY", "k3y")];
    let output = rehearse(&[], &[&account[..], &[("OPENSRS_ENVIRONMENT", "live")]].concat());
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && says.contains("OPENSRS_ENVIRONMENT=horizon"), "{says}");
    assert!(!says.contains("k3y"), "{says}");
}

#[test]
fn every_step_passes_with_simulators() {
    let Some(server) = server() else { return };
    let output = rehearse(&["--simulated", "--server", &server], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(count(&output, "failed "), 0, "{output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (10, 2), "{output:?}");
}

#[test]
fn a_failed_step_is_reported_and_fails_the_rehearsal() {
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
