//! Deploying, starting, stopping, restarting and deleting.

use serde_json::{Value, json};

use super::Version;
use super::body;
use super::deployments::Queued;
use super::errors;
use super::outcomes::Outcome;
use super::resource::{Family, Kind};
use super::state::State;
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// Up to 4.1 any text but the empty one and `0` counts as true, `false` included.
fn is_forced(request: &Request, version: Version) -> bool {
    match request.input("force") {
        Some(Value::String(text)) if version < Version::V4_3 => !matches!(text.as_str(), "" | "0"),
        Some(Value::String(text)) => matches!(text.as_str(), "1" | "true" | "on" | "yes"),
        Some(value) => body::boolean(&value).unwrap_or(false),
        None => false,
    }
}

/// `POST /deploy`: resources of any family by uuid; unknown ones are passed over.
pub(super) fn deploy(state: &mut State, request: &Request) -> Answer {
    let text = |name| request.input(name).and_then(|value| value.as_str().map(str::to_owned));
    match (text("uuid"), text("tag")) {
        (Some(_), Some(_)) => Err(errors::message(400, "You can only use uuid or tag, not both.")),
        (None, Some(_)) => Err(errors::message(404, "No resources found with this tag.")),
        (None, None) => Err(errors::message(400, "You must provide uuid or tag.")),
        (Some(uuids), None) => deploy_all(state, &uuids, is_forced(request, state.version)),
    }
}

fn deploy_all(state: &mut State, uuids: &str, force: bool) -> Answer {
    let mut deployments = Vec::new();
    for uuid in uuids.split(',').filter(|uuid| !uuid.is_empty()) {
        let found = state.resources.iter().find(|one| one.uuid == uuid);
        let Some((family, name)) = found.map(|one| (one.family(), one.name().to_owned())) else {
            continue;
        };
        let (message, deployment) = match family {
            Family::Application => match state.queue(uuid, force, false)? {
                Queued::Queued { uuid, message } => (message, Some(uuid)),
                Queued::Skipped { uuid, message } => (message.to_owned(), Some(uuid)),
            },
            Family::Service => {
                state.bring_up(family, uuid)?;
                (format!("Service {name} started. It could take a while, be patient."), None)
            }
            Family::Database => {
                state.bring_up(family, uuid)?;
                (format!("Database {name} started."), None)
            }
        };
        let mut entry = json!({ "message": message, "resource_uuid": uuid });
        if let Some(deployment) = deployment {
            entry["deployment_uuid"] = json!(deployment);
        }
        deployments.push(entry);
    }
    if deployments.is_empty() {
        return Err(errors::message(404, "No resources found."));
    }
    Ok(Reply::json(200, json!({ "deployments": deployments })))
}

impl State {
    /// Starts what is stopped; it is up after a pace. What runs already is not touched.
    pub(super) fn bring_up(&mut self, family: Family, uuid: &str) -> Result<(), Reply> {
        let up_at = self.now() + self.pace;
        let one = self.find(family, uuid)?;
        if one.up_at.is_some() {
            return Ok(());
        }
        // `StartService` begins with `Service::parse`.
        if family == Family::Service {
            self.look_at_file(uuid)?;
        }
        let one = self.find(family, uuid)?;
        if let Outcome::Finishes(condition) = self.outcomes.take(one.name(), uuid) {
            self.find_mut(family, uuid)?.put_up(up_at, condition);
        }
        Ok(())
    }
}

/// `POST /{family}/{uuid}/start|stop|restart`.
pub(super) fn control(
    state: &mut State,
    request: &Request,
    family: Family,
    uuid: &str,
    verb: &str,
) -> Answer {
    let status = state.find(family, uuid)?.status(state.now());
    if family == Family::Application {
        return control_application(state, request, uuid, verb);
    }
    let noun = family.noun();
    match verb {
        "start" if status.contains("running") => {
            return Err(errors::message(400, &format!("{noun} is already running.")));
        }
        "stop" if status.contains("exited") => {
            return Err(errors::message(400, &format!("{noun} is already stopped.")));
        }
        "stop" => state.find_mut(family, uuid)?.up_at = None,
        // It is on its way already.
        "start" if status.contains("starting") => {}
        _ => {
            let one = state.find_mut(family, uuid)?;
            one.up_at = None;
            one.conditions.clear();
            state.bring_up(family, uuid)?;
        }
    }
    let did = match verb {
        "start" => "starting",
        "stop" => "stopping",
        _ => "restarting",
    };
    Ok(errors::message(200, &format!("{noun} {did} request queued.")))
}

fn control_application(state: &mut State, request: &Request, uuid: &str, verb: &str) -> Answer {
    if verb == "stop" {
        state.find_mut(Family::Application, uuid)?.up_at = None;
        return Ok(errors::message(200, "Application stopping request queued."));
    }
    let force = is_forced(request, state.version);
    let text =
        if verb == "restart" { "Restart request queued." } else { "Deployment request queued." };
    let deployment = match state.queue(uuid, force, verb == "restart") {
        Ok(Queued::Queued { uuid, .. }) => uuid,
        Ok(Queued::Skipped { message, .. }) => return Ok(errors::message(200, message)),
        // These two do not look whether the queue is full: they name a deployment that is not there.
        Err(_) => random::uuid(),
    };
    Ok(Reply::json(200, json!({ "message": text, "deployment_uuid": deployment })))
}

/// `DELETE /{family}/{uuid}`: queued; the resource is listed until the job is done.
///
/// All four switches are on unless told off, that of the volumes too.
pub(super) fn delete(state: &mut State, request: &Request, family: Family, uuid: &str) -> Answer {
    let gone_at = state.now() + state.deletion;
    let one = state.find_mut(family, uuid)?;
    one.gone_at.get_or_insert(gone_at);
    one.up_at = None;
    if request.is_on("delete_volumes") {
        state.volumes.retain(|volume| !volume.contains(uuid));
    }
    Ok(errors::message(200, &format!("{} deletion request queued.", family.noun())))
}

impl State {
    /// Notes the docker volumes that a new resource comes with.
    pub(super) fn add_volumes(&mut self, family: Family, uuid: &str) {
        let Ok(one) = self.find(family, uuid) else { return };
        let volumes: Vec<_> = match &one.kind {
            Kind::Database(flavor) => {
                flavor.volumes.iter().map(|name| format!("{name}-{uuid}")).collect()
            }
            // Those of compose files are noted where the files are read.
            Kind::Service(_) | Kind::Application(_) => Vec::new(),
        };
        self.volumes.extend(volumes);
    }
}
