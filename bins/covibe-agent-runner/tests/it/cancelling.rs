//! Cancelling a job in each of its states.

use std::fs;

use serde_json::json;

use crate::test_runner::{World, processes_with, wait_for};

const FOREVER: &str = "touch $MARKS/$COVIBE_JOB_ID; sleep 600";

#[test]
fn a_queued_job_is_cancelled_and_never_runs() {
    let mut world = World::new();
    let running: Vec<_> = (0..2).map(|_| world.run(FOREVER)).collect();
    for id in &running {
        wait_for(&world.mark(id));
    }
    let queued = world.run(FOREVER);
    let reply = world.cancel(&queued);
    assert_eq!((reply.status, &reply.json()["status"]), (200, &json!("cancelled")));
    assert_eq!(world.cancel(&queued).status, 409);
    world.restart();
    assert_eq!(world.job(&queued)["status"], "cancelled");
    for id in &running {
        assert_eq!(world.cancel(id).status, 200);
    }
    assert!(!world.mark(&queued).exists());
}

#[test]
fn a_running_job_is_cancelled_with_all_its_processes() {
    let world = World::new();
    let id = world.run(&format!("setsid sleep 600 & {FOREVER}"));
    wait_for(&world.mark(&id));
    let reply = world.cancel(&id);
    assert_eq!(
        (reply.status, &reply.json()["status"]),
        (200, &json!("cancelled")),
        "{}",
        reply.text
    );
    assert!(processes_with(&id).is_empty());
    assert_eq!(world.cancel(&id).status, 409);
}

#[test]
fn a_job_that_is_just_being_started_is_cancelled() {
    let world = World::new();
    for _ in 0..20 {
        let id = world.run(FOREVER);
        // At once, so that it is met at any point between the queue and its agent.
        std::thread::sleep(std::time::Duration::from_micros(fastrand::u64(..20_000)));
        let reply = world.cancel(&id);
        assert_eq!(
            (reply.status, &reply.json()["status"]),
            (200, &json!("cancelled")),
            "{}",
            reply.text
        );
        assert!(processes_with(&id).is_empty());
    }
}

#[test]
fn a_cancellation_interrupted_by_a_kill_is_completed_by_the_next_runner() {
    let mut world = World::new();
    let running = world.run(&format!("trap '' TERM; {FOREVER}"));
    wait_for(&world.mark(&running));
    world.kill();
    fs::write(world.job_path(&running, "cancel"), "").unwrap();
    world.start();
    assert_eq!(world.wait_for_end(&running)["status"], "cancelled");
}

#[test]
fn cancelling_an_ended_job_is_answered_409() {
    let world = World::new();
    let job = world.run_script("true");
    let reply = world.cancel(job["jobId"].as_str().unwrap());
    assert_eq!(reply.status, 409);
    assert!(reply.text.contains("succeeded"));
}
