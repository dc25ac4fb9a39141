//! The loop: what it notices, and what it survives.

use std::fs;
use std::future::ready;
use std::time::{Duration, Instant};

use covibe_companion::home::{HomeLock, Mode};
use covibe_companion::inbox::{Event, Inbox, Record};
use covibe_companion::repos::Registry;
use covibe_companion::sessions::Sessions;
use covibe_companion::sync::{LOCK, Options, run_loop_with, status_data};
use covibe_domain::Timestamp;
use serde_json::json;

use super::sync_fixture::{Desk, StubUplink, answer, commit, git};

#[tokio::test]
async fn a_new_commit_is_sent_as_a_snapshot() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    desk.event(&repository, "s", "prompt");
    watcher.tick().await;
    commit(&repository, "b.txt", "b");
    let head = git(&repository, &["rev-parse", "HEAD"]).trim().to_owned();
    let deadline = Instant::now() + Duration::from_mins(2);
    while !stub.snapshots().iter().any(|s| s.head.commit.as_ref() == Some(&head)) {
        assert!(Instant::now() < deadline, "the commit was not sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
        watcher.tick().await;
    }
    let snapshot = stub.snapshots().pop().unwrap();
    assert_eq!(snapshot.head.branch.as_deref(), Some("main"));
    assert!(snapshot.head.committed_at.is_some());
    let session = stub.sessions().pop().unwrap();
    assert_eq!((session.agent.as_str(), session.counters.turns), ("bot", 1));
    assert_eq!(session.worktree, snapshot.worktree.key);
}

#[tokio::test]
async fn an_unchanged_worktree_is_sent_once_and_sequence_numbers_increase() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    let stub = StubUplink::honest();
    for _ in 0..3 {
        desk.event(&repository, "s", "tool");
        desk.watcher(&stub).run_once().await.unwrap();
    }
    assert_eq!(stub.snapshots().len(), 1);
    fs::write(repository.join("a.txt"), "other").unwrap();
    desk.watcher(&stub).run_once().await.unwrap();
    let snapshots = stub.snapshots();
    assert_eq!(snapshots.len(), 2);
    assert!(snapshots[1].seq > snapshots[0].seq);
    assert_eq!(snapshots[1].dirty.unstaged, 1);
}

#[tokio::test]
async fn worktrees_of_a_repository_share_one_key_and_get_a_snapshot_each() {
    let desk = Desk::connected();
    let main = desk.repository("main");
    git(&main, &["worktree", "add", "-q", "../linked", "-b", "other"]);
    let linked = desk.root.join("linked");
    fs::write(main.join("a.txt"), "x").unwrap();
    fs::write(linked.join("a.txt"), "y").unwrap();
    let stub = StubUplink::honest();
    for path in [&main, &linked] {
        desk.event(path, "s", "edit");
    }
    desk.watcher(&stub).run_once().await.unwrap();
    let items = stub.items();
    assert!(items.iter().all(|item| item.repo == items[0].repo));
    let snapshots = stub.snapshots();
    assert_eq!(snapshots.len(), 2);
    assert_ne!(snapshots[0].worktree.key, snapshots[1].worktree.key);
    assert_eq!(snapshots[0].dirty.paths, snapshots[1].dirty.paths);
    assert_eq!(snapshots.iter().filter(|snapshot| snapshot.worktree.is_linked).count(), 1);
    assert_eq!(Registry::load(&desk.home).repositories.len(), 1);
}

#[tokio::test]
async fn a_kill_between_counting_and_removing_events_counts_none_twice() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    desk.event(&repository, "s", "prompt");
    let inbox = Inbox::new(&desk.home);
    let mut sessions = Sessions { counted: desk.inbox(), ..Sessions::default() };
    sessions.apply(&inbox.read(&sessions.counted[0]).unwrap());
    sessions.save(&desk.home).unwrap();
    desk.event(&repository, "s", "prompt");
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.sessions().pop().unwrap().counters.turns, 2);
    assert!(desk.inbox().is_empty());
}

#[tokio::test]
async fn an_unwritable_queue_is_logged_once_and_later_events_are_sent() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    // Where nothing can be written, a file stands in place of the folder.
    fs::create_dir_all(desk.home.root()).unwrap();
    fs::write(desk.home.path("queue"), "").unwrap();
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    for _ in 0..5 {
        desk.event(&repository, "s", "edit");
        let _ = watcher.run_once().await;
    }
    assert!(stub.batches.borrow().is_empty());
    let log = fs::read_to_string(desk.home.path("logs/companion.log")).unwrap();
    assert_eq!(log.matches("The queue cannot be written").count(), 1, "{log}");
    let problem = status_data(&desk.home).service.unwrap().problem;
    assert!(problem.unwrap().contains("queue"));
    fs::remove_file(desk.home.path("queue")).unwrap();
    desk.event(&repository, "s", "end");
    watcher.run_once().await.unwrap();
    assert_eq!(stub.snapshots().len(), 1);
    assert_eq!(stub.sessions().pop().unwrap().counters.tools.edit, 5);
}

#[tokio::test]
async fn future_event_times_are_clamped_to_now_and_do_not_silence_the_session() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    let record = Record {
        at: Timestamp::now().after(Duration::from_hours(24 * 365)),
        agent: "bot".to_owned(),
        via: "generic".to_owned(),
        session: "s".to_owned(),
        event: Event::Edit,
        key: None,
        model: None,
        worktree: repository.clone(),
        common_dir: repository.join(".git"),
        transcript: None,
        tokens: None,
        server: None,
    };
    Inbox::new(&desk.home).add(&record).unwrap();
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    let session = stub.sessions().pop().unwrap();
    assert!(session.last_event_at <= Timestamp::now());
    let entry = &Registry::load(&desk.home).repositories[&repository.join(".git")];
    assert!(entry.last_event_at <= Timestamp::now());

    // A heartbeat that was queued in the future does not silence the session.
    let mut sessions = Sessions::load(&desk.home);
    let state = sessions.sessions.values_mut().next().unwrap();
    state.queued_at = Some(Timestamp::now().after(Duration::from_hours(24)));
    assert!(state.is_due(Timestamp::now()));
    let later = Timestamp::now().after(Duration::from_hours(2));
    sessions.age(later);
    let state = sessions.sessions.values().next().unwrap();
    assert_eq!(state.ended_at, Some(state.last_event_at));
}

#[tokio::test]
async fn tokens_are_counted_from_transcripts_including_subagents() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    let folder = desk.root.join("records");
    fs::create_dir_all(folder.join("t/subagents")).unwrap();
    let settings = json!({ "transcript_roots": [folder] }).to_string();
    desk.home.write("config.json", settings.as_bytes(), Mode::Private).unwrap();
    let line = |id: &str| {
        let usage = json!({ "input_tokens": 3, "output_tokens": 5 });
        json!({ "timestamp": Timestamp::now(), "message": { "id": id, "usage": usage } })
            .to_string()
            + "\n"
    };
    let long = "x".repeat(12 * 1024 * 1024) + "\n";
    fs::write(folder.join("t.jsonl"), [line("a"), long, line("b"), line("b")].concat()).unwrap();
    fs::write(folder.join("t/subagents/u.jsonl"), line("c")).unwrap();
    let record = Record {
        at: Timestamp::now(),
        agent: "claude-code".to_owned(),
        via: "claude-code".to_owned(),
        session: "s".to_owned(),
        event: Event::Stop,
        key: None,
        model: None,
        worktree: repository.clone(),
        common_dir: repository.join(".git"),
        transcript: Some(folder.join("t.jsonl")),
        tokens: None,
        server: None,
    };
    Inbox::new(&desk.home).add(&record).unwrap();
    let other = Record {
        session: "other".to_owned(),
        transcript: Some(desk.root.join("a/a.txt")),
        ..record
    };
    Inbox::new(&desk.home).add(&other).unwrap();
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    let mut tokens: Vec<_> =
        stub.sessions().iter().map(|s| s.counters.tokens.map(|t| (t.input, t.output))).collect();
    tokens.sort_unstable();
    assert_eq!(tokens, [None, Some((9, 15))]);
}

#[tokio::test]
async fn a_deleted_repository_does_not_block_the_others() {
    let desk = Desk::connected();
    let (gone, kept) = (desk.repository("gone"), desk.repository("kept"));
    let stub = StubUplink::honest();
    let mut watcher = desk.watcher(&stub);
    for path in [&gone, &kept] {
        desk.event(path, "s", "edit");
    }
    watcher.run_once().await.unwrap();
    let before = stub.items().len();
    fs::remove_dir_all(&gone).unwrap();
    fs::write(kept.join("a.txt"), "x").unwrap();
    desk.event(&kept, "s", "edit");
    watcher.run_once().await.unwrap();
    watcher.tick().await;
    assert_eq!(stub.items().len(), before + 1);
}

#[tokio::test]
async fn a_repository_refused_by_git_is_skipped_and_shown_in_the_status() {
    let desk = Desk::connected();
    let (broken, kept) = (desk.repository("broken"), desk.repository("kept"));
    fs::write(broken.join(".git/config"), "[core]\n\trepositoryformatversion = 99\n").unwrap();
    for path in [&broken, &kept] {
        desk.event(path, "s", "edit");
    }
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert!(stub.items().iter().all(|item| item.repo.name == "kept"));
    let repositories = status_data(&desk.home).repositories;
    let skipped = repositories.iter().find(|r| r.path.contains("broken")).unwrap();
    assert!(skipped.skipped.as_ref().unwrap().contains("git failed"), "{skipped:?}");
}

#[tokio::test]
async fn a_second_watch_loop_is_refused_while_one_runs() {
    let desk = Desk::connected();
    let lock = HomeLock::take(&desk.home, LOCK, Duration::ZERO).unwrap();
    let stub = StubUplink::honest();
    let options = Options { once: true, ..Options::default() };
    let refused = run_loop_with(&desk.home, &stub, &options, ready(())).await.unwrap_err();
    assert!(refused.hint.is_some());
    assert!(status_data(&desk.home).is_running);
    drop(lock);
    assert!(!status_data(&desk.home).is_running);
    run_loop_with(&desk.home, &stub, &options, ready(())).await.unwrap();
    // A loop that is asked to end at once ends.
    run_loop_with(&desk.home, &stub, &Options::default(), ready(())).await.unwrap();
    let status = status_data(&desk.home);
    assert_eq!(status.service.unwrap().pid, std::process::id());
}

#[tokio::test]
async fn watching_one_repository_leaves_events_of_others_in_the_inbox() {
    let desk = Desk::connected();
    let (a, b) = (desk.repository("a"), desk.repository("b"));
    desk.event(&b, "s", "edit");
    let stub = StubUplink::honest();
    let options = Options { only_repo: Some(a.clone()), once: true };
    run_loop_with(&desk.home, &stub, &options, ready(())).await.unwrap();
    assert!(stub.items().iter().all(|item| item.repo.name == "a"));
    assert_eq!((stub.snapshots().len(), desk.inbox().len()), (1, 1));
    let outside = Options { only_repo: Some(desk.root.clone()), once: true };
    assert!(run_loop_with(&desk.home, &stub, &outside, ready(())).await.is_err());
}

#[tokio::test]
async fn a_snapshot_is_sent_once_a_server_that_was_down_at_the_start_is_up() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    desk.event(&repository, "s", "prompt");
    let down = StubUplink::honest().with_identity(|| Ok(answer(502, "")));
    let _ = desk.watcher(&down).run_once().await;
    assert!(down.batches.borrow().is_empty());
    let stub = StubUplink::honest();
    desk.event(&repository, "s", "edit");
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.snapshots().len(), 1);
}
