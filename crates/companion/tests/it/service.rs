//! The service: its files as the service managers read them, and the commands that install it.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use covibe_companion::service::{Manager, Ran, Runner, Service, plist, unit};
use covibe_companion::{CompanionHome, Exit};
use proptest::prelude::*;

/// Programs that note how they are called, and answer from a table.
#[derive(Debug, Default)]
struct Recorder {
    calls: RefCell<Vec<String>>,
    answers: Vec<(&'static str, Ran)>,
}

impl Runner for Recorder {
    fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let call = format!("{program} {}", arguments.join(" "));
        self.calls.borrow_mut().push(call.clone());
        let answer = self.answers.iter().find(|(begin, _)| call.starts_with(begin));
        answer.map_or(Ran { code: Some(0), ..Ran::default() }, |(_, ran)| ran.clone())
    }
}

fn failed_run(stderr: &str) -> Ran {
    Ran { code: Some(1), stderr: stderr.to_owned(), ..Ran::default() }
}

fn service(folder: &Path, manager: Manager, runner: Recorder) -> Service<Recorder> {
    Service {
        home: CompanionHome::at(folder.join(".covibe")),
        user_home: folder.to_owned(),
        config_home: folder.join(".config"),
        manager,
        runner,
    }
}

#[test]
fn installing_on_systemd_writes_enables_and_restarts_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(folder.path(), Manager::Systemd, Recorder::default());
    for _ in 0..2 {
        service.install(None).unwrap();
        let calls: Vec<_> = service.runner.calls.borrow_mut().drain(..).take(3).collect();
        assert_eq!(
            calls,
            [
                "systemctl --user daemon-reload",
                "systemctl --user enable covibe-companion",
                "systemctl --user restart covibe-companion"
            ]
        );
    }
    assert!(service.home.program("covibe-local").exists());
    assert!(service.status().is_current);
    service.uninstall().unwrap();
    let calls = service.runner.calls.borrow();
    assert!(calls.iter().any(|call| call == "systemctl --user disable --now covibe-companion"));
    assert!(!service.file().exists());
}

#[test]
fn installing_without_a_user_bus_keeps_the_unit_and_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let answers = vec![("systemctl", failed_run("Failed to connect to bus: No medium found"))];
    let recorder = Recorder { answers, ..Recorder::default() };
    let service = service(folder.path(), Manager::Systemd, recorder);
    let problem = service.install(None).unwrap_err();
    assert_eq!(problem.exit, Exit::NoServiceManager);
    assert!(problem.hint.unwrap().contains("covibe-local watch"));
    assert!(service.file().exists());
    assert!(!service.status().has_manager);
}

#[test]
fn installing_on_launchd_waits_until_the_old_service_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let answers = vec![("launchctl print", failed_run("Could not find service"))];
    let recorder = Recorder { answers, ..Recorder::default() };
    let service = service(folder.path(), Manager::Launchd, recorder);
    service.install(None).unwrap();
    let calls = service.runner.calls.borrow();
    let steps: Vec<_> = calls.iter().filter_map(|call| call.split(' ').nth(1)).collect();
    assert_eq!(steps[..5], ["bootout", "print", "enable", "bootstrap", "kickstart"]);
    assert!(service.file().ends_with("Library/LaunchAgents/tech.covibe.companion.plist"));
}

#[test]
fn services_of_earlier_releases_are_removed_and_their_repositories_registered() {
    let folder = tempfile::tempdir().unwrap();
    let units = folder.path().join(".config/systemd/user");
    let repository = folder.path().join("shop");
    fs::create_dir_all(repository.join(".git")).unwrap();
    fs::write(repository.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::create_dir_all(&units).unwrap();
    let ours =
        format!("[Service]\nExecStart=/x/covibe-local watch --repo \"{}\"\n", repository.display());
    fs::write(units.join("covibe-watch-shop.service"), ours).unwrap();
    let foreign = "[Service]\nExecStart=/usr/bin/somebody-else\n";
    fs::write(units.join("covibe-watch-other.service"), foreign).unwrap();
    let service = service(folder.path(), Manager::Systemd, Recorder::default());
    let lines = service.install(None).unwrap();
    assert!(lines[0].contains("covibe-watch-shop"), "{lines:?}");
    assert!(!units.join("covibe-watch-shop.service").exists());
    assert!(units.join("covibe-watch-other.service").exists());
    let calls = service.runner.calls.borrow();
    assert!(calls.contains(&"systemctl --user disable --now covibe-watch-shop".to_owned()));
    let known = fs::read_to_string(service.home.path("repos.json")).unwrap();
    assert!(known.contains("shop"), "{known}");
}

/// Folders whose names hold everything that the formats treat in a special way.
const ODD: [&str; 4] = ["plain", "with blank", "100% $HOME \"quoted\" \\ & <x> 'y'", "ünï 💻"];

/// Those of them that systemd takes for the path of a program at all.
const USUAL: [&str; 3] = ["plain", "with blank", "100% $HOME ünï"];

#[test]
fn systemd_analyze_verifies_the_unit_without_warnings() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("the test is skipped: there is no systemd-analyze");
        return;
    }
    for name in USUAL {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join(name));
        // It verifies that the program exists.
        fs::create_dir_all(home.path("bin")).unwrap();
        fs::copy("/bin/true", home.program("covibe-local")).unwrap();
        let file = folder.path().join("covibe-companion.service");
        fs::write(&file, unit(&home)).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.args(["--user", "verify"]).arg(&file).env("XDG_RUNTIME_DIR", folder.path());
        let output = verify.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{name}: {stderr}");
    }
}

#[test]
fn the_launchd_property_list_is_parsed_correctly_by_python() {
    const READ: &str = "import plistlib, sys, json; \
        print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    for name in ODD {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join(name));
        let file = folder.path().join("agent.plist");
        fs::write(&file, plist(&home)).unwrap();
        let Ok(output) = Command::new("python3").args(["-c", READ]).arg(&file).output() else {
            eprintln!("the test is skipped: there is no python3");
            return;
        };
        let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let program = home.program("covibe-local").display().to_string();
        assert_eq!(read["ProgramArguments"], serde_json::json!([program, "watch", "--service"]));
        assert_eq!(read["KeepAlive"]["SuccessfulExit"], false);
        assert_eq!(read["EnvironmentVariables"]["COVIBE_HOME"], home.root().display().to_string());
    }
}

/// Returns what systemd makes of a quoted word of `ExecStart`.
fn unquoted(word: &str) -> String {
    let mut text = String::new();
    let mut rest = word.trim_matches('"').chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                other => text.extend(other),
            },
            '%' => {
                assert_eq!(rest.next(), Some(c), "doubled in {word}");
                text.push(c);
            }
            c => text.push(c),
        }
    }
    text
}

proptest! {
    #[test]
    fn any_home_path_is_quoted_correctly_in_the_unit(name in "[^/\0\n\r]{1,30}") {
        let home = CompanionHome::at(PathBuf::from("/home/ada").join(&name));
        let text = unit(&home);
        let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        let word = line.strip_suffix(" watch --service").unwrap();
        prop_assert_eq!(unquoted(word), home.program("covibe-local").display().to_string());
        prop_assert!(!text.contains("vibn_sk_") || name.contains("vibn_sk_"));
    }
}
