//! What was there before any tenant of ours: a team-mate's project.

use serde_json::{Value, json};

use super::body::Object;
use super::resource::Kind;
use super::state::State;
use super::{columns, flavors, templates};

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// A project `vibn-ws-elsewhere` with an application, a database and a service, all running.
pub(super) fn plant(state: &mut State) {
    let project = state.add_project("vibn-ws-elsewhere", Some("Somebody else's."));
    let Some(environment) = state.project(&project).ok().and_then(|one| one.environments.first())
    else {
        return;
    };
    let id = environment.id;
    let mut fields = columns::defaults();
    fields.extend(object(json!({
        "name": "foreign-app", "fqdn": "https://foreign-app.elsewhere.vibnai.com",
        "git_repository": "https://elsewhere-bot:f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3@git.vibnai.com/vibn-elsewhere/secret.git",
        "ports_exposes": "3000",
    })));
    state.add(id, fields, Kind::Application(Vec::new()));
    if let Some(flavor) = flavors::named("postgresql") {
        state.add_database(id, flavor, &object(json!({ "name": "foreign-db" })));
    }
    if let Some(template) = templates::named("pocketbase") {
        // It is a file of ours, and can be read.
        let _ = state.add_template(id, template, &object(json!({ "name": "foreign-auth" })));
    }
    let now = state.now();
    for resource in &mut state.resources {
        resource.up_at = Some(now);
    }
}
