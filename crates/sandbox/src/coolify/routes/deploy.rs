//! `/deploy`: resources of any family by uuid.

use serde_json::{Value, json};

use super::lifecycle::is_forced;
use super::route::{Route, route};
use crate::coolify::errors;
use crate::coolify::jobs::deployments::{self, Queued};
use crate::coolify::jobs::lifecycle;
use crate::coolify::model::{CoolifyState, Family};
use crate::coolify::version::Version::V4_1;
use crate::core::wire::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("POST", "/deploy", |state, request, _| deploy(state, request)),
    route("GET", "/deploy", |state, request, _| deploy(state, request)).until(V4_1),
];

/// `POST /deploy`: a comma-separated list of uuids; unknown ones are skipped.
fn deploy(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let text = |name| request.input(name).and_then(|value| value.as_str().map(str::to_owned));
    let uuids = match (text("uuid"), text("tag")) {
        (Some(uuids), None) => uuids,
        (Some(_), Some(_)) => {
            return Err(errors::message(400, "You can only use uuid or tag, not both."));
        }
        (None, Some(_)) => return Err(errors::message(404, "No resources found with this tag.")),
        (None, None) => return Err(errors::message(400, "You must provide uuid or tag.")),
    };
    let force = is_forced(request, state.version);
    let mut entries = Vec::new();
    for uuid in uuids.split(',').filter(|uuid| !uuid.is_empty()) {
        entries.extend(deploy_one(state, uuid, force)?);
    }
    if entries.is_empty() {
        return Err(errors::message(404, "No resources found."));
    }
    Ok(Reply::json(200, json!({ "deployments": entries })))
}

/// Deploys a resource and returns its entry in the answer; none for an unknown uuid.
fn deploy_one(state: &mut CoolifyState, uuid: &str, force: bool) -> Result<Option<Value>, Reply> {
    let found = state.resources.get(uuid);
    let Some((family, name)) = found.map(|one| (one.family(), one.name().to_owned())) else {
        return Ok(None);
    };
    let (message, deployment) = match family {
        Family::Application => match deployments::queue(state, uuid, force, false)? {
            Queued::Queued { uuid, message } => (message, Some(uuid)),
            Queued::Skipped { uuid, message } => (message.to_owned(), Some(uuid)),
        },
        Family::Service => {
            lifecycle::start(state, family, uuid)?;
            (format!("Service {name} started. It could take a while, be patient."), None)
        }
        Family::Database => {
            lifecycle::start(state, family, uuid)?;
            (format!("Database {name} started."), None)
        }
    };
    let mut entry = json!({ "message": message, "resource_uuid": uuid });
    if let Some(deployment) = deployment {
        entry["deployment_uuid"] = json!(deployment);
    }
    Ok(Some(entry))
}
