//! The program, as operators and pipelines start it.

use std::path::Path;
use std::process::{Command, Output};

const GATES: [&str; 3] = ["preflight", "canary", "doctor-production"];

/// Starts the program in an empty folder, with these variables alone.
fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().expect("it works");
    start_in(folder.path(), arguments, variables)
}

fn start_in(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_covibe-readiness"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(folder);
    command.output().expect("it works")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it works")
}

#[test]
fn an_invalid_origin_exits_with_2_before_any_request() {
    for origin in [
        "http://covibe.acme.dev",
        "https://localhost",
        "https://10.0.0.1",
        "https://2130706433",
        "https://ada:hunter2@covibe.acme.dev",
        "https://covibe.acme.dev/callback",
        "https://covibe.acme.dev/app",
        "https://covibe.acme.dev?",
        "https://covibe.acme.dev#",
        "https://covibe.internal",
        "https://covibe",
        "https://a1b2.trycloudflare.com",
        "covibe.acme.dev",
        " https://covibe.acme.dev",
        "",
    ] {
        for gate in GATES {
            let output = start(&[gate, origin], &[]);
            let told = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{gate} {origin}: {told}");
            assert!(told.ends_with("Nothing was sent.\n") && !told.contains("hunter2"), "{told}");
            assert!(output.stdout.is_empty());
        }
    }
    let port = start(&["preflight", "https://covibe.acme.dev:8443"], &[]);
    assert!(text(&port.stderr).contains("a port"), "{port:?}");
    let rehearsal = start(&["canary", "http://10.0.0.1:8787", "--local-rehearsal"], &[]);
    assert_eq!(rehearsal.status.code(), Some(2));
}

#[test]
fn the_origin_defaults_to_the_variable_and_then_to_env_files() {
    for gate in GATES {
        let none = start(&[gate], &[]);
        assert_eq!(none.status.code(), Some(2));
        assert!(text(&none.stderr).contains("There is no origin"), "{none:?}");
        let variable = start(&[gate], &[("COVIBE_HOSTED_URL", "https://localhost")]);
        assert!(text(&variable.stderr).contains("(localhost)"), "{variable:?}");
    }
    let folder = tempfile::tempdir().expect("it works");
    std::fs::write(folder.path().join(".env"), "COVIBE_HOSTED_URL=https://covibe.internal\n")
        .expect("it works");
    let file = start_in(folder.path(), &["preflight"], &[]);
    assert!(text(&file.stderr).contains("internal"), "{file:?}");
    let own = start_in(folder.path(), &["preflight", "https://covibe.lan"], &[]);
    assert!(text(&own.stderr).contains("lan"), "{own:?}");
}

#[test]
fn an_origin_from_a_file_is_refused_for_a_key_from_the_environment() {
    let folder = tempfile::tempdir().expect("it works");
    std::fs::write(folder.path().join(".env"), "COVIBE_HOSTED_URL=https://a.covibe.invalid\n")
        .expect("it works");
    for gate in GATES {
        let refused = start_in(folder.path(), &[gate], &[("COVIBE_CANARY_TOKEN", "hunter2")]);
        let told = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{gate}: {told}");
        assert!(told.contains("COVIBE_CANARY_TOKEN is set in the environment"), "{gate}: {told}");
        assert!(told.ends_with("Nothing was sent.\n") && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn help_list_and_schema_print_without_an_origin() {
    for gate in GATES {
        for arguments in [vec![gate, "--help"], vec![gate, "--", "--help"]] {
            let help = start(&arguments, &[]);
            assert!(help.status.success());
            assert!(text(&help.stdout).contains("https://covibe.your-company.com"));
            assert_eq!(text(&help.stdout).contains("--local-rehearsal"), gate == "canary");
        }
        let list = start(&[gate, "--list"], &[]);
        assert!(list.status.success() && text(&list.stdout).contains("health.auth-mode"));
    }
    let schema = start(&["schema"], &[]);
    assert!(text(&schema.stdout).contains("covibe.readiness/1"));
}

#[test]
fn an_unknown_check_name_exits_with_2_and_a_hint_at_list() {
    let output = start(&["preflight", "https://covibe.acme.dev", "--only", "helth"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("--list"));
}

#[test]
fn a_rehearsal_without_a_server_fails_and_still_writes_its_reports() {
    let folder = tempfile::tempdir().expect("it works");
    // Nobody listens at the port of a listener that has ended.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("it works")
        .local_addr()
        .expect("it works")
        .port();
    let origin = format!("http://127.0.0.1:{port}");
    let reports = ["--json-out", "report.json", "--junit-out", "report.xml", "--format", "json"];
    let arguments = ["canary", origin.as_str(), "--local-rehearsal"].into_iter().chain(reports);
    let output = start_in(folder.path(), &arguments.collect::<Vec<_>>(), &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it works");
    assert_eq!((&document["passed"], &document["rehearsal"]), (&false.into(), &true.into()));
    assert!(text(&output.stderr).starts_with("FAIL local rehearsal: 1 failed"));
    let file = std::fs::read(folder.path().join("report.json")).expect("it works");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&file).expect("it works"), document);
    let xml = std::fs::read_to_string(folder.path().join("report.xml")).expect("it works");
    assert!(xml.starts_with("<?xml") && xml.contains("<failure message="));
}
