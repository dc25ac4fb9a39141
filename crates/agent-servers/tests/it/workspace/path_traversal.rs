//! Generated paths: none leads out of the root.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use super::workspace_fixture::{Desk, SECRET, call};

/// Names that lead somewhere, and some that do not.
const NAMES: [&str; 22] = [
    "a",
    "b",
    "new",
    "..",
    ".",
    "",
    "in",
    "out",
    "up",
    "far",
    "loop",
    "root",
    ".git",
    ".GIT",
    "git",
    "dev",
    "proc",
    "key",
    "outside",
    "home",
    "é\u{301}",
    "x\ny",
];

fn path() -> impl Strategy<Value = String> {
    let names = prop::collection::vec(prop::sample::select(&NAMES[..]), 1..7);
    let begin =
        prop::sample::select(vec!["", "/", "./", "//", "ROOT/", "ROOT/../", "/proc/self/root/"]);
    let end = prop::sample::select(vec!["", "/", "/.", "/..", "\0", "%2e%2e", "\\..\\x"]);
    (begin, names, end).prop_map(|(begin, names, end)| format!("{begin}{}{end}", names.join("/")))
}

fn arrange(desk: &Desk) {
    for folder in ["a/b", "b", ".git"] {
        fs::create_dir_all(desk.path("root").join(folder)).unwrap();
    }
    for (target, name) in [
        ("a", "in"),
        ("../outside", "out"),
        ("..", "up"),
        ("../../../../../../../..", "far"),
        ("loop", "loop"),
        ("/dev", "dev"),
        ("/proc", "proc"),
        (".git", "git"),
        ("../../root", "a/root"),
        ("../../outside", "a/out"),
        ("/", "b/root"),
        ("../a/b", "b/in"),
        ("../../..", "a/b/up"),
    ] {
        symlink(target, desk.path("root").join(name)).unwrap();
    }
}

/// Returns names and contents of all below a folder.
fn contents(folder: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.push((path.display().to_string(), fs::read(&path).ok()));
        if path.is_dir() && !path.is_symlink() {
            all.extend(contents(&path));
        }
    }
    all.sort();
    all
}

#[test]
fn ten_thousand_random_paths_stay_inside_the_root() {
    let desk = Desk::new();
    arrange(&desk);
    let (cx, root) = (desk.context(), desk.text("root"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let before = ["outside", "home", "root/.git"].map(|folder| contents(&desk.path(folder)));
    let top = fs::read_dir(desk.path("")).unwrap().count();
    let mut runner =
        TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&path(), |path| {
        let path = path.replace("ROOT", &root);
        runtime.block_on(async {
            for (tool, params) in [
                ("read_file", json!({ "path": path })),
                ("list_directory", json!({ "path": path })),
                ("write_file", json!({ "path": path, "content": "written" })),
                ("replace_in_file", json!({ "path": path, "old": SECRET, "new": "x" })),
            ] {
                if let Ok(answer) = call(&cx, tool, params).await {
                    let text = answer.to_string();
                    prop_assert!(
                        !text.contains(SECRET) && !text.contains(".netrc"),
                        "{tool} {path:?}: {text}"
                    );
                }
            }
            Ok(())
        })
    });
    outcome.unwrap();
    let after = ["outside", "home", "root/.git"].map(|folder| contents(&desk.path(folder)));
    assert_eq!(before, after);
    assert_eq!(fs::read_dir(desk.path("")).unwrap().count(), top);
    assert!(desk.path("root/new").exists(), "no path was written");
}
