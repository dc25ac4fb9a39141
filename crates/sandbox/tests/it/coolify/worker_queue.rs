//! Jobs that wait for a worker, and their ends: as seen with the queue of a real 4.3.11.

use covibe_sandbox::coolify::{Accident, WorkerCount};
use serde_json::{Value, json};

use crate::simulator_client::{Coolify, PACE, paused_options};

/// Asks for a deployment of a new application.
async fn ask(coolify: &Coolify, name: &str) -> String {
    let app = coolify.working_app(name).await;
    coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned()
}

async fn deployment(coolify: &Coolify, uuid: &str) -> Value {
    coolify.get(&format!("/deployments/{uuid}")).await.json()
}

async fn status(coolify: &Coolify, uuid: &str) -> String {
    deployment(coolify, uuid).await["status"].as_str().unwrap().to_owned()
}

/// Asks for a database that is started at once.
async fn start_database(coolify: &Coolify, name: &str) {
    let body = coolify.with_place(json!({ "name": name, "instant_deploy": true }));
    assert_eq!(coolify.post("/databases/redis", body).await.status, 201);
}

#[tokio::test]
async fn two_deployments_are_in_progress_and_the_others_are_queued() {
    let coolify = Coolify::with(paused_options()).await;
    let mut uuids = Vec::new();
    for number in 0..5 {
        uuids.push(ask(&coolify, &format!("site-{number}")).await);
    }
    let mut seen = Vec::new();
    for uuid in &uuids {
        seen.push(status(&coolify, uuid).await);
    }
    assert_eq!(seen, ["in_progress", "in_progress", "queued", "queued", "queued"]);
    for uuid in &uuids {
        coolify.wait_for_status(uuid, "finished").await;
    }
}

#[tokio::test]
async fn a_deployment_is_in_progress_without_a_worker_while_starts_occupy_all_workers() {
    let coolify = Coolify::with(paused_options()).await;
    coolify.simulator.set(WorkerCount(1));
    start_database(&coolify, "store").await;
    let uuid = ask(&coolify, "site").await;
    let waiting = deployment(&coolify, &uuid).await;
    assert_eq!(waiting["status"], "in_progress");
    assert_eq!(waiting["horizon_job_worker"], Value::Null);
    coolify.simulator.advance(PACE);
    coolify.wait_for_status(&uuid, "finished").await;
}

/// A start is two jobs; the second one goes to the end of the list again.
#[tokio::test]
async fn a_deletion_comes_before_the_second_job_of_an_earlier_start() {
    let coolify = Coolify::with(paused_options()).await;
    coolify.simulator.set(WorkerCount(1));
    let app = coolify.working_app("old").await;
    start_database(&coolify, "first").await;
    start_database(&coolify, "second").await;
    coolify.delete(&format!("/applications/{app}")).await;
    // The first one is up; the deletion has the worker, and then the second one.
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&format!("/applications/{app}")).await.status, 200);
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&format!("/applications/{app}")).await.status, 404);
}

#[tokio::test]
async fn a_killed_workers_deployment_stays_in_progress_and_delays_queued_ones() {
    let coolify = Coolify::with(paused_options()).await;
    let uuids = [ask(&coolify, "a").await, ask(&coolify, "b").await];
    coolify.simulator.advance(PACE);
    for _ in 0..2 {
        coolify.simulator.set(Accident::WorkerLost);
    }
    let next = ask(&coolify, "c").await;
    coolify.simulator.advance(PACE * 1000);
    for uuid in &uuids {
        let lost = deployment(&coolify, uuid).await;
        assert_eq!(lost["status"], "in_progress");
        assert!(lost["horizon_job_worker"].is_string());
    }
    assert_eq!(status(&coolify, &next).await, "queued");
    coolify.post(&format!("/deployments/{}/cancel", uuids[0]), json!({})).await;
    coolify.wait_for_status(&next, "finished").await;
}

#[tokio::test]
async fn deployments_marked_failed_by_a_restart_may_still_run_and_finish() {
    let coolify = Coolify::with(paused_options()).await;
    let dispatched = ask(&coolify, "a").await;
    let others = [ask(&coolify, "b").await, ask(&coolify, "c").await];
    coolify.simulator.set(Accident::Restarted);
    for uuid in others.iter().chain([&dispatched]) {
        assert_eq!(status(&coolify, uuid).await, "failed");
    }
    coolify.wait_for_status(&dispatched, "finished").await;
    assert_eq!(status(&coolify, &others[1]).await, "failed", "it was not on the list yet");
}

#[tokio::test]
async fn jobs_of_a_flushed_queue_are_never_done() {
    let coolify = Coolify::with(paused_options()).await;
    let uuid = ask(&coolify, "a").await;
    coolify.simulator.set(Accident::ListFlushed);
    coolify.simulator.advance(PACE * 1000);
    let lost = deployment(&coolify, &uuid).await;
    assert_eq!(
        (&lost["status"], &lost["horizon_job_worker"]),
        (&json!("in_progress"), &Value::Null)
    );
}
