//! Files that are read, written and changed.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use covibe_domain::Kind;
use serde_json::json;

use super::workspace_fixture::{Desk, SECRET, call};

#[tokio::test]
async fn write_file_creates_parent_folders_and_read_file_returns_parts() {
    let (desk, text) = (Desk::new(), "one\ntwo\nthree\n");
    let cx = desk.context();
    let written =
        call(&cx, "write_file", json!({ "path": "a/b/c.txt", "content": text })).await.unwrap();
    assert_eq!(written, json!({ "path": "a/b/c.txt", "created": true, "size": 14 }));
    assert_eq!(fs::read_to_string(desk.path("root/a/b/c.txt")).unwrap(), text);
    let part = call(&cx, "read_file", json!({ "path": "a/b/c.txt", "offset": 2, "limit": 1 }))
        .await
        .unwrap();
    let content = part["content"].as_str().unwrap();
    assert!(content.starts_with("<untrusted content of a/b/c.txt") && content.contains("\ntwo\n"));
    assert!(!content.contains("three"));
    assert_eq!((&part["nextOffset"], &part["totalLines"]), (&json!(3), &json!(3)));
    let absolute = json!({ "path": desk.text("root/a/b/c.txt") });
    assert_eq!(call(&cx, "read_file", absolute).await.unwrap()["lines"], 3);
}

#[tokio::test]
async fn an_overwritten_file_keeps_its_mode_and_leaves_no_temporary_files() {
    let desk = Desk::new();
    let cx = desk.context();
    for mode in [0o755, 0o600, 0o444] {
        let path = desk.write("run.sh", "old");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let again = json!({ "path": "run.sh", "content": "new" });
        assert_eq!(call(&cx, "write_file", again).await.unwrap()["created"], false);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(fs::read_dir(desk.path("root")).unwrap().count(), 0);
}

#[tokio::test]
async fn files_of_git_cannot_be_written_by_any_spelling_or_link() {
    let desk = Desk::new();
    let cx = desk.context();
    desk.write(".git/config", "old");
    desk.write("sub/.git/config", "old");
    symlink(".git", desk.path("root/link")).unwrap();
    symlink("sub", desk.path("root/to_sub")).unwrap();
    symlink("../.git", desk.path("root/sub/back")).unwrap();
    for path in [
        ".git/config",
        ".GIT/config",
        ".git/hooks/pre-push",
        "sub/.Git/config",
        "link/config",
        "link/new/deep/x",
        "to_sub/.git/config",
        "sub/back/config",
        "new/.git",
        ".g\u{200c}it/config",
    ] {
        let failure =
            call(&cx, "write_file", json!({ "path": path, "content": "x" })).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Forbidden, "{path}: {failure:?}");
    }
    let change = json!({ "path": "link/config", "old": "old", "new": "x" });
    assert_eq!(call(&cx, "replace_in_file", change).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(fs::read_to_string(desk.path("root/.git/config")).unwrap(), "old");
    assert_eq!(fs::read_dir(desk.path("root/.git")).unwrap().count(), 1);
    assert!(call(&cx, "write_file", json!({ "path": ".gitignore", "content": "x" })).await.is_ok());
}

#[tokio::test]
async fn links_are_read_only_if_they_stay_inside_and_never_written_through() {
    let desk = Desk::new();
    let cx = desk.context();
    desk.write("real/a.txt", "inside");
    for (target, name) in [
        ("real/a.txt".to_owned(), "in"),
        (desk.text("outside/key"), "out"),
        ("../outside/key".to_owned(), "up"),
        (desk.text("outside"), "folder"),
        ("loop".to_owned(), "loop"),
        ("nothing".to_owned(), "dangling"),
    ] {
        symlink(target, desk.path("root").join(name)).unwrap();
    }
    let read = call(&cx, "read_file", json!({ "path": "in" })).await.unwrap();
    assert!(read["content"].as_str().unwrap().contains("inside"));
    for path in ["out", "up", "folder/key", "loop", "dangling"] {
        let failure = call(&cx, "read_file", json!({ "path": path })).await.unwrap_err();
        assert!(
            matches!(failure.kind, Kind::Forbidden | Kind::Invalid | Kind::NotFound),
            "{path}: {failure:?}"
        );
    }
    for path in ["in", "out", "up", "folder/key", "folder/new", "dangling", "dangling/x", "loop/x"]
    {
        let params = json!({ "path": path, "content": "changed" });
        assert!(call(&cx, "write_file", params).await.is_err(), "{path}");
    }
    assert_eq!(fs::read_to_string(desk.path("root/real/a.txt")).unwrap(), "inside");
    assert_eq!(fs::read_to_string(desk.path("outside/key")).unwrap(), SECRET);
    assert_eq!(fs::read_dir(desk.path("outside")).unwrap().count(), 1);
}

#[tokio::test]
async fn pipes_devices_and_folders_are_refused_as_files() {
    let desk = Desk::new();
    let cx = desk.context();
    fs::create_dir(desk.path("root/folder")).unwrap();
    let made = Command::new("mkfifo").arg(desk.path("root/pipe")).status().unwrap();
    assert!(made.success());
    symlink("/dev/zero", desk.path("root/zero")).unwrap();
    for path in ["folder", "pipe", "zero", "."] {
        let params = json!({ "path": path });
        assert!(call(&cx, "read_file", params).await.is_err(), "{path}");
        let params = json!({ "path": path, "content": "x" });
        assert!(call(&cx, "write_file", params).await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn replace_in_file_requires_exactly_one_match_unless_all_is_set() {
    let desk = Desk::new();
    let cx = desk.context();
    let path = desk.write("a.txt", "x y x\nz\n");
    for (old, count) in [("x", 2), ("q", 0)] {
        let params = json!({ "path": "a.txt", "old": old, "new": "1" });
        let failure = call(&cx, "replace_in_file", params).await.unwrap_err();
        assert_eq!((failure.kind, &failure.details["count"]), (Kind::Conflict, &json!(count)));
    }
    let once = json!({ "path": "a.txt", "old": "z", "new": "w" });
    let done = call(&cx, "replace_in_file", once).await.unwrap();
    assert_eq!((&done["count"], &done["line"]), (&json!(1), &json!(2)));
    let all = json!({ "path": "a.txt", "old": "x", "new": "yy", "all": true });
    assert_eq!(call(&cx, "replace_in_file", all).await.unwrap()["count"], 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "yy y yy\nw\n");
}

#[tokio::test]
async fn binary_and_non_utf8_files_are_reported_and_not_edited() {
    let desk = Desk::new();
    let cx = desk.context();
    desk.write("binary", b"\x00\x01x");
    desk.write("latin", b"caf\xe9");
    let binary = call(&cx, "read_file", json!({ "path": "binary" })).await.unwrap();
    assert_eq!((&binary["binary"], &binary["content"]), (&json!(true), &json!("")));
    let latin = call(&cx, "read_file", json!({ "path": "latin" })).await.unwrap();
    assert!(latin["note"].as_str().unwrap().contains("UTF-8"));
    for path in ["binary", "latin"] {
        let params = json!({ "path": path, "old": "x", "new": "y" });
        assert_eq!(call(&cx, "replace_in_file", params).await.unwrap_err().kind, Kind::Invalid);
    }
}

#[tokio::test]
async fn parameters_out_of_bounds_are_refused_by_name() {
    let cx = Desk::new().context();
    let long = "x".repeat(5_000_001);
    for (tool, params, named) in [
        ("write_file", json!({ "path": "a", "content": long }), "content"),
        ("read_file", json!({ "path": "a", "offset": 0 }), "offset"),
        ("read_file", json!({ "path": "a", "lines": 1 }), "lines"),
        ("execute_command", json!({ "command": "true", "timeout_ms": 600_001 }), "timeout_ms"),
        ("list_directory", json!({ "depth": "two" }), "depth"),
        ("search_code", json!({ "pattern": "x".repeat(1001) }), "pattern"),
    ] {
        let failure = call(&cx, tool, params).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Invalid);
        assert!(failure.message.contains(named), "{}", failure.message);
    }
}
