//! The queue: its order, its room, and keys.

use std::collections::HashSet;
use std::fs;
use std::thread;

use serde_json::{Value, json};

use crate::test_runner::{World, wait_for};

/// Runs until a file is there.
fn until(name: &str) -> String {
    format!("until [ -e $MARKS/{name} ]; do sleep 0.01; done")
}

#[test]
fn jobs_run_in_their_order_and_two_at_once() {
    let world = World::new();
    let script =
        |n: usize| format!("echo {n} >> $MARKS/order; touch $MARKS/begun-{n}; {}", until("go"));
    let ids: Vec<_> = (0..4).map(|n| world.run(&script(n))).collect();
    wait_for(&world.mark("begun-0"));
    wait_for(&world.mark("begun-1"));
    let statuses: Vec<_> = ids.iter().map(|id| world.job(id)["status"].clone()).collect();
    assert_eq!(statuses[2..], [json!("queued"), json!("queued")]);
    assert_eq!(world.get("/api/jobs?status=running").json()["total"], 2);
    assert_eq!(world.get("/api/jobs?status=queued").json()["total"], 2);
    fs::write(world.mark("go"), "").unwrap();
    for id in &ids {
        assert_eq!(world.wait_for_end(id)["status"], "succeeded");
    }
    let order = fs::read_to_string(world.mark("order")).unwrap();
    let order: Vec<_> = order.lines().collect();
    assert_eq!(order.len(), 4);
    assert!(order[..2].iter().all(|n| ["0", "1"].contains(n)), "{order:?}");
}

#[test]
fn the_101st_queued_job_is_refused_with_429() {
    let world = World::new();
    let running: Vec<_> =
        (0..2).map(|n| world.run(&format!("touch $MARKS/{n}; {}", until("go")))).collect();
    (0..2).for_each(|n| wait_for(&world.mark(&n.to_string())));
    (0..100).for_each(|_| drop(world.run("true")));
    let refused = world.post("/api/agent/run", &json!({ "agent": "shell", "task": "true" }));
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.header("Retry-After").unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(world.get("/api/jobs").json()["total"], 102);
    for id in &running {
        assert_eq!(world.cancel(id).status, 200);
    }
    fs::write(world.mark("go"), "").unwrap();
}

#[test]
fn requests_with_the_same_key_make_one_job_even_concurrently_and_after_a_restart() {
    let mut world = World::new();
    let body = json!({ "agent": "shell", "task": "echo x >> $MARKS/runs", "key": "one" });
    let start = || world.post("/api/agent/run", &body).json()["jobId"].as_str().unwrap().to_owned();
    let ids: HashSet<String> = thread::scope(|scope| {
        let starts: Vec<_> = (0..16).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
    let id = ids.into_iter().next().unwrap();
    world.wait_for_end(&id);
    world.restart();
    let again: Value = world.post("/api/agent/run", &body).json();
    assert_eq!((&again["jobId"], &again["status"]), (&json!(id), &json!("succeeded")));
    assert_eq!(fs::read_to_string(world.mark("runs")).unwrap(), "x\n");
}

#[test]
fn two_runners_do_not_share_a_folder() {
    let world = World::new();
    let second = world.command().output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another runner"));
}
