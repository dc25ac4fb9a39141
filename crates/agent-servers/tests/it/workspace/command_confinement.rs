//! The kernel keeps commands from what is outside.

use std::fs;
use std::process::Command;

use covibe_agent_servers::confinement::Confinement;
use covibe_agent_servers::workspace::WorkspaceContext;
use serde_json::{Value, json};

use super::workspace_fixture::{Desk, SECRET, call};

/// Returns a context; none where the kernel cannot confine.
fn context(desk: &Desk) -> Option<WorkspaceContext> {
    Confinement::is_supported().then(|| desk.context())
}

async fn run(cx: &WorkspaceContext, command: &str) -> Value {
    let done = call(cx, "execute_command", json!({ "command": command })).await.unwrap();
    assert_eq!(done["confined"], true);
    done
}

#[tokio::test]
async fn a_confined_command_cannot_read_secrets_of_the_home_or_other_folders() {
    let desk = Desk::new();
    let Some(cx) = context(&desk) else { return };
    for file in ["home/.ssh/id", "home/.netrc", "home/.cargo/credentials.toml", "outside/key"] {
        let path = desk.text(file);
        for command in [
            format!("cat {path}"),
            format!("ln -s {path} link; cat link || (rm link; false)"),
            format!("ln {path} hard && cat hard"),
            format!("cp {path} copy; cat copy"),
            format!("cat /proc/self/root{path}"),
            format!("mv {path} moved && cat moved"),
        ] {
            let done = run(&cx, &command).await;
            assert!(!done.to_string().contains(SECRET), "{command}");
            assert_ne!(done["exitCode"], 0, "{command}");
        }
        assert_eq!(fs::read_to_string(desk.path(file)).unwrap(), SECRET);
    }
    let tool = run(&cx, &format!("cat {}", desk.text("home/.cargo/bin/tool"))).await;
    assert_eq!(tool["exitCode"], 0, "{tool}");
}

#[tokio::test]
async fn a_confined_command_cannot_write_outside_the_root() {
    let desk = Desk::new();
    let Some(cx) = context(&desk) else { return };
    desk.write("own", "own");
    for (name, command) in [
        ("new", "echo x > OUT/new"),
        ("key", "echo x > OUT/key"),
        ("append", "echo x >> OUT/key"),
        ("truncate", "truncate -s 0 OUT/key"),
        ("folder", "mkdir OUT/folder"),
        ("remove", "rm -f OUT/key"),
        ("link", "ln -s OUT away; echo x > away/new"),
        ("hard", "ln own OUT/own"),
        ("rename", "mv own OUT/own"),
        ("pipe", "mkfifo OUT/pipe"),
        ("home", "echo x > $HOME/.profile"),
        ("tool", "echo x > $HOME/.cargo/bin/tool"),
        ("shared", "echo x > /tmp/covibe-test-never"),
        ("memory", "echo x > /dev/shm/covibe-test-never"),
    ] {
        let command = command.replace("OUT", &desk.text("outside"));
        let done = run(&cx, &command).await;
        assert_ne!(done["exitCode"], 0, "{name}: {done}");
    }
    assert_eq!(fs::read_to_string(desk.path("outside/key")).unwrap(), SECRET);
    assert_eq!(fs::read_dir(desk.path("outside")).unwrap().count(), 1);
    assert!(!desk.path("home/.profile").exists());
    assert_eq!(fs::read_to_string(desk.path("home/.cargo/bin/tool")).unwrap(), "a tool");
    let inside = run(
        &cx,
        "echo x > new && mkdir -p d && mv new d/ && echo y > $TMPDIR/t && echo z > /dev/null",
    )
    .await;
    assert_eq!(inside["exitCode"], 0, "{inside}");
}

#[tokio::test]
async fn a_confined_command_can_neither_read_nor_signal_other_processes() {
    let desk = Desk::new();
    let Some(cx) = context(&desk) else { return };
    let me = std::process::id();
    // The same files are readable for this user without the domain.
    assert!(fs::read(format!("/proc/{me}/environ")).is_ok());
    for command in [
        format!("cat /proc/{me}/environ"),
        format!("head -c 1 /proc/{me}/mem"),
        format!("ls -l /proc/{me}/fd/"),
        format!("ls /proc/{me}/cwd/"),
        "cat /proc/$PPID/environ".to_owned(),
    ] {
        let done = run(&cx, &command).await;
        assert_ne!(done["exitCode"], 0, "{command}: {done}");
    }
    let mut other = Command::new("sleep").arg("1000").spawn().unwrap();
    let done = run(&cx, &format!("kill -KILL {}; kill -0 {me}", other.id())).await;
    assert_ne!(done["exitCode"], 0, "{done}");
    assert!(other.try_wait().unwrap().is_none());
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn confined_builds_can_use_git_and_system_tools_but_not_read_shadow() {
    let desk = Desk::new();
    let Some(cx) = context(&desk) else { return };
    let done = run(&cx, "git init -q . && git status --short && sh -c 'ls /usr/bin >/dev/null' && cat /etc/passwd >/dev/null").await;
    assert_eq!(done["exitCode"], 0, "{done}");
    let shadow = run(&cx, "cat /etc/shadow").await;
    assert_ne!(shadow["exitCode"], 0);
}
