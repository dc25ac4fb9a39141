//! The software of other vendors that the tests connect: MCP clients (agents, libraries, the inspector and the
//! protocol's conformance suite), SDKs of S3 and a server that speaks it, at fixed versions, below the target
//! folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{cargo_tools, shell};

/// The environment variable with the folder of the clients, for tests.
pub(crate) const VARIABLE: &str = "COVIBE_CLIENTS";

/// Packages of npm. The conformance suite and the inspector need a newer Node.js than many systems
/// have, so this one comes along.
const NPM: [&str; 12] = [
    "node@24.21.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/client@2.4.0",
    "@modelcontextprotocol/sdk@1.32.2",
    "@anthropic-ai/claude-code@2.1.330",
    "@openai/codex@0.169.0",
    "@google/gemini-cli@0.61.0",
    "opencode-ai@1.18.33",
    "@aws-sdk/client-s3@3.1173.0",
    // Those that install the companion's package, beside the one of this machine.
    "npm10@npm:npm@10.9.9",
    "npm12@npm:npm@12.2.2",
];

/// Virtual environments of Python with their packages: their dependencies exclude each other.
const PYTHON: [(&str, &[&str]); 3] = [
    ("python", &["mcp==2.3.0"]),
    ("fastmcp", &["fastmcp==3.4.10"]),
    ("s3", &["boto3==1.44.5", "moto[server]==5.2.5"]),
];

/// The source of the program that uses the MCP library for Go, and its name in the folder of the clients.
const GO: (&str, &str) = ("bins/covibe-server/tests/it/clients/go", "go-client");

/// The timeout of the registry's answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The timeout of the download of Go's modules.
const MODULES: Duration = Duration::from_mins(2);

/// The timeout of an installation.
const INSTALLATION: Duration = Duration::from_mins(10);

/// Returns the folder of the clients, and installs them first where they are missing. Prints a message and
/// returns `None` where npm or Python is missing or their registries can't be reached.
pub(crate) fn ensure() -> Result<Option<PathBuf>> {
    let folder = cargo_tools::folder()?.join("clients");
    let mark = folder.join("installed");
    let wanted = format!("{NPM:?}\n{PYTHON:?}\n");
    if fs::read_to_string(&mark).ok().as_ref() != Some(&wanted) {
        if let Err(error) = reachable() {
            println!("Skipped: the clients of other vendors can't be installed here: {error:#}");
            return Ok(None);
        }
        install(&folder)?;
        fs::write(&mark, wanted).with_context(|| mark.display().to_string())?;
    }
    // Each time, because its source may have changed. Go compiles it only then.
    build_in_go(&folder)?;
    Ok(Some(folder))
}

/// Fails where a registry can't be reached.
fn reachable() -> Result<()> {
    shell::run_within(Command::new("npm").args(["view", "--silent", NPM[0], "version"]), PATIENCE)?;
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest"];
    let folder = tempfile::tempdir()?;
    let mut python = Command::new("python3");
    shell::run_within(python.args(pip).arg(folder.path()).args(PYTHON[0].1), PATIENCE)
}

fn install(folder: &Path) -> Result<()> {
    println!("Installing clients into {} (about 2 GB).", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).args(NPM);
    shell::run_within(npm.current_dir(folder), INSTALLATION)?;
    PYTHON.iter().try_for_each(|(name, packages)| environment(&folder.join(name), packages))
}

/// Makes a virtual environment with these packages.
fn environment(folder: &Path, packages: &[&str]) -> Result<()> {
    shell::run_within(Command::new("python3").args(["-m", "venv"]).arg(folder), INSTALLATION)?;
    let mut pip = Command::new(folder.join("bin/pip"));
    shell::run_within(pip.args(["install", "--quiet"]).args(packages), INSTALLATION)
}

/// Builds the program in Go. Prints a message where Go is missing or too old or its modules can't be downloaded.
fn build_in_go(folder: &Path) -> Result<()> {
    let (source, program) = GO;
    let go = |arguments: &[&str]| {
        let mut go = Command::new("go");
        go.current_dir(shell::root().join(source)).args(arguments);
        go
    };
    if let Err(error) = shell::read_within(&mut go(&["mod", "download"]), MODULES) {
        println!("Skipped: the MCP client in Go can't be built here: {error:#}");
        return Ok(());
    }
    let build = ["build", "-mod=readonly", "-buildvcs=false", "-o"];
    shell::run(go(&build).arg(folder.join(program)))
}
