//! Tests of the scripts that start the program, with node and a shell script in the program's place.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::npm_files::{NAME, files};
use super::packaged_programs::{BINARY, Binary};
use super::target_platforms::{PLATFORMS, Platform};
use crate::shell;

/// The stand-in for the program: it does what its first argument says.
const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
exit) exit "$2" ;;
die) kill -"$2" $$ ;;
cat) cat ;;
wait) trap 'echo "got $2"; exit 9' "$2"; echo ready; while :; do sleep 0.05; done ;;
stay) echo ready; exec sleep 60 ;;
*) echo "$*" ;;
esac
"#;

/// The package as it is installed, for these platforms.
struct Installed {
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// The turn of a test: one test at a time sends signals, so that no other one's programs are about to start meanwhile.
static TURN: Mutex<()> = Mutex::new(());

impl Installed {
    /// Returns none where there is no node, and says so.
    fn on(platforms: &[&'static Platform]) -> Option<Self> {
        if shell::which("node").is_none() {
            eprintln!("skipped: no node");
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let binary =
            |platform: &&'static Platform| Binary { platform, content: SCRIPT.as_bytes().to_vec() };
        let binaries: Vec<_> = platforms.iter().map(binary).collect();
        for file in files(NAME, &binaries) {
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &file.content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(file.mode())).unwrap();
        }
        Some(Self { folder, _turn: turn })
    }

    fn here() -> Option<Self> {
        Self::on(&[platform()])
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("vendor").join(platform().name).join(BINARY)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        // A shell that starts the tests in the background may ignore signals, which a script then cannot handle.
        let mut command = if cfg!(target_os = "linux") {
            let mut env = Command::new("env");
            env.args(["--default-signal=HUP,INT,TERM", "node"]);
            env
        } else {
            Command::new("node")
        };
        command.arg(self.folder.path().join(format!("bin/{name}.js"))).args(arguments);
        command.env_remove("COVIBE_BINARY");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(BINARY, arguments).output().unwrap()
    }
}

/// Returns the platform of this machine.
fn platform() -> &'static Platform {
    let own = fs::read(std::env::current_exe().unwrap()).unwrap();
    PLATFORMS.iter().find(|each| each.check(&own).is_ok()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn arguments_stdin_and_exit_codes_are_passed_to_the_program() {
    let Some(installed) = Installed::here() else { return };
    let told = installed.run(&["a", "b c", "--json"]);
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "a b c --json\n");
    for code in [0, 1, 7, 64, 130] {
        let ended = installed.run(&["exit", &code.to_string()]);
        assert_eq!((ended.status.code(), stderr(&ended)), (Some(code), String::new()));
    }
    let mut cat = installed.command("covibe-mcp", &["cat"]);
    let mut child = cat.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"{\"id\":1}\n").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"{\"id\":1}\n");
}

#[test]
fn the_program_is_started_under_the_name_of_its_role() {
    let Some(installed) = Installed::here() else { return };
    // The interpreter of a script does not pass its name on, and this program prints its own.
    for role in ["covibe-local", "covibe-mcp"] {
        let mut command = installed.command(role, &["-c", "echo $0"]);
        let told = command.env("COVIBE_BINARY", "/bin/sh").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&told.stdout), format!("{role}\n"), "{}", stderr(&told));
    }
}

#[test]
fn the_caller_receives_the_signal_that_ended_the_program() {
    let Some(installed) = Installed::here() else { return };
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("KILL", 9)] {
        let ended = installed.run(&["die", name]);
        assert_eq!(ended.status.signal(), Some(number), "{name}: {}", stderr(&ended));
    }
}

/// Returns whether this process, and so those that it starts, ignores a signal. Only Linux says so.
fn ignores_signal(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (number - 1) & 1 == 1)
}

#[test]
fn signals_reach_the_program() {
    let Some(installed) = Installed::here() else { return };
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        // A run under `nohup` ignores SIGHUP, and so does every shell that it starts.
        if ignores_signal(number) {
            continue;
        }
        let mut command = installed.command(BINARY, &["wait", signal]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        let kill =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(lines.next().unwrap().unwrap(), format!("got {signal}"));
        assert_eq!(child.wait().unwrap().code(), Some(9), "{signal}");
    }
}

#[test]
fn an_unhandled_signal_ends_the_program_together_with_its_script() {
    let Some(installed) = Installed::here() else { return };
    let mut child = installed.command(BINARY, &["stay"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(lines.next().is_none(), "nobody still holds its output");
}

#[test]
fn an_unsupported_platform_is_refused_with_the_list_of_supported_ones() {
    let others: Vec<_> = PLATFORMS.iter().filter(|each| *each != platform()).collect();
    let Some(installed) = Installed::on(&others) else { return };
    let refused = installed.run(&["setup"]);
    let told = stderr(&refused);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(127), 0), "{told}");
    assert!(
        told.starts_with(&format!("covibe-local: no program for {}", platform().name)),
        "{told}"
    );
    for other in others {
        assert!(told.contains(other.name), "{told}");
    }
    assert!(told.contains("\nHint: "), "{told}");
}

#[test]
fn a_missing_program_exits_with_127_and_a_message() {
    let Some(installed) = Installed::here() else { return };
    fs::remove_file(installed.program()).unwrap();
    let refused = installed.run(&[]);
    let (code, told) = (refused.status.code(), stderr(&refused));
    assert!(code == Some(127) && told.contains("is missing"), "{code:?}: {told}");
}

#[test]
fn a_program_that_lost_its_mode_is_made_executable() {
    let Some(installed) = Installed::here() else { return };
    fs::set_permissions(installed.program(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(installed.run(&["exit", "3"]).status.code(), Some(3));
    let mode = fs::metadata(installed.program()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn a_program_that_cannot_be_executed_exits_with_126_and_a_message() {
    let Some(installed) = Installed::here() else { return };
    // A folder can't be started either, and this holds for root too.
    fs::remove_file(installed.program()).unwrap();
    fs::create_dir(installed.program()).unwrap();
    let refused = installed.run(&[]);
    let (code, told) = (refused.status.code(), stderr(&refused));
    assert!(code == Some(126) && told.contains("covibe-local"), "{code:?}: {told}");
}

#[test]
fn covibe_binary_replaces_the_packaged_program() {
    let others: Vec<_> = PLATFORMS.iter().filter(|each| *each != platform()).collect();
    let Some(installed) = Installed::on(&others) else { return };
    let own = installed.folder.path().join("own");
    let run = |mode: Option<u32>| {
        let mut command = installed.command("covibe-mcp", &["exit", "5"]);
        if let Some(mode) = mode {
            fs::write(&own, SCRIPT).unwrap();
            fs::set_permissions(&own, fs::Permissions::from_mode(mode)).unwrap();
        }
        let ended = command.env("COVIBE_BINARY", &own).output().unwrap();
        (ended.status.code(), stderr(&ended))
    };
    let (code, told) = run(None);
    assert!(code == Some(127) && told.contains("COVIBE_BINARY"), "{code:?}: {told}");
    let (code, told) = run(Some(0o644));
    assert!(code == Some(126) && told.contains("chmod 755"), "{code:?}: {told}");
    assert_eq!(run(Some(0o755)), (Some(5), String::new()));
}
