//! npm installs what the server hands out, and starts it. The public registry is never asked.

use std::path::{Path, PathBuf};
use std::process::Output;

use covibe_testkit_http::World;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// The stand-in for the companion: a program of each system that prints its arguments.
const STAND_IN: &str = "/bin/echo";

/// A project with a home of its own.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = Self { folder };
        project
            .write("package.json", r#"{ "name": "project", "version": "1.0.0", "private": true }"#);
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read(self.path(name)).expect("a file");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// Runs npm. Nothing answers at the address of the public registry.
    async fn npm(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("npm");
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path("home")).env("npm_config_cache", self.path("cache"));
        command
            .env("npm_config_registry", "http://127.0.0.1:9/")
            .env("npm_config_fetch_retries", "0");
        command.env("npm_config_audit", "false").env("npm_config_update_notifier", "false");
        command.output().await.expect("npm")
    }

    async fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.npm(arguments).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "npm {arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    async fn starts_both_commands(&self) {
        for name in ["covibe-local", "covibe-mcp"] {
            let told = self.succeed(&["exec", "--", name, "setup", "--base-url", "x y"]).await;
            assert_eq!(told, "setup --base-url x y\n", "{name}");
        }
    }

    /// Removes what is installed and what is cached, as on a colleague's machine.
    fn forget(&self) {
        for name in ["node_modules", "cache"] {
            std::fs::remove_dir_all(self.path(name)).expect("removed");
        }
    }
}

/// Returns the program that writes packages, which `cargo xtask` builds.
fn xtask() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let profile = test.parent()?.parent()?;
    let debug = profile.parent()?.join("debug");
    [profile, &debug].map(|folder| folder.join("xtask")).into_iter().find(|file| file.is_file())
}

fn has_npm() -> bool {
    let version = std::process::Command::new("npm").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn skip(missing: &str) {
    eprintln!("the test with npm is skipped: no {missing}");
}

/// Writes a package of the stand-in into the folder of a server; none, with a message, where something is missing.
fn write_package(world: &World) -> Option<()> {
    if !has_npm() {
        skip("npm");
        return None;
    }
    let Some(xtask) = xtask() else {
        skip("xtask; build it with cargo build -p xtask");
        return None;
    };
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        _ => "darwin-arm64",
    };
    let binaries = tempfile::tempdir().expect("a folder");
    let folder = binaries.path().join(platform);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::copy(Path::new(STAND_IN), folder.join("covibe-local")).expect("a program");
    let mut command = std::process::Command::new(xtask);
    command.arg("package").arg("--binaries").arg(binaries.path());
    let output = command.arg("--out").arg(world.companion()).output().expect("an xtask");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_installs_from_the_url_of_the_download() {
    let world = World::embedded().await;
    let Some(()) = write_package(&world) else { return };
    let project = Project::new();
    let address = format!("{}/downloads/co-vibe.tgz", world.mark.agent.origin);
    // npm 12 refuses addresses unless it is told otherwise; earlier ones do not know the option.
    let version = project.succeed(&["--version"]).await;
    let major: u32 = version.split('.').next().and_then(|it| it.parse().ok()).expect("a version");
    if major >= 12 {
        project.write(".npmrc", "allow-remote=root\n");
    }
    project.succeed(&["install", "--save-dev", &address]).await;
    assert_eq!(project.json("package.json")["devDependencies"]["co-vibe"], address.as_str());
    let locked = &project.json("package-lock.json")["packages"]["node_modules/co-vibe"];
    assert_eq!(locked["resolved"], address.as_str());
    let record =
        world.mark.agent.with_key(None).send("GET", "/downloads/co-vibe.json", &[], None).await;
    assert_eq!(locked["integrity"], record.json()["integrity"]);
    project.starts_both_commands().await;
    project.forget();
    project.succeed(&["ci"]).await;
    project.starts_both_commands().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_installs_by_name_from_the_registry_of_the_scope() {
    let world = World::embedded().await;
    let Some(()) = write_package(&world) else { return };
    let project = Project::new();
    let origin = &world.mark.agent.origin;
    project.write(".npmrc", &format!("@co-vibe:registry={origin}/npm/\n"));
    project.succeed(&["install", "--save-dev", "@co-vibe/local"]).await;
    let wanted = &project.json("package.json")["devDependencies"]["@co-vibe/local"];
    assert!(wanted.as_str().is_some_and(|wanted| wanted.starts_with('^')), "{wanted}");
    let locked = &project.json("package-lock.json")["packages"]["node_modules/@co-vibe/local"];
    let tarball = locked["resolved"].as_str().expect("an address");
    assert!(tarball.starts_with(&format!("{origin}/npm/@co-vibe/local/-/local-")), "{tarball}");
    assert!(
        locked.get("name").is_none(),
        "npm takes it for the package that it asked for: {locked}"
    );
    project.starts_both_commands().await;
    project.forget();
    project.succeed(&["ci"]).await;
    project.starts_both_commands().await;
    assert!(project.succeed(&["ls"]).await.contains("@co-vibe/local@"));
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_fails_with_e404_if_no_package_is_built() {
    if !has_npm() {
        skip("npm");
        return;
    }
    let world = World::embedded().await;
    let project = Project::new();
    let origin = &world.mark.agent.origin;
    project.write(".npmrc", &format!("@co-vibe:registry={origin}/npm/\n"));
    let refused = project.npm(&["install", "@co-vibe/local"]).await;
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("E404"), "{told}");
}
