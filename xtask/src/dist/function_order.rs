//! The order of a program's functions in its binary.
//!
//! Of 28 MB of code, a start runs 5, which are scattered: an idle server has 20 MB of it in memory, because the
//! system also loads the surroundings of a function. Side by side, they take 7 MB.
//!
//! The names of the functions are valid for one compiler and one set of dependencies, so that they are traced at
//! each build.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::http_client::{self, Connection};
use crate::process::Process;
use crate::sandbox_first_line::Announced;
use crate::shell;

/// Where the compiler links with LLD (since Rust 1.90), which puts functions in a given order.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// The time within which the traced server, which is fifty times slower, must answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// The pause before the next attempt to reach a server that starts.
const PAUSE: Duration = Duration::from_millis(100);

/// The file in which Callgrind records calls.
const CALLS: &str = "calls";

/// A start runs ten times as many functions. With fewer, the binary has no symbols.
const FEWEST: usize = 1_000;

/// Returns whether the functions of a binary for this platform can be put in an order. Prints a message if only
/// Valgrind is missing.
pub(super) fn is_possible(platform: &str) -> bool {
    if platform != PLATFORM {
        return false;
    }
    let is_there = shell::which("valgrind").is_some();
    if !is_there {
        println!(
            "Valgrind is not installed: an idle server will take 12 MB more, and a call a bit more time."
        );
    }
    is_there
}

/// The compiler's arguments for a binary that [`trace_start`] understands.
pub(super) const TRACEABLE: [&str; 2] = ["-C", "strip=none"];

/// Returns the compiler's arguments for a binary whose functions are in the order of a file.
pub(super) fn arguments(file: &Path) -> [String; 4] {
    let order = format!("link-arg=-Wl,--symbol-ordering-file={}", file.display());
    let quietly = "link-arg=-Wl,--no-warn-symbol-ordering".to_owned();
    ["-C".to_owned(), order, "-C".to_owned(), quietly]
}

/// Returns the symbols of the functions that a server runs from its start to its end, with the first requests of an
/// agent between, a line each. Its Coolify and Gitea are those of a sandbox.
pub(super) fn trace_start(server: &Path, sandbox: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(run(server, sandbox, folder.path()))?;
    let calls = std::fs::read_to_string(folder.path().join(CALLS));
    let calls = calls.context("Valgrind has recorded no calls")?;
    let names = functions(&calls);
    ensure!(names.len() >= FEWEST, "Valgrind has named {} functions only", names.len());
    Ok(names.join("\n"))
}

/// Runs a traced server in a folder, beside a sandbox.
async fn run(server: &Path, sandbox: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new(sandbox);
    command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "sandbox"]);
    let (upstreams, line) = Process::start(&mut command, &BTreeMap::new(), folder).await?;
    let authority = http_client::free_address()?;
    let settings = settings(&line, &authority)?;
    let token = key(server, &settings, folder)?;
    let process = Process::spawn(&mut serving(server), &settings, folder)?;
    let server =
        Announced { authority, endpoint: "/api/mcp".to_owned(), token, ..Announced::default() };
    let asked = tokio::time::timeout(PATIENCE, ask(&server)).await;
    asked.context("the traced server did not answer in time")??;
    process.stop().await?;
    upstreams.stop().await
}

/// Returns the settings of a server whose upstreams are those in the first line of a sandbox.
fn settings(line: &str, authority: &str) -> Result<BTreeMap<String, String>> {
    // The line holds keys, so the error must not contain it.
    let said: Value =
        serde_json::from_str(line).context("the sandbox printed an unexpected first line")?;
    let told = |pointer: &str| said.pointer(pointer).and_then(Value::as_str);
    let settings = [
        ("COVIBE_BIND", Some(authority)),
        ("COVIBE_WORKSPACE_DOMAIN", Some("apps.example")),
        ("COOLIFY_API_URL", told("/upstreams/coolify/url")),
        ("COOLIFY_API_TOKEN", told("/upstreams/coolify/token")),
        ("GITEA_API_URL", told("/upstreams/gitea/url")),
        ("GITEA_API_TOKEN", told("/upstreams/gitea/token")),
        ("GITEA_USERNAME", Some("root")),
    ];
    let set = |(name, value): (&str, Option<&str>)| {
        let value = value.with_context(|| format!("the sandbox does not print {name}"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    settings.into_iter().map(set).collect()
}

/// Creates a tenant in the data directory that the server will use, and returns the key of its workspace.
fn key(server: &Path, settings: &BTreeMap<String, String>, folder: &Path) -> Result<String> {
    let mut command = std::process::Command::new(server);
    command.args(["tenant", "create", "--name", "Traced"]);
    command.env_clear().envs(settings).env("PATH", std::env::join_paths(shell::folders())?);
    Ok(shell::read_output(command.current_dir(folder))?.trim().to_owned())
}

/// Returns the command that serves under Callgrind.
fn serving(server: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--demangle=no", "--compress-strings=no"]);
    command.arg(format!("--callgrind-out-file={CALLS}")).arg(server).arg("serve");
    command
}

/// Asks for the server's health and its tools, and calls one twice, because the second call finds more in memory.
/// Waits until the server listens.
async fn ask(server: &Announced) -> Result<()> {
    let mut connection = loop {
        match Connection::open(&server.authority).await {
            Ok(connection) => break connection,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    };
    let requests = [
        http_client::get(&server.authority, "/api/health"),
        server.request("tools/list", &json!({})),
        server.describe(),
        server.describe(),
    ];
    for request in requests {
        let answer = connection.call(&request).await?;
        ensure!(answer.status == 200, "the traced server answered with status {}", answer.status);
    }
    Ok(())
}

/// Returns the names of the functions in a recording of Callgrind, in the order of their first appearance.
fn functions(calls: &str) -> Vec<&str> {
    let mut known = HashSet::new();
    let names = calls
        .lines()
        .filter_map(|line| line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn=")));
    names.filter(|name| known.insert(*name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_configured_with_the_upstreams_of_the_sandbox() {
        let upstream = json!({ "url": "http://127.0.0.1:1", "token": "hunter2" });
        let said = json!({ "upstreams": { "coolify": upstream, "gitea": upstream } }).to_string();
        let settings = settings(&said, "127.0.0.1:2").unwrap();
        assert_eq!(settings["COVIBE_BIND"], "127.0.0.1:2");
        assert_eq!(settings["GITEA_API_URL"], "http://127.0.0.1:1");
        assert_eq!(settings["COOLIFY_API_TOKEN"], "hunter2");
    }

    #[test]
    fn a_missing_upstream_is_reported_by_variable_without_its_keys() {
        let said = json!({ "upstreams": { "coolify": { "token": "hunter2" } } }).to_string();
        let error = format!("{:#}", settings(&said, "127.0.0.1:2").unwrap_err());
        assert!(error.contains("COOLIFY_API_URL") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn each_function_of_the_profile_is_listed_once() {
        let calls = "events: Ir\n\nfl=a.rs\nfn=_ZN1aE\n3 1\ncfi=b.rs\ncfn=_ZN1bE\ncalls=1 4\n\
                     fn=_ZN1bE\n4 2\nfn=_ZN1cE\n";
        assert_eq!(functions(calls), ["_ZN1aE", "_ZN1bE", "_ZN1cE"]);
    }
}
