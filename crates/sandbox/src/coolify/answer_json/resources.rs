//! Applications, databases and services, with their environment, variables and scheduled tasks.

use std::time::Instant;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{services, team};
use crate::coolify::Version;
use crate::coolify::json_values::is_on;
use crate::coolify::model::{
    CoolifyState, Environment, Execution, Family, Flavor, Kind, Resource, Task, Variable,
};

/// The databases in an environment's answer: keydb, dragonfly and clickhouse are missing.
const NESTED_DATABASES: [(&str, &str); 5] = [
    ("postgresqls", "standalone-postgresql"),
    ("redis", "standalone-redis"),
    ("mongodbs", "standalone-mongodb"),
    ("mysqls", "standalone-mysql"),
    ("mariadbs", "standalone-mariadb"),
];

/// Shows a resource as a list of its family does.
pub(crate) fn list_item(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    if state.version >= Version::V4_3 {
        body["destination"] = team::full_destination(state, one.destination_id);
        // Redis keeps it in a variable, which lists do not read.
        if let Value::Object(members) = &mut body {
            members.remove("redis_password");
        }
    }
    body
}

/// Shows a resource by itself: a service with its containers.
pub(crate) fn detail(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    if let Kind::Service(stack) = &one.kind {
        services::add_containers(&mut body, stack, &one.sight);
        if state.version >= Version::V4_3 {
            body["destination"] = team::full_destination(state, one.destination_id);
        }
    }
    if matches!(one.kind, Kind::Application(_)) && state.version >= Version::V4_3 {
        body["settings"] = settings(one);
    }
    body
}

/// Shows the switches of an application: those that were set, and the defaults of the others.
fn settings(one: &Resource) -> Value {
    let mut settings = json!({
        "is_auto_deploy_enabled": true, "is_git_submodules_enabled": true,
        "is_git_lfs_enabled": true, "is_preview_deployments_enabled": false,
    });
    for (name, is_on) in &one.settings {
        settings[name] = json!(is_on);
    }
    settings
}

/// Shows a resource as the answer of its environment does: with its numeric id, and without relations
/// but for a service's containers, which are there because its status was taken from them. While it is
/// being started it was not (`Service::getStatusAttribute` of 4.0.0-beta.461 to 4.3.9).
pub(crate) fn nested(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    body["id"] = json!(one.id);
    if let Kind::Service(stack) = &one.kind
        && body["status"] != "starting:unhealthy"
    {
        services::add_containers(&mut body, stack, &one.sight);
    }
    body
}

/// Shows an environment with most of its resources: services with their containers.
pub(crate) fn environment(state: &CoolifyState, environment: &Environment) -> Value {
    let here = state.resources.iter().filter(|one| one.environment_id == environment.id);
    let here: Vec<_> = here.collect();
    let list = |is_wanted: &dyn Fn(&Resource) -> bool| -> Value {
        let wanted = here.iter().filter(|one| is_wanted(one));
        wanted.map(|one| nested(state, one)).collect()
    };
    let mut body = json!({
        "id": environment.id, "uuid": environment.uuid, "name": environment.name,
        "applications": list(&|one| one.family() == Family::Application),
        "services": list(&|one| one.family() == Family::Service),
    });
    for (member, kind) in NESTED_DATABASES {
        body[member] =
            list(&|one| matches!(one.kind, Kind::Database(flavor, _) if flavor.kind == kind));
    }
    body
}

fn show(state: &CoolifyState, one: &Resource) -> Value {
    match &one.kind {
        Kind::Database(flavor, _) => database(one, flavor),
        Kind::Application(_) => application(state, one),
        Kind::Service(_) => common(one),
    }
}

/// Shows what all resources share, without the numeric id, as most answers do.
fn common(one: &Resource) -> Value {
    let mut body = one.fields.clone();
    body.insert("uuid".to_owned(), json!(one.uuid));
    body.insert("environment_id".to_owned(), json!(one.environment_id));
    body.insert("status".to_owned(), json!(one.status()));
    if one.family() != Family::Service {
        body.insert("last_online_at".to_owned(), json!(services::database_text(one.sight.at)));
    }
    body.insert("destination_id".to_owned(), json!(one.destination_id));
    body.insert("created_at".to_owned(), json!(one.created));
    body.insert("updated_at".to_owned(), json!(one.updated));
    Value::Object(body)
}

/// Shows a resource with its numeric id, as only nested and short lists do.
pub(crate) fn show_with_id(one: &Resource) -> Value {
    let mut body = common(one);
    body["id"] = json!(one.id);
    body
}

/// Shows an application.
fn application(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = common(one);
    let restarts = one.sight.restarts;
    let last = (restarts > 0).then_some(one.sight.at);
    body["restart_count"] = json!(restarts);
    body["last_restart_type"] = json!(last.map(|_| "crash"));
    body["last_restart_at"] = json!(last);
    if state.version >= Version::V4_1 {
        body["max_restart_count"] =
            one.fields.get("max_restart_count").cloned().unwrap_or(json!(10));
    }
    // The domains of a compose application are shown as a JSON text of an object, not as the array
    // that was written.
    if let domains @ Value::Object(_) = &body["docker_compose_domains"] {
        body["docker_compose_domains"] = json!(domains.to_string());
    }
    body
}

/// Shows a database; a KeyDB without `database_type`.
fn database(one: &Resource, flavor: &Flavor) -> Value {
    let mut body = common(one);
    if flavor.name != "keydb" {
        body["database_type"] = json!(flavor.kind);
    }
    body["external_db_url"] = Value::Null;
    add_connection_urls(&mut body, one, flavor);
    body
}

/// Adds the internal connection URL, and the external one of a public database.
pub(crate) fn add_connection_urls(body: &mut Value, one: &Resource, flavor: &Flavor) {
    body["internal_db_url"] =
        json!(connection_url(one, flavor, &one.uuid, &flavor.port.to_string()));
    if is_on(&one.fields, "is_public") && !one.fields["public_port"].is_null() {
        let port = one.fields["public_port"].to_string();
        body["external_db_url"] = json!(connection_url(one, flavor, "127.0.0.1", &port));
    }
}

/// Returns a connection URL, with the user and password percent-encoded.
fn connection_url(one: &Resource, flavor: &Flavor, host: &str, port: &str) -> String {
    let mut url = flavor.url.replace("{host}", host).replace("{port}", port);
    for (field, _) in flavor.fields {
        let value = utf8_percent_encode(one.text(field), NON_ALPHANUMERIC).to_string();
        url = url.replace(&format!("{{{field}}}"), &value);
    }
    url
}

/// Shows a variable. Since 4.2 one that is "shown once" never has its value.
pub(crate) fn variable(one: &Variable, version: Version) -> Value {
    let mut body = json!({
        "uuid": one.uuid, "key": one.key, "is_preview": one.is_preview,
        "is_shared": false, "is_really_required": false, "is_coolify": false, "order": null,
        "version": version.text(), "created_at": one.created, "updated_at": one.updated,
    });
    let control = if version >= Version::V4_3 { "is_buildpack_control" } else { "is_nixpacks" };
    body[control] = json!(false);
    let fields = &one.fields;
    let is_hidden = version >= Version::V4_3 && is_on(fields, "is_shown_once");
    for (name, value) in fields.iter().filter(|(name, _)| !(is_hidden && *name == "value")) {
        body[name] = value.clone();
    }
    if !is_hidden {
        body["real_value"] = body["value"].clone();
    }
    body
}

/// Shows a list of variables.
pub(crate) fn variables(variables: &[Variable], version: Version) -> Value {
    variables.iter().map(|one| variable(one, version)).collect()
}

/// Shows a task.
pub(crate) fn task(one: &Task) -> Value {
    let mut body = Value::Object(one.fields.clone());
    body["uuid"] = json!(one.uuid);
    body["created_at"] = json!(one.created);
    body["updated_at"] = json!(one.updated);
    body
}

/// Shows the executions that have begun, newest first.
pub(crate) fn executions(task: &Task, now: Instant) -> Value {
    let begun = task.executions.iter().rev().filter(|one| one.begins <= now);
    begun.map(|one| execution(one, now)).collect()
}

/// A failure has no exit code, only a message (4.3.11).
fn execution(one: &Execution, now: Instant) -> Value {
    let is_over = one.ends <= now;
    let (status, message) = match (is_over, one.is_run) {
        (false, _) => ("running", None),
        (true, true) => ("success", Some("")),
        (true, false) => {
            ("failed", Some("Job permanently failed after 1 attempts: No containers running."))
        }
    };
    let duration = one.ends.duration_since(one.begins).as_secs_f64();
    json!({
        "uuid": one.uuid, "status": status, "message": message, "retry_count": 0,
        "duration": is_over.then_some(duration), "started_at": one.created,
        "finished_at": is_over.then_some(one.created),
        "created_at": one.created, "updated_at": one.created,
    })
}
