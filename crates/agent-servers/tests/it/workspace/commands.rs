//! Commands: their output, their time, and what they leave behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use covibe_agent_servers::workspace::WorkspaceContext;
use serde_json::{Value, json};

use super::workspace_fixture::{Desk, call};

async fn run(cx: &WorkspaceContext, command: &str) -> Value {
    call(cx, "execute_command", json!({ "command": command })).await.unwrap()
}

fn body(text: &Value) -> String {
    let lines: Vec<_> = text.as_str().unwrap().lines().collect();
    if lines.is_empty() {
        String::new()
    } else {
        lines[1..lines.len() - 1].join("\n").trim_end().to_owned()
    }
}

/// Returns whether a process of this number is there and has not ended.
fn is_alive(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Waits for the number that a command writes to a file.
async fn number_in(path: &Path) -> String {
    for _ in 0..2_000 {
        if let Ok(text) = fs::read_to_string(path)
            && text.ends_with('\n')
        {
            return text.trim().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{} has no number", path.display());
}

#[tokio::test]
async fn a_command_returns_its_exit_code_output_signal_and_runs_in_its_folder() {
    let desk = Desk::new();
    desk.write("sub/a.txt", "");
    let cx = desk.context();
    let done = run(&cx, "echo out; echo err >&2; exit 3").await;
    assert_eq!((&done["exitCode"], &done["timedOut"]), (&json!(3), &json!(false)));
    assert_eq!(
        (body(&done["stdout"]), body(&done["stderr"])),
        ("out".to_owned(), "err".to_owned())
    );
    assert!(done["stdout"].as_str().unwrap().starts_with("<untrusted content of the output"));
    let params = json!({ "command": "pwd; ls", "workdir": "sub" });
    let there = call(&cx, "execute_command", params).await.unwrap();
    assert_eq!(body(&there["stdout"]), format!("{}\na.txt", desk.text("root/sub")));
    for workdir in ["..", "/", "sub/a.txt", "nothing"] {
        let params = json!({ "command": "true", "workdir": workdir });
        assert!(call(&cx, "execute_command", params).await.is_err(), "{workdir}");
    }
    let killed = run(&cx, "kill -SEGV $$").await;
    assert_eq!((&killed["signal"], &killed["exitCode"]), (&json!(11), &Value::Null));
}

#[tokio::test]
async fn a_command_gets_no_stdin_terminal_or_tokens_and_only_allowed_variables() {
    let desk = Desk::new()
        .with("COOLIFY_API_TOKEN", "tok-in-env")
        .with("NODE_ENV", "test")
        .with("OTHER", "x")
        .with("WORKSPACE_ENV", "NODE_ENV");
    let cx = desk.context();
    let done =
        run(&cx, "cat; env -0 | tr '\\0' '\\n' | cut -d= -f1 | sort | tr '\\n' ' '; echo; tty")
            .await;
    let names = body(&done["stdout"]);
    let names: Vec<_> = names.lines().next().unwrap().split_ascii_whitespace().collect();
    let expected =
        ["COVIBE_PROCESS_TREE", "GIT_CONFIG_GLOBAL", "HOME", "NODE_ENV", "PATH", "TMPDIR"];
    // The shell's own.
    let names: Vec<_> =
        names.into_iter().filter(|it| !matches!(*it, "PWD" | "OLDPWD" | "_" | "SHLVL")).collect();
    assert_eq!(names, expected);
    assert!(body(&done["stdout"]).contains("not a tty"));
}

#[tokio::test]
async fn the_private_temporary_folder_is_removed_after_the_command() {
    let desk = Desk::new();
    let cx = desk.context();
    let done = run(&cx, "echo x > $TMPDIR/file && stat -c %a $TMPDIR && cat $TMPDIR/file").await;
    assert_eq!(body(&done["stdout"]), "700\nx");
    assert_eq!(fs::read_dir(desk.path("temporary")).unwrap().count(), 0);
}

#[tokio::test]
async fn processes_left_behind_by_a_command_are_ended_with_it() {
    let desk = Desk::new();
    let cx = desk.context();
    for (name, start) in [
        ("group", "sleep 1000 & echo $! > group"),
        (
            "session",
            "setsid sh -c 'echo $$ > session; exec sleep 1000' & while [ ! -s session ]; do :; done",
        ),
        (
            "twice",
            "setsid sh -c 'sh -c \"echo \\$\\$ > twice; exec sleep 1000\" & ' & while [ ! -s twice ]; do :; done",
        ),
        (
            "closed",
            "setsid sh -c 'echo $$ > closed; exec sleep 1000' >/dev/null 2>&1 </dev/null & while [ ! -s closed ]; do :; done",
        ),
    ] {
        let started = Instant::now();
        let done = run(&cx, start).await;
        assert_eq!(done["exitCode"], 0, "{name}: {done}");
        assert!(started.elapsed() < Duration::from_secs(20), "{name}");
        let id = number_in(&desk.path("root").join(name)).await;
        assert!(!is_alive(&id), "{name} is alive");
    }
}

#[tokio::test]
async fn an_unmarked_background_process_is_ended_with_the_last_running_command() {
    let desk = Desk::new();
    let cx = desk.context();
    let start = "env -i setsid sh -c '/bin/sh -c \"echo \\$\\$ > id; exec sleep 1000\" & ' >/dev/null 2>&1 & \
                 while [ ! -s id ]; do :; done; sleep 0.2";
    run(&cx, start).await;
    let id = number_in(&desk.path("root/id")).await;
    // Commands of other tests may still run.
    let is_gone = async {
        while is_alive(&id) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            run(&cx, "true").await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), is_gone).await.unwrap();
}

#[tokio::test]
async fn a_timed_out_command_that_ignores_signals_and_forks_is_killed() {
    let desk = Desk::new();
    let cx = desk.context();
    let command = "trap '' TERM INT HUP; echo $$ > id; (trap '' TERM; while :; do sleep 0.01; done) & \
                   while :; do sleep 0.01; done";
    let started = Instant::now();
    let params = json!({ "command": command, "timeout_ms": 700 });
    let done = call(&cx, "execute_command", params).await.unwrap();
    assert_eq!((&done["timedOut"], &done["signal"]), (&json!(true), &json!(9)));
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(!is_alive(&number_in(&desk.path("root/id")).await));
}

#[tokio::test]
async fn a_command_with_endless_output_is_ended_and_its_output_cut() {
    let desk = Desk::new();
    let cx = desk.context();
    let started = Instant::now();
    let done = run(&cx, "echo first; yes \"$(printf 'a\\033[1m\\001\"\\\\')\"").await;
    assert_eq!((&done["printedTooMuch"], &done["timedOut"]), (&json!(true), &json!(false)));
    assert!(body(&done["stdout"]).starts_with("first\n"));
    assert!(done["stdoutSize"].as_u64().unwrap() > 5_000_000);
    assert!(started.elapsed() < Duration::from_secs(20));
    let both = run(&cx, "seq 100000; seq 100000 >&2; echo end; echo end >&2").await;
    assert_eq!(both["exitCode"], 0);
    assert!(body(&both["stdout"]).ends_with("\nend") && body(&both["stderr"]).ends_with("\nend"));
    assert!(body(&both["stdout"]).contains("bytes omitted"));
}

#[tokio::test]
async fn a_cancelled_call_ends_its_command() {
    let desk = Desk::new();
    let cx = desk.context();
    let command = "setsid sh -c 'echo $$ > inner; exec sleep 1000' & echo $$ > id; exec sleep 1000";
    let running = tokio::spawn(async move { run(&cx, command).await });
    let inner = number_in(&desk.path("root/inner")).await;
    let id = number_in(&desk.path("root/id")).await;
    assert!(is_alive(&id) && is_alive(&inner));
    running.abort();
    let started = Instant::now();
    assert!(running.await.unwrap_err().is_cancelled());
    assert!(started.elapsed() < Duration::from_secs(1));
    // One that is cancelled while it is started is ended by the thread that starts it.
    let is_gone = async {
        while is_alive(&id) || is_alive(&inner) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), is_gone).await.unwrap();
}
