//! Projects and their environments.

use serde_json::{Value, json};

use super::item;
use crate::coolify::model::{CoolifyState, Environment, Family, Kind, Project, Resource};

/// The databases in an environment's answer: keydb, dragonfly and clickhouse are missing.
const NESTED_DATABASES: [(&str, &str); 5] = [
    ("postgresqls", "standalone-postgresql"),
    ("redis", "standalone-redis"),
    ("mongodbs", "standalone-mongodb"),
    ("mysqls", "standalone-mysql"),
    ("mariadbs", "standalone-mariadb"),
];

/// Shows a project as lists do.
pub(crate) fn show(project: &Project) -> Value {
    json!({ "id": project.id, "uuid": project.uuid, "name": project.name,
            "description": project.description })
}

/// Shows a project with its environments and their numeric ids.
pub(crate) fn detail(project: &Project) -> Value {
    let mut body = show(project);
    let environments = project.environments.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name, "description": null,
                "project_id": project.id, "created_at": one.created, "updated_at": one.created })
    });
    body["environments"] = environments.collect();
    body
}

/// Shows an environment with most of its resources: services with their containers.
pub(crate) fn environment(state: &CoolifyState, environment: &Environment) -> Value {
    let here = state.resources.iter().filter(|one| one.environment_id == environment.id);
    let here: Vec<_> = here.collect();
    let list = |is_wanted: &dyn Fn(&Resource) -> bool| -> Value {
        let wanted = here.iter().filter(|one| is_wanted(one));
        wanted.map(|one| item::nested(state, one)).collect()
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
