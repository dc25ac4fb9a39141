//! The package, as a developer installs it: by npm of three generations, from the server, and then the copied line.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::bridge_client::Bridge;
use crate::developer_machine::{Laptop, Run, binary, installation};

/// The variable with the address of the public registry, which no test asks.
const NO_REGISTRY: (&str, &str) = ("npm_config_registry", "http://127.0.0.1:9/");

/// Returns the program that writes packages, which `cargo xtask` builds.
fn xtask() -> Option<PathBuf> {
    let program = binary().with_file_name("xtask");
    program.is_file().then_some(program)
}

/// Writes the package of the companion into the folder of the server; none if a program is missing. Says so then.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn write_package(laptop: &Laptop) -> Option<()> {
    let Some(xtask) = xtask().filter(|_| Command::new("npm").arg("--version").output().is_ok())
    else {
        let is_required = std::env::var("COVIBE_TEST_NPM").as_deref() == Ok("required");
        assert!(!is_required, "COVIBE_TEST_NPM=required, but npm or xtask is missing");
        eprintln!("the test with npm is skipped: it needs npm, and cargo build -p xtask");
        return None;
    };
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        _ => "darwin-arm64",
    };
    let folder = laptop.file("programs").join(platform);
    fs::create_dir_all(&folder).expect("a folder");
    fs::copy(binary(), folder.join("covibe-local")).expect("a program");
    let mut command = Command::new(xtask);
    command.arg("package").arg("--binaries").arg(laptop.file("programs"));
    let run = Run::to_end(command.arg("--out").arg(laptop.world.companion()));
    assert_eq!(run.code, Some(0), "{run:#?}");
    Some(())
}

/// Returns npm of a generation, or the one of this machine; none if it is not installed.
fn npm(generation: Option<&str>) -> Option<String> {
    let Some(generation) = generation else { return Some("npm".to_owned()) };
    let script = installation()?.join("node_modules").join(generation).join("bin/npm-cli.js");
    script.is_file().then(|| format!("node '{}'", script.display()))
}

/// Runs a script in a new project of the developer's, with npm in `$NPM`.
fn in_project(laptop: &Laptop, npm: &str, npmrc: &str, script: &str) -> Run {
    let folder = laptop.file("project");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("package.json"), r#"{ "name": "project", "private": true }"#)
        .expect("a file");
    fs::write(folder.join(".npmrc"), npmrc).expect("a file");
    let mut command = laptop.program("sh");
    command.args(["-euc", &script.replace("npm ", &format!("{npm} "))]).current_dir(folder);
    Run::to_end(command.envs([
        NO_REGISTRY,
        ("npm_config_fetch_retries", "0"),
        ("npm_config_audit", "false"),
    ]))
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_10_to_12_install_the_package_by_address_or_by_name() {
    let laptop = Laptop::new().await;
    let Some(()) = write_package(&laptop) else { return };
    let (origin, version) = (&laptop.origin, env!("CARGO_PKG_VERSION"));
    let scoped = format!("@co-vibe:registry={origin}/npm/\n");
    let address = format!("npm install --save-dev {origin}/downloads/co-vibe.tgz");
    let named = "npm install --save-dev @co-vibe/local".to_owned();
    let again = "rm -rf node_modules; npm ci; npm exec -- covibe-local --version";
    for (generation, npmrc, install) in [
        (Some("npm10"), "", &address),
        (None, "allow-remote=root\n", &address),
        (None, scoped.as_str(), &named),
        (Some("npm12"), scoped.as_str(), &named),
    ] {
        let Some(npm) = npm(generation) else { continue };
        let run = in_project(&laptop, &npm, npmrc, &format!("{install}; {again}"));
        assert_eq!(run.code, Some(0), "{npm} {install}: {run:#?}");
        assert!(run.stdout.contains(&format!("covibe-local {version}")), "{npm}: {run:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_the_settings_page_installs_and_sets_up_the_companion() {
    let mut laptop = Laptop::with_agents(&[".codex"]).await;
    let Some(()) = write_package(&laptop) else { return };
    let page = laptop.person.get("/console/settings/agents").await.text;
    let line = page.lines().find(|line| line.contains("covibe-local setup"));
    let line = line.and_then(|line| {
        let begin = line.find("npm install --save-dev http")?;
        let rest = &line[begin..];
        Some(rest[..rest.find('<').unwrap_or(rest.len())].replace("&amp;", "&"))
    });
    let line = line.unwrap_or_else(|| panic!("{page}"));
    assert!(line.ends_with(&format!("covibe-local doctor --base-url {}", laptop.origin)), "{line}");
    let folder = laptop.file("project");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("package.json"), r#"{ "name": "project", "private": true }"#)
        .expect("a file");
    fs::write(folder.join(".npmrc"), "allow-remote=root\n").expect("a file");
    let mut command = laptop.program("sh");
    // The machine of the tests has no browser for a person, and no manager of services.
    let line =
        line.replace("setup --base-url", "setup --device --no-browser --no-service --base-url");
    command.args(["-euc", &line]).current_dir(folder).envs([NO_REGISTRY]);
    let run = laptop.run_approved(command).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(laptop.text(".codex/config.toml").contains("covibe-mcp"));
    let mut bridge = Bridge::start(&laptop, "codex");
    bridge.initialize();
    let called = bridge.call("workspace_describe");
    assert_eq!(called["result"]["structuredContent"]["slug"], "mark", "{called}");
}
