//! `cargo xtask rehearse storage`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use super::count;

fn rehearse(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    super::rehearse("storage", arguments, variables)
}

/// Returns the server's binary where there is curl, too.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn server() -> Option<String> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&folders).any(|folder| folder.join("curl").is_file()) {
        return super::server();
    }
    eprintln!("skipped: no curl");
    None
}

/// A project of object storage at somebody else's: another sandbox has it.
struct Project {
    process: Child,
    folder: tempfile::TempDir,
    url: String,
}

impl Project {
    fn start(server: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(server);
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("it starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("JSON");
        let storage = &said["upstreams"]["storage"];
        let file = folder.path().join("google.json");
        std::fs::write(file, storage["key_file"].to_string()).expect("a file");
        let url = storage["url"].as_str().expect("a URL").to_owned();
        assert_eq!(storage["project"], "covibe-sandbox");
        Self { process, folder, url }
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("google.json")
    }

    /// Rehearses with this project; Cloud Storage is at that address.
    fn rehearse(&self, server: &str, url: &str) -> Output {
        let key_file = self.key_file().display().to_string();
        let variables = [
            ("COVIBE_STORAGE_PROJECT", "covibe-sandbox"),
            ("COVIBE_STORAGE_LOCATION", "northamerica-northeast2"),
            ("COVIBE_STORAGE_API_URL", url),
            ("COVIBE_STORAGE_IAM_API_URL", &self.url),
            ("GOOGLE_APPLICATION_CREDENTIALS", &key_file),
        ];
        rehearse(&["--server", server], &variables)
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

#[test]
fn without_credentials_every_step_is_skipped() {
    let output = rehearse(&[], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "skipped "), count(&output, "passed ")), (1, 0), "{output:?}");
}

#[test]
fn every_step_passes_with_a_simulator() {
    let Some(server) = server() else { return };
    let output = rehearse(&["--simulated", "--server", &server], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (8, 1), "{output:?}");
}

#[test]
fn every_step_passes_with_a_configured_project() {
    let Some(server) = server() else { return };
    let project = Project::start(&server);
    let output = project.rehearse(&server, &project.url);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((count(&output, "passed "), count(&output, "skipped ")), (8, 0), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(" in NORTHAMERICA-NORTHEAST2"), "{said}");
}

#[test]
fn a_failed_step_is_reported_and_fails_the_rehearsal() {
    let Some(server) = server() else { return };
    let project = Project::start(&server);
    // Nothing answers at that address.
    let output = project.rehearse(&server, "http://127.0.0.1:1");
    assert!(!output.status.success(), "{output:?}");
    assert_eq!((count(&output, "failed "), count(&output, "passed ")), (2, 0), "{output:?}");
}
