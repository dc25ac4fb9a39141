//! The order of a program's functions in its binary.
//!
//! Of 28 MB of code, a start runs 5, which are scattered: an idle server has 20 MB of it in memory, because the
//! system brings along what surrounds a function. Side by side, they take 7 MB.
//!
//! The names of the functions are valid for one compiler and one set of dependencies, so that they are traced at
//! each build.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::process::Command;

use crate::announced::Announced;
use crate::http::{self, Connection};
use crate::process::Process;
use crate::shell;

/// Where the compiler links with LLD (since Rust 1.90), which puts functions in a given order.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// How long the traced server, which is fifty times slower, may take to answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// A start runs ten times as many functions. With fewer, the binary has no symbols.
const FEWEST: usize = 1_000;

/// Whether the functions of a binary for this platform can be put in an order. Says why if only Valgrind is missing.
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

/// The compiler's arguments for a binary that [`traced`] understands.
pub(super) const TRACEABLE: [&str; 2] = ["-C", "strip=none"];

/// Returns the compiler's arguments for a binary whose functions are in the order of a file.
pub(super) fn arguments(file: &Path) -> [String; 4] {
    let order = format!("link-arg=-Wl,--symbol-ordering-file={}", file.display());
    let quietly = "link-arg=-Wl,--no-warn-symbol-ordering".to_owned();
    ["-C".to_owned(), order, "-C".to_owned(), quietly]
}

/// Returns the symbols of the functions that a sandbox runs from its start to its end, with the first requests of an
/// agent between, a line each.
pub(super) fn traced(server: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let calls = folder.path().join("calls");
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--demangle=no", "--compress-strings=no"]);
        command.arg(format!("--callgrind-out-file={}", calls.display())).arg(server);
        command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
        let started = Process::start(&mut command, &BTreeMap::new(), folder.path()).await;
        let (process, ready) = started?;
        let asked = tokio::time::timeout(PATIENCE, ask(&Announced::of(&ready)?)).await;
        asked.context("the traced server did not answer in time")??;
        process.stop().await
    })?;
    let calls = std::fs::read_to_string(&calls).context("Valgrind has recorded no calls")?;
    let names = functions(&calls);
    ensure!(names.len() >= FEWEST, "Valgrind has named {} functions only", names.len());
    Ok(names.join("\n"))
}

/// Asks for the server's health and its tools, and calls one twice, because the second call finds more in memory.
async fn ask(server: &Announced) -> Result<()> {
    let mut connection = Connection::open(&server.authority).await?;
    let requests = [
        http::get(&server.authority, "/api/health"),
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

/// Returns the names of the functions in what Callgrind recorded, in the order of their first appearance.
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
    fn each_function_is_named_once() {
        let calls = "events: Ir\n\nfl=a.rs\nfn=_ZN1aE\n3 1\ncfi=b.rs\ncfn=_ZN1bE\ncalls=1 4\n\
                     fn=_ZN1bE\n4 2\nfn=_ZN1cE\n";
        assert_eq!(functions(calls), ["_ZN1aE", "_ZN1bE", "_ZN1cE"]);
    }
}
