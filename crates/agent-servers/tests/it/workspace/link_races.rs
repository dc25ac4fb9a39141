//! Links and renames while calls run.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use super::workspace_fixture::{Desk, SECRET, call};

/// Replaces a folder by a link to the outside, and puts it back, until it is stopped.
fn swap(desk: &Arc<Desk>, stop: &Arc<AtomicBool>) -> thread::JoinHandle<u32> {
    let (desk, stop) = (Arc::clone(desk), Arc::clone(stop));
    thread::spawn(move || {
        let root = desk.path("root");
        let (place, aside, link) = (root.join("a/b"), root.join("aside"), root.join("link"));
        let mut rounds = 0;
        while !stop.load(Ordering::Relaxed) {
            fs::rename(&place, &aside).unwrap();
            symlink(desk.path("outside"), &link).unwrap();
            // A call can have made the folder that it lacked.
            while fs::rename(&link, &place).is_err() {
                let _ = fs::remove_dir_all(&place);
            }
            thread::yield_now();
            fs::remove_file(&place).unwrap();
            while fs::rename(&aside, &place).is_err() {
                let _ = fs::remove_dir_all(&place);
            }
            rounds += 1;
        }
        rounds
    })
}

#[tokio::test]
async fn file_tools_stay_inside_the_root_while_folders_are_swapped_for_links() {
    let desk = Arc::new(Desk::new());
    desk.write("a/b/key", "harmless");
    let (cx, stop) = (desk.context(), Arc::new(AtomicBool::new(false)));
    let swapping = swap(&desk, &stop);
    let (mut good, mut refused) = (0, 0);
    for round in 0..2_000 {
        for (tool, params) in [
            ("read_file", json!({ "path": "a/b/key" })),
            ("write_file", json!({ "path": "a/b/new", "content": "written" })),
            ("replace_in_file", json!({ "path": "a/b/key", "old": SECRET, "new": "changed" })),
            ("list_directory", json!({ "path": "a", "depth": 3 })),
            ("find_files", json!({ "glob": "*" })),
            ("search_code", json!({ "pattern": "secret|harmless" })),
        ] {
            if matches!(tool, "find_files" | "search_code") && round % 4 != 0 {
                continue;
            }
            match call(&cx, tool, params).await {
                Ok(answer) => {
                    let text = answer.to_string();
                    assert!(!text.contains(SECRET), "{tool}: {text}");
                    good += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    let rounds = swapping.join().unwrap();
    assert!(rounds > 100 && good > 1_000 && refused > 100, "{rounds} {good} {refused}");
    assert_eq!(fs::read_to_string(desk.path("outside/key")).unwrap(), SECRET);
    assert_eq!(fs::read_dir(desk.path("outside")).unwrap().count(), 1);
}
