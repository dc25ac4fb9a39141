//! Several processes with the same session: some are killed, and one may not write.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::{World, call, context};

/// The variable that names a child's home.
const HOME: &str = "COVIBE_TEST_HOME";

/// The variable that says how many notes a child saves.
const NOTES: &str = "COVIBE_TEST_NOTES";

/// Starts this test binary as a process that runs one of the tests below.
fn child(home: &Path, notes: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "platform::concurrent_processes::child_saves_notes",
        "--ignored",
        "--nocapture",
    ]);
    command.env(HOME, home).env(NOTES, notes.to_string());
    command
}

/// Reads the numbers of notes that a child says are saved.
fn ids(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("saved ")?.parse().ok())
}

#[tokio::test]
#[ignore = "it is a process of the other tests here"]
async fn child_saves_notes() {
    let value = |name| std::env::var(name).unwrap();
    let context = context(&HashMap::from([("HOME".to_owned(), value(HOME))]));
    let text = "x".repeat(20_000);
    for _ in 0..value(NOTES).parse::<usize>().unwrap() {
        match call(&context, "save_memory", json!({ "content": text })).await {
            Ok(saved) => println!("\nsaved {}", saved["id"]),
            Err(failure) => println!("\nfailed {failure}"),
        }
        std::io::stdout().flush().unwrap();
    }
}

#[tokio::test]
async fn concurrent_processes_save_notes_without_loss() {
    let world = World::new();
    let start = |_| child(world.home(), 15).stdout(Stdio::piped()).spawn().unwrap();
    let mut children: Vec<_> = (0..4).map(start).collect();
    let mut saved: Vec<u64> = children.iter_mut().flat_map(ids).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    saved.sort_unstable();
    assert!(saved.iter().copied().eq(1..=60), "{saved:?}");
    assert_eq!(world.call("list_memory", json!({})).await.unwrap()["total"], 60);
}

#[tokio::test]
async fn a_kill_at_any_point_keeps_all_acknowledged_notes() {
    let world = World::new();
    let mut acknowledged = 0;
    for round in 0..8 {
        let mut children =
            [(); 2].map(|()| child(world.home(), 10_000).stdout(Stdio::piped()).spawn().unwrap());
        // Each round kills at another point: after some notes, in the middle of the next one.
        acknowledged += ids(&mut children[0]).take(1 + round % 3).count();
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let listed = world.call("list_memory", json!({})).await.unwrap();
        assert_eq!(listed.get("setAside"), None, "round {round}");
        assert!(listed["total"].as_u64().unwrap() >= acknowledged as u64, "round {round}");
    }
    world.call("save_memory", json!({ "content": "after all" })).await.unwrap();
    for entry in std::fs::read_dir(world.session().join("memory")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.ends_with("lock") || path.extension().unwrap() == "json", "{path:?}");
    }
}

/// A file above the limit of its process fails to be written as on a full disk, in the middle.
#[tokio::test]
async fn a_note_that_does_not_fit_on_the_disk_fails_and_leaves_the_others() {
    let world = World::new();
    world.call("save_memory", json!({ "content": "before" })).await.unwrap();
    let limited = "trap '' 25; ulimit -f 8; exec \"$@\"";
    let inner = child(world.home(), 1);
    let mut command = Command::new("sh");
    command.args(["-c", limited, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.env(HOME, world.home()).env(NOTES, "1");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("failed Nothing was stored: the file would be larger than is allowed."),
        "{text}"
    );
    let listed = world.call("list_memory", json!({})).await.unwrap();
    assert_eq!((&listed["total"], listed.get("setAside")), (&json!(1), None));
}
