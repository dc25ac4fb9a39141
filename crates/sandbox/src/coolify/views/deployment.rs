//! Deployments.

use std::time::Instant;

use serde_json::{Value, json};

use super::deployment_log;
use crate::coolify::model::{Deployment, server};

/// The name of the machine in those of workers.
const WORKER: &str = "coolify-queue";

/// Shows a deployment with its log.
pub(crate) fn show(one: &Deployment, now: Instant) -> Value {
    let status = one.status();
    let over = one.ended.filter(|_| !one.is_under_way());
    let runs = status == "in_progress" && one.begun.is_some();
    let process = runs.then(|| (200 + one.id).to_string());
    // Null until a worker has it.
    let job = one.begun.map(|_| format!("{}", one.id));
    let worker = one.begun.map(|_| format!("{WORKER}:{}", one.id % 4));
    json!({
        "id": one.id, "deployment_uuid": one.uuid, "application_id": one.app_id.to_string(),
        "application_name": one.app_name, "pull_request_id": 0, "force_rebuild": one.force,
        "commit": one.stored_commit(), "commit_message": null, "status": status, "is_webhook": false,
        "is_api": true, "restart_only": one.restart_only, "rollback": false, "git_type": null,
        "server_id": server::ID, "server_name": server::NAME, "destination_id": "0",
        "only_this_server": false, "deployment_url": one.page, "current_process_id": process,
        "horizon_job_id": job, "horizon_job_worker": worker,
        "logs": deployment_log::show(one, now), "created_at": one.created,
        "updated_at": one.timestamp_at(over.unwrap_or(now)),
        "finished_at": over.map(|at| one.timestamp_at(at)),
    })
}
