//! The queue: bounded, latest only, and each item ends exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use covibe_companion::queue::{Content, Entry, ItemName, MAX_QUARANTINED, Queue};
use covibe_domain::companion::ActivityItem;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sync_fixture::{Desk, StubUplink, answer, origin};

pub(crate) fn session(key: u32, id: Uuid) -> ActivityItem {
    let hex = |n: u32| format!("{n:032x}");
    let at = "2026-11-20T08:00:00Z";
    serde_json::from_value(json!({
        "id": id.to_string(), "takenAt": at, "repo": { "key": hex(1), "name": "shop" },
        "body": { "kind": "session", "key": hex(key), "agent": "bot", "worktree": hex(2), "startedAt": at,
            "lastEventAt": at, "counters": { "turns": 1 } },
    }))
    .unwrap()
}

pub(crate) fn entry(repository: &Path, item: ActivityItem) -> Entry {
    Entry {
        server: origin("https://a.example"),
        worktree: repository.to_path_buf(),
        common_dir: repository.join(".git"),
        content: Content::Item(item),
    }
}

/// Adds this number of items, each of a session of its own, and returns their ids.
pub(crate) fn fill(desk: &Desk, repository: &Path, count: u32) -> BTreeSet<String> {
    let queue = Queue::new(&desk.home);
    let add = |key| {
        let item = session(key, Uuid::now_v7());
        let id = item.id.clone();
        queue.add(&entry(repository, item), &key.to_string()).unwrap();
        id
    };
    (0..count).map(add).collect()
}

#[test]
fn a_later_item_replaces_the_earlier_one_of_its_slot() {
    let desk = Desk::new();
    let (queue, repository) = (Queue::new(&desk.home), desk.repository("a"));
    let first = queue.add(&entry(&repository, session(1, Uuid::now_v7())), "s").unwrap();
    let kept = desk.home.path("queue").join(first.as_str());
    let content = fs::read(&kept).unwrap();
    let second = queue.add(&entry(&repository, session(1, Uuid::now_v7())), "s").unwrap();
    assert_eq!(queue.names(), std::slice::from_ref(&second));
    // As if the process had been killed before it removed the earlier one.
    fs::write(&kept, content).unwrap();
    assert_eq!(queue.names().len(), 2);
    assert_eq!(queue.pending(&origin("https://a.example")), std::slice::from_ref(&second));
    assert_eq!(queue.names(), [second]);
    assert!(queue.pending(&origin("https://b.example")).is_empty());
}

#[test]
fn temporary_foreign_and_corrupt_queue_files_are_not_sent() {
    let desk = Desk::new();
    let (queue, repository) = (Queue::new(&desk.home), desk.repository("a"));
    let name = queue.add(&entry(&repository, session(1, Uuid::now_v7())), "s").unwrap();
    let folder = desk.home.path("queue");
    for other in [".new-1", "x.json", "2-x.json", "notes"] {
        fs::write(folder.join(other), "{}").unwrap();
    }
    assert_eq!(queue.names(), std::slice::from_ref(&name));
    // After a power failure, a file can be empty.
    fs::write(folder.join(name.as_str()), "").unwrap();
    assert_eq!(queue.read(&name), None);
    assert_eq!((queue.names().len(), queue.quarantined().len()), (0, 1));
}

#[test]
fn symlinks_and_oversized_files_in_the_queue_are_not_read() {
    let desk = Desk::new();
    let (queue, repository) = (Queue::new(&desk.home), desk.repository("a"));
    let name = queue.add(&entry(&repository, session(1, Uuid::now_v7())), "s").unwrap();
    let path = desk.home.path("queue").join(name.as_str());
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    assert_eq!(queue.read(&name), None);
    assert!(queue.names().is_empty());
    std::os::unix::fs::symlink(desk.root.join("a/a.txt"), &path).unwrap();
    assert_eq!(queue.read(&name), None);
    assert!(queue.names().is_empty());
    assert_eq!(fs::read_to_string(repository.join("a.txt")).unwrap(), "a");
}

#[test]
fn old_items_expire_but_not_those_dated_in_the_future() {
    let desk = Desk::new();
    let (queue, repository) = (Queue::new(&desk.home), desk.repository("a"));
    let at = |millis: u64| {
        let mut bytes = *Uuid::now_v7().as_bytes();
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        Uuid::from_bytes(bytes)
    };
    for (slot, millis) in [("old", 1_600_000_000_000), ("ahead", 4_000_000_000_000)] {
        queue.add(&entry(&repository, session(1, at(millis))), slot).unwrap();
    }
    assert_eq!(queue.expire(), 1);
    assert_eq!(
        queue.names().iter().map(|name| name.made_at().as_millis()).collect::<Vec<_>>(),
        [4_000_000_000_000]
    );
}

#[test]
fn the_quarantine_keeps_only_the_newest_items_and_can_be_purged() {
    let desk = Desk::new();
    let repository = desk.repository("a");
    let count = u32::try_from(MAX_QUARANTINED).unwrap() + 5;
    fill(&desk, &repository, count);
    let queue = Queue::new(&desk.home);
    let mut names = queue.names();
    names.sort_by_key(ItemName::id);
    for name in &names {
        queue.quarantine(name);
    }
    assert_eq!((queue.names().len(), queue.quarantined().len()), (0, MAX_QUARANTINED));
    assert_eq!(queue.quarantined().last(), names.last());
    queue.purge(&repository.join(".git"));
    assert!(queue.quarantined().is_empty());
}

#[test]
fn an_oversized_item_is_quarantined() {
    let desk = Desk::new();
    let (queue, repository) = (Queue::new(&desk.home), desk.repository("a"));
    let mut item = session(1, Uuid::now_v7());
    item.repo.name = "x".repeat(40 * 1024);
    queue.add(&entry(&repository, item), "s").unwrap();
    assert_eq!((queue.names().len(), queue.quarantined().len()), (0, 1));
}

/// A server's treatment of an item of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Accept,
    AcceptSilently,
    Reject,
    Retry,
    Silence,
    Unknown,
}

fn act() -> impl Strategy<Value = Act> {
    use Act::{Accept, AcceptSilently, Reject, Retry, Silence, Unknown};
    prop::sample::select(vec![Accept, AcceptSilently, Reject, Retry, Silence, Unknown])
}

/// Answers each item by the acts, in turn, and remembers how often it stored and rejected each.
fn random_server(acts: Vec<Act>) -> StubUplink {
    let state = std::cell::RefCell::new((0, BTreeSet::new()));
    StubUplink::answering(move |batch| {
        let (turn, stored) = &mut *state.borrow_mut();
        let mut items = Vec::new();
        for item in &batch.items {
            let act = acts.get(*turn).copied().unwrap_or(Act::Accept);
            *turn += 1;
            let is_new = match act {
                Act::Accept | Act::AcceptSilently => stored.insert(item.id.clone()),
                _ => true,
            };
            let status = match act {
                Act::Accept if is_new => "accepted",
                Act::Accept => "duplicate",
                Act::Reject if !stored.contains(&item.id) => "rejected",
                Act::Retry | Act::Reject => "retry",
                Act::Unknown => "perhaps",
                // The server has it, or not, and its answer does not say so.
                Act::AcceptSilently | Act::Silence => continue,
            };
            items.push(json!({ "id": item.id, "status": status }));
        }
        Ok(answer(200, json!({ "items": items }).to_string()))
    })
}

/// Returns the ids that the server said were stored, and those that it rejected, with how often.
fn endings(desk: &Desk, stub: &StubUplink) -> (BTreeSet<String>, BTreeMap<String, usize>) {
    let rejected = Queue::new(&desk.home).quarantined();
    let rejected = rejected.iter().map(|name| name.id().to_string()).collect();
    let mut sent = BTreeMap::new();
    for item in stub.items() {
        *sent.entry(item.id).or_insert(0) += 1;
    }
    (rejected, sent)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn each_item_is_accepted_or_rejected_exactly_once(acts in vec(act(), 0..150), count in 1_u32..80) {
        let desk = Desk::connected();
        let repository = desk.repository("a");
        let ids = fill(&desk, &repository, count);
        let stub = random_server(acts);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut rounds = 0;
        while desk.queued() > 0 {
            // A new process each time: what only a process knows must not matter.
            let _ = runtime.block_on(desk.watcher(&stub).run_once());
            rounds += 1;
            prop_assert!(rounds < 400, "{} items are left", desk.queued());
        }
        let (rejected, sent) = endings(&desk, &stub);
        let before = stub.items().len();
        let _ = runtime.block_on(desk.watcher(&stub).run_once());
        prop_assert_eq!(stub.items().len(), before, "an item was sent after its end");
        prop_assert_eq!(&sent.keys().cloned().collect::<BTreeSet<_>>(), &ids);
        prop_assert!(rejected.is_subset(&ids));
    }
}

#[test]
fn invalid_queue_file_names_are_rejected() {
    let desk = Desk::new();
    let repository = desk.repository("a");
    let name =
        Queue::new(&desk.home).add(&entry(&repository, session(1, Uuid::now_v7())), "s").unwrap();
    let text = name.as_str();
    assert_eq!(ItemName::parse(text), Some(name.clone()));
    for other in [
        text.replacen('2', "9", 1),
        text.replace(".json", ""),
        format!("../{text}"),
        text.replace('-', ""),
    ] {
        assert_eq!(ItemName::parse(&other), None, "{other}");
    }
    let value: Value =
        serde_json::from_slice(&fs::read(desk.home.path("queue").join(text)).unwrap()).unwrap();
    assert_eq!(value["content"]["item"]["repo"]["name"], "shop");
}
