//! The command line and the variables.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::server_process::{Machine, Running, VARIABLES, run, text};

#[test]
fn missing_or_malformed_variables_are_printed_one_a_line_with_exit_code_78() {
    let machine = Machine::new();
    for (server, expected) in [
        ("coolify", &["COOLIFY_API_URL", "COOLIFY_API_TOKEN"][..]),
        ("gitea", &["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"]),
        ("workspace", &["WORKSPACE_ROOT"]),
    ] {
        let ran = run(&mut machine.bare(&[server]));
        assert_eq!((ran.status.code(), &*ran.stdout), (Some(78), &b""[..]), "{ran:?}");
        let told = text(&ran.stderr);
        assert_eq!(told.lines().count(), expected.len(), "{told}");
        for (line, name) in told.lines().zip(expected) {
            assert!(line.starts_with(&format!("error: {name} is not set")), "{told}");
        }
    }
    let mut command = machine.program(&["gitea"]);
    let ran = run(command.env("GITEA_API_URL", "https://ada:hunter2@gitea.example"));
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(78), "{told}");
    assert!(told.contains("GITEA_API_URL") && !told.contains("hunter2"), "{told}");
    let mut command = machine.program(&["workspace"]);
    let ran = run(command.env("WORKSPACE_ROOT", "/no/such/folder"));
    assert_eq!(ran.status.code(), Some(78), "{ran:?}");
    let mut command = machine.program(&["agent"]);
    let ran = run(command.env("AGENT_RUNNER_URL", "ftp://runner"));
    assert_eq!(ran.status.code(), Some(78), "{ran:?}");
}

#[test]
fn a_warning_does_not_keep_a_server_from_starting() {
    let machine = Machine::new();
    let mut command = machine.program(&["coolify"]);
    let ran = run(command.env("COVIBE_PROTECTED_APPS", "none"));
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(told.contains("warning: COVIBE_PROTECTED_APPS is `none`"), "{told}");
}

#[test]
fn a_refused_command_line_exits_with_64() {
    let machine = Machine::new();
    for arguments in [
        &[][..],
        &["unknown"],
        &["gitea", "--print-config", "emacs"],
        &["gitea", "--smoke", "--print-config", "codex"],
        &["job", "--job", "j1"],
    ] {
        let ran = run(&mut machine.program(arguments));
        assert_eq!(ran.status.code(), Some(64), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
    }
    let help = run(&mut machine.program(&["--help"]));
    assert!(help.status.success() && text(&help.stdout).contains("workspace"), "{help:?}");
    assert!(!text(&help.stdout).contains("job "), "the runner's command is hidden");
}

#[test]
fn the_program_name_selects_the_server_that_runs() {
    let machine = Machine::new();
    for name in ["coolify", "gitea", "workspace", "platform", "agent"] {
        let link = machine.home().join(format!("vibn-{name}-mcp"));
        symlink(env!("CARGO_BIN_EXE_covibe-agent-mcp"), &link).unwrap();
        let mut command = Command::new(link);
        command.env_clear().envs(VARIABLES).env("HOME", machine.home());
        command.env("WORKSPACE_ROOT", machine.work());
        let mut server = Running::start(&mut command);
        let answer = server.initialize();
        assert_eq!(answer["result"]["serverInfo"]["name"], format!("vibn-{name}"));
    }
}
