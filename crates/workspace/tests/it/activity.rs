//! The activity of companions, while other work goes on.

use std::cell::Cell;
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_domain::companion::BatchAnswer;
use covibe_identity::Caller;
use covibe_policy::Principal;
use covibe_store::ActivityKind;
use covibe_testkit::{Member, Options, World};
use covibe_workspace::ReceivedBatch;
use serde_json::json;

/// The number of transactions in which a tenant can read at once on SQLite.
const READERS_OF_A_TENANT: usize = 4;

fn principal(of: &Member) -> Principal {
    Caller::operator(of.record.clone(), Vec::new()).principal
}

/// Stores the snapshot of a machine's worktree in which a file is changed.
async fn ingest(world: &World, by: &Principal, machine: char) -> BatchAnswer {
    let key = |digit: char| digit.to_string().repeat(32);
    let batch = json!({
        "machine": { "id": key(machine), "name": "laptop", "platform": "linux-x64", "companionVersion": "2.4.0" },
        "sentAt": Timestamp::now(),
        "items": [{
            "id": format!("01939f2e-7a3c-7000-8000-{}", machine.to_string().repeat(12)),
            "takenAt": Timestamp::now(),
            "repo": { "key": key('a'), "name": "storefront" },
            "body": { "kind": "snapshot", "worktree": { "key": key('b'), "isLinked": false },
                      "head": { "branch": "main", "commit": "0".repeat(40) },
                      "dirty": { "staged": 1, "unstaged": 0, "untracked": 0, "conflicted": 0, "paths": [key('c')] },
                      "seq": 1 },
        }],
    });
    let batch: ReceivedBatch = serde_json::from_str(&batch.to_string()).expect("a batch");
    world.platform.ingest_activity(by, &batch).await.expect("an answer")
}

/// Returns the number of worktrees that are stored. It takes no place of the tenant.
async fn count_worktrees(world: &World, of: &Principal) -> usize {
    let (kind, since) = (ActivityKind::Worktree, Timestamp::from_millis(0));
    let store = world.store.in_background();
    let mut tx = store.tenant_read(&of.tenant).await.expect("a transaction");
    let states = tx.activity_states(&of.workspace, kind, None, since, 10).await.expect("states");
    tx.commit().await.expect("a commit");
    states.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_stored_and_others_write_while_its_comparison_waits() {
    let world = World::start(Options::default()).await.expect("SQLite is built in");
    let (mark, justine) = (principal(&world.mark), principal(&world.justine));
    ingest(&world, &mark, '1').await;
    let mut readers = Vec::new();
    for _ in 0..READERS_OF_A_TENANT {
        readers.push(world.store.tenant_read(&mark.tenant).await.expect("a transaction"));
    }
    let have_others_written = Cell::new(false);
    let comparison = async {
        let answer = ingest(&world, &mark, '2').await;
        assert!(have_others_written.get(), "the comparison waits for a place to read");
        answer
    };
    let others = async {
        while count_worktrees(&world, &mark).await < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ingest(&world, &justine, '3').await;
        have_others_written.set(true);
        drop(readers);
    };
    let (answer, ()) = tokio::join!(comparison, others);
    assert_eq!(answer.overlaps.len(), 1, "{answer:?}");
}
