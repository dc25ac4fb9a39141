//! Rolling back to an image that an earlier deployment has left on the server.

use serde_json::json;

use crate::coolify::errors::Errors;
use crate::coolify::jobs::deployments::{self, Queued};
use crate::coolify::json_values::text;
use crate::coolify::model::{CoolifyState, Family};
use crate::coolify::rules::body;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// `GET /applications/{uuid}/rollback-images`: one image for each commit that was deployed.
pub(super) fn images(state: &CoolifyState, uuid: &str) -> ReplyResult {
    state.find(Family::Application, uuid)?;
    let finished = || {
        let own = state.deployments.iter().filter(|one| one.app == uuid);
        own.filter(|one| one.status() == "finished").rev()
    };
    let current = finished().next().map(|one| one.commit.as_str());
    let mut tags: Vec<&str> = Vec::new();
    let mut images = Vec::new();
    for one in finished().filter(|one| one.commit != "HEAD") {
        if !tags.contains(&one.commit.as_str()) {
            tags.push(&one.commit);
            images.push(json!({ "tag": one.commit, "created_at": one.timestamp_at(one.ended.unwrap_or(one.queued)),
                                "is_current": Some(one.commit.as_str()) == current }));
        }
    }
    Ok(Reply::json(200, json!({ "current": current, "images": images })))
}

/// `POST /applications/{uuid}/rollback`: accepts any commit, and never skips the deployment.
pub(super) fn roll_back(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    state.find(Family::Application, uuid)?;
    let mut errors = Errors::default();
    body::require(&body, &["commit"], &mut errors);
    errors.check()?;
    let commit = text(&body, "commit").unwrap_or_default().to_owned();
    let deployment = match deployments::queue(state, uuid, true, false)? {
        Queued::Queued { uuid, .. } | Queued::Skipped { uuid, .. } => uuid,
    };
    if let Some(one) = state.deployments.iter_mut().find(|one| one.uuid == deployment) {
        one.wanted_commit.clone_from(&commit);
        one.commit = commit;
    }
    let text = "Rollback deployment queued.";
    Ok(Reply::json(200, json!({ "message": text, "deployment_uuid": deployment })))
}
