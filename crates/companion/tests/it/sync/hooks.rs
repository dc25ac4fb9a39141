//! Hooks: the events that they note, and those that they do not.

use std::fs;
use std::time::Instant;

use covibe_companion::hook::{self, note_connection};
use covibe_companion::inbox::{Event, Inbox, MAX_RECORDS, Record};
use covibe_companion::sessions::Sessions;
use serde_json::{Value, json};

use super::sync_fixture::{Desk, git, origin};

fn records(desk: &Desk) -> Vec<Record> {
    let inbox = Inbox::new(&desk.home);
    desk.inbox().iter().map(|name| inbox.read(name).unwrap()).collect()
}

fn run(desk: &Desk, harness: &str, payload: &Value) {
    assert_eq!(hook::run(harness, payload.to_string().as_bytes(), &desk.home), "{}");
}

#[test]
fn hook_records_contain_no_prompts_file_contents_or_names() {
    let desk = Desk::new();
    let repository = desk.repository("shop");
    let secret = "SECRET-TEXT";
    run(
        &desk,
        "claude-code",
        &json!({
            "session_id": "s", "prompt_id": "p", "cwd": repository, "hook_event_name": "UserPromptSubmit", "prompt": secret,
        }),
    );
    run(
        &desk,
        "claude-code",
        &json!({
            "session_id": "s", "cwd": repository, "hook_event_name": "PostToolUse", "tool_name": "Write",
            "tool_use_id": "t", "tool_input": { "file_path": repository.join("secret-name.rs"), "content": secret },
            "tool_response": { "x": secret }, "model": "m-1",
        }),
    );
    let text: String = desk
        .inbox()
        .iter()
        .map(|name| fs::read_to_string(desk.home.path("inbox").join(name)).unwrap())
        .collect();
    assert!(!text.contains(secret) && !text.contains("secret-name"), "{text}");
    let events: Vec<_> = records(&desk).into_iter().map(|record| record.event).collect();
    assert_eq!(events, [Event::Prompt, Event::Edit]);
    assert_eq!(records(&desk)[1].model.as_deref(), Some("m-1"));
}

#[test]
fn an_edit_is_recorded_for_the_repository_of_the_edited_file() {
    let desk = Desk::new();
    let (here, other) = (desk.repository("here"), desk.repository("other"));
    run(
        &desk,
        "codex",
        &json!({
            "session_id": "s", "turn_id": "t", "cwd": here, "hook_event_name": "PostToolUse", "tool_name": "apply_patch",
            "tool_use_id": "u", "tool_input": { "file_path": other.join("x/y.rs") },
        }),
    );
    assert_eq!(records(&desk)[0].worktree, other);
}

#[test]
fn an_event_that_two_harnesses_report_counts_once() {
    let desk = Desk::new();
    let repository = desk.repository("shop");
    let base = json!({
        "conversation_id": "c", "generation_id": "g", "cursor_version": "9", "workspace_roots": [repository],
        "user_email": "ada@a.example",
    });
    let with = |more: Value| {
        let mut all = base.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for _ in 0..2 {
        // Two edits of a turn, without anything that identifies them.
        run(
            &desk,
            "cursor",
            &with(
                json!({ "hook_event_name": "afterFileEdit", "file_path": repository.join("a.txt") }),
            ),
        );
        run(
            &desk,
            "claude-code",
            &with(json!({ "hook_event_name": "PostToolUse", "tool_name": "Edit" })),
        );
    }
    run(&desk, "claude-code", &with(json!({ "hook_event_name": "UserPromptSubmit" })));
    run(&desk, "cursor", &with(json!({ "hook_event_name": "beforeSubmitPrompt", "prompt": "x" })));
    let mut sessions = Sessions::default();
    for record in records(&desk) {
        assert_eq!(record.agent, "cursor");
        sessions.apply(&record);
    }
    assert_eq!(sessions.sessions.len(), 1);
    let session = sessions.sessions.values().next().unwrap();
    assert_eq!((session.turns, session.tools.edit), (1, 2));
    let text = serde_json::to_string(&records(&desk)).unwrap();
    assert!(!text.contains("ada@a.example"));
}

#[test]
fn a_hook_answers_any_input_with_an_empty_object_and_records_only_valid_events() {
    let desk = Desk::new();
    let repository = desk.repository("shop");
    let valid = json!({ "session": "s", "event": "edit", "cwd": repository });
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"session_id\":1,\"hook_event_name\":{}}",
        "\u{0}",
        r#"{"session":"s","event":"connect","cwd":"/"}"#,
        r#"{"session":"s","event":"edit","cwd":"relative"}"#,
    ] {
        for harness in ["claude-code", "codex", "cursor", "generic", "unknown"] {
            assert_eq!(hook::run(harness, text.as_bytes(), &desk.home), "{}");
        }
    }
    assert_eq!(hook::run("generic", &b"\xff\xfe"[..], &desk.home), "{}");
    assert!(desk.inbox().is_empty());
    // More than a hook reads.
    let padding = vec![b' '; 9 * 1024 * 1024];
    let long = [valid.to_string().into_bytes(), padding].concat();
    assert_eq!(hook::run("generic", &long[..], &desk.home), "{}");
    assert!(desk.inbox().is_empty());
    run(&desk, "generic", &valid);
    assert_eq!(records(&desk)[0].agent, "generic");
}

#[test]
fn a_transcript_path_outside_the_agents_folders_is_not_recorded() {
    let desk = Desk::new();
    let repository = desk.repository("shop");
    let private = desk.root.join("private.jsonl");
    fs::write(&private, "").unwrap();
    run(
        &desk,
        "claude-code",
        &json!({
            "session_id": "s", "cwd": repository, "hook_event_name": "SessionStart", "transcript_path": private,
        }),
    );
    assert_eq!(records(&desk)[0].transcript, None);
}

#[test]
fn events_for_a_full_inbox_are_dropped_and_counted() {
    let desk = Desk::new();
    let repository = desk.repository("shop");
    let folder = desk.home.create_folder("inbox").unwrap();
    for number in 0..MAX_RECORDS {
        fs::write(folder.join(format!("{number}.x")), "").unwrap();
    }
    desk.event(&repository, "s", "edit");
    desk.event(&repository, "s", "edit");
    assert_eq!(Inbox::new(&desk.home).dropped(), 2);
    assert_eq!(fs::read_dir(folder).unwrap().count(), MAX_RECORDS);
}

#[test]
fn events_outside_repositories_or_with_an_unusable_home_are_ignored() {
    let desk = Desk::new();
    desk.event(&desk.root, "s", "edit");
    assert!(!desk.home.root().exists());
    fs::write(desk.home.root(), "a file in place of the folder").unwrap();
    desk.event(&desk.repository("shop"), "s", "edit");
    assert!(!note_connection(
        &desk.home,
        "codex",
        &desk.root.join("shop"),
        &origin("https://a.example")
    ));
}

#[test]
fn hooks_in_a_linked_worktree_record_the_common_directory() {
    let desk = Desk::new();
    let main = desk.repository("main");
    git(&main, &["worktree", "add", "-q", "../linked"]);
    desk.event(&desk.root.join("linked"), "s", "prompt");
    let record = &records(&desk)[0];
    assert_eq!(
        (&record.worktree, &record.common_dir),
        (&desk.root.join("linked"), &main.join(".git"))
    );
    let started = Instant::now();
    for _ in 0..50 {
        desk.event(&main, "s", "edit");
    }
    // A bound that only a hook misses which starts a process or waits for the disk each time.
    assert!(started.elapsed().as_secs() < 20);
}
