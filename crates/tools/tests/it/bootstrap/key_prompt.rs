//! The key is asked for on a terminal, and not shown.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::fixture::{Ground, KEY, Shell, shells, starts};
use super::script;

/// Returns the text that a terminal shows of a run whose question gets this answer.
fn run_on_terminal(ground: &Ground, shell: Shell, answer: &str) -> String {
    let run = format!("trap : INT; cat ../script | {}; stty -a", shell.join(" "));
    let mut command = Command::new("script");
    let command = command.args(["--quiet", "--command", &run, "/dev/null"]);
    let command = command.current_dir(ground.path("")).env_remove("VIBN_API_KEY");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a terminal");
    let (mut input, mut output) = (child.stdin.take(), child.stdout.take().expect("a pipe"));
    let (mut shown, mut part) = (String::new(), [0; 1024]);
    loop {
        let length = output.read(&mut part).unwrap_or_default();
        if length == 0 {
            break;
        }
        shown += &String::from_utf8_lossy(&part[..length]);
        if shown.contains("(input is hidden): ")
            && let Some(mut input) = input.take()
        {
            // An interrupt is meant for the program that waits for the line.
            std::thread::sleep(std::time::Duration::from_millis(300));
            input.write_all(answer.as_bytes()).expect("an answer");
        }
    }
    child.wait().expect("an end");
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_asks_for_the_key_on_a_terminal_without_echo() {
    if !starts(&["script"], &["--version"]) {
        return;
    }
    let script = script().await;
    for shell in shells() {
        let ground = Ground::new();
        ground.write("../script", &script);
        let shown = run_on_terminal(&ground, shell, &format!("{KEY}\n"));
        assert!(ground.read(".env.local").contains(KEY), "{shell:?}: {shown}");
        assert!(!shown.contains(KEY) && shown.contains(" echo "), "{shell:?}: {shown}");
        let ground = Ground::new();
        ground.write("../script", &script);
        let shown = run_on_terminal(&ground, shell, "\u{3}");
        assert!(shown.contains(" echo "), "{shell:?}: the terminal is as it was: {shown}");
        assert!(ground.tree().is_empty(), "{shell:?}: {shown}");
    }
}
