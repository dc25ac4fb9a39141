//! The resources that exist before any tenant of ours: a project of another member of the team.

use serde_json::json;

use super::{databases, services};
use crate::coolify::json_values::object;
use crate::coolify::model::{
    CoolifyState, DESTINATION_ID, Kind, Placement, application_columns, find_flavor, templates,
};

/// Adds a project `vibn-ws-elsewhere` with an application, a database and a service, all running.
pub(crate) fn plant(state: &mut CoolifyState) {
    let project = state.add_project("vibn-ws-elsewhere", Some("Somebody else's."));
    let Some(environment) = state.project(&project).ok().and_then(|one| one.environments.first())
    else {
        return;
    };
    let place = Placement { environment_id: environment.id, destination_id: DESTINATION_ID };
    let mut fields = application_columns::defaults();
    fields.extend(object(json!({
        "name": "foreign-app", "fqdn": "https://foreign-app.elsewhere.vibnai.com",
        "git_repository": "https://elsewhere-bot:f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3@git.vibnai.com/vibn-elsewhere/secret.git",
        "ports_exposes": "3000",
    })));
    state.add(place, fields, Kind::Application(Vec::new()));
    if let Some(flavor) = find_flavor("postgresql") {
        databases::create(state, place, flavor, &object(json!({ "name": "foreign-db" })));
    }
    if let Some(template) = templates::find_template("pocketbase") {
        let body = object(json!({ "name": "foreign-auth" }));
        // The template's file is known to be valid.
        let _ = services::create_from_template(state, place, template, &body);
    }
    let now = state.now();
    let time = state.clock.timestamp_at(now);
    for resource in &mut *state.resources {
        resource.up_at = Some(now);
        resource.look_at_containers(now, time);
    }
}
