//! Deployments.

use std::time::Instant;

use serde_json::{Value, json};

use super::deployment_log;
use crate::coolify::model::{Deployment, server};

/// Shows a deployment with its log.
pub(crate) fn show(one: &Deployment, now: Instant) -> Value {
    let status = one.status(now);
    let is_over = !one.is_under_way(now);
    let process = (status == "in_progress").then(|| (200 + one.id).to_string());
    json!({
        "id": one.id, "deployment_uuid": one.uuid, "application_id": one.app_id.to_string(),
        "application_name": one.app_name, "pull_request_id": 0, "force_rebuild": one.force,
        "commit": one.stored_commit(now), "commit_message": null, "status": status, "is_webhook": false,
        "is_api": true, "restart_only": one.restart_only, "rollback": false, "git_type": null,
        "server_id": server::ID, "server_name": server::NAME, "destination_id": "0",
        "only_this_server": false, "deployment_url": one.page, "current_process_id": process,
        "logs": deployment_log::show(one, now), "created_at": one.created,
        "updated_at": one.timestamp_at(now.min(one.ends)),
        "finished_at": is_over.then(|| one.timestamp_at(one.ends)),
    })
}
