//! The activity of companions, while other work goes on.

use std::cell::Cell;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use covibe_domain::companion::BatchAnswer;
use covibe_domain::{Access, Timestamp};
use covibe_identity::Caller;
use covibe_policy::Principal;
use covibe_store::ActivityKind;
use covibe_testkit::{Member, Options, World};
use covibe_workspace::{AnswerReader, Circumstances, ReceivedBatch, WaitingClient, Workspace};
use serde_json::json;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

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

/// Opens a member's workspace for a call.
fn open(world: &World, of: &Member) -> Workspace {
    let caller = Caller::operator(of.record.clone(), Vec::new());
    let author = world.platform.audit(&caller.principal, "activity", "rest", None).author();
    let (progress, gone) = (None, CancellationToken::new());
    let circumstances = Circumstances {
        author,
        client: WaitingClient { progress, gone, reader: AnswerReader::Person },
        deadline: Instant::now() + Duration::from_mins(1),
        access: Access::Read,
        discloses: false,
        is_repeated: false,
    };
    Workspace::open(Arc::clone(&world.platform), caller, circumstances)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worktrees_of_a_tenant_are_compared_once_its_judgement_ends() {
    let world = World::start(Options::default()).await.expect("SQLite is built in");
    let (mark, justine) = (principal(&world.mark), principal(&world.justine));
    for machine in ['1', '2'] {
        ingest(&world, &mark, machine).await;
    }
    let (report_start, begun) = oneshot::channel();
    let (end, ended) = mpsc::channel();
    let judge = move || {
        report_start.send(()).ok()?;
        ended.recv_timeout(Duration::from_secs(30)).ok()
    };
    let have_others_been_answered = Cell::new(false);
    let activity = async {
        let activity = world.platform.activity(&mark).await.expect("an activity");
        assert!(have_others_been_answered.get(), "the comparison waits for the judgement");
        activity
    };
    let others = async {
        for _ in 0..20 {
            world.platform.companion_terms(&justine).await.expect("terms");
        }
        have_others_been_answered.set(true);
        end.send("judged").expect("the judgement waits");
    };
    let meanwhile = async {
        begun.await.expect("the judgement begins");
        tokio::join!(activity, others).0
    };
    let workspace = open(&world, &world.mark);
    let (judged, activity) = tokio::join!(workspace.run_judgement(judge), meanwhile);
    assert_eq!(judged, Ok(Some("judged")));
    assert_eq!((activity.worktrees.len(), activity.overlaps.len()), (2, 1), "{activity:?}");
}
