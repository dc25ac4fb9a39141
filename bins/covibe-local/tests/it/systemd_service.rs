//! The service under a real user manager of systemd, which this test starts for itself.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::developer_machine::{Laptop, Run, eventually};

/// The program of the manager on Debian and its relatives.
const MANAGER: &str = "/lib/systemd/systemd";

/// A manager in a mount namespace of its own: it finds the folder by which systemd says that it runs, and other programs
/// of this machine do not.
struct Manager {
    process: Child,
    runtime: PathBuf,
}

impl Manager {
    /// Starts one for a machine; none where systemd is missing or this user may not make a namespace. Says so then.
    #[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
    async fn start(laptop: &Laptop) -> Option<Self> {
        let is_root = rustix::process::geteuid().is_root();
        if !is_root || !PathBuf::from(MANAGER).exists() {
            eprintln!("the test with systemd is skipped: it needs root and {MANAGER}");
            return None;
        }
        let runtime = laptop.file("runtime");
        fs::create_dir(&runtime).expect("a folder");
        let script = format!(
            "mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && exec {MANAGER} --user --log-target=null"
        );
        let mut command = laptop.program("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", &script]);
        command.env("XDG_RUNTIME_DIR", &runtime).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("it starts");
        let manager = Self { process, runtime };
        let private = manager.runtime.join("systemd/private");
        eventually("the manager", async || private.exists().then_some(())).await;
        Some(manager)
    }

    /// Gives a command this manager.
    fn reached_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("XDG_RUNTIME_DIR", &self.runtime)
    }

    fn systemctl(&self, laptop: &Laptop, arguments: &[&str]) -> Run {
        let mut command = laptop.program("systemctl");
        Run::to_end(self.reached_by(command.arg("--user").args(arguments)))
    }

    /// Returns the process of the service, if it runs.
    fn service(&self, laptop: &Laptop) -> Option<u32> {
        let run =
            self.systemctl(laptop, &["show", "covibe-companion", "--property=MainPID", "--value"]);
        run.stdout.trim().parse().ok().filter(|id| *id != 0)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the state that the service noted last.
fn state(laptop: &Laptop) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(laptop.file(".covibe/run/status.json")).ok()?).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_restarts_after_a_kill_and_is_removed_by_uninstall() {
    let mut laptop = Laptop::with_agents(&[".claude"]).await;
    let Some(manager) = Manager::start(&laptop).await else { return };
    let origin = laptop.origin.clone();
    let mut setup = laptop.companion(&["setup", "--base-url", &origin, "--device", "--no-browser"]);
    manager.reached_by(&mut setup);
    let run = laptop.run_approved(setup).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    let unit = laptop.text(".config/systemd/user/covibe-companion.service");
    assert!(!unit.contains("vibn_sk_") && !unit.contains("Environment=COVIBE_MCP"), "{unit}");

    let first = eventually("the start", async || manager.service(&laptop)).await;
    eventually("its first tick", async || state(&laptop)).await;
    let killed = Run::to_end(laptop.program("kill").args(["-KILL", &first.to_string()]));
    assert_eq!(killed.code, Some(0), "{killed:#?}");
    eventually("the restart", async || manager.service(&laptop).filter(|id| *id != first)).await;

    let mut status = laptop.companion(&["service", "status"]);
    let run = Run::to_end(manager.reached_by(&mut status));
    assert_eq!(run.code, Some(0), "{run:#?}");

    let mut uninstall = laptop.companion(&["service", "uninstall"]);
    let run = Run::to_end(manager.reached_by(&mut uninstall));
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(manager.service(&laptop), None);
    assert!(!laptop.file(".config/systemd/user/covibe-companion.service").exists());
    assert!(laptop.file(".covibe/credentials.json").exists(), "the keys stay");
}
