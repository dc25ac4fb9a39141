//! `/projects` and their environments.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::Version::Beta473;
use super::body::{self, Field, Object, Rule};
use super::errors::{self, Errors};
use super::resource::{Family, Kind, Resource};
use super::state::State;
use crate::random;
use crate::wire::{Answer, Reply, Request};

/// The environment that Coolify makes with each project.
const FIRST_ENVIRONMENT: &str = "production";

const FIELDS: &[Field] =
    &[Field("name", Rule::Text, Beta473), Field("description", Rule::Text, Beta473)];

pub(super) struct Environment {
    pub(super) id: i64,
    pub(super) uuid: String,
    pub(super) name: String,
    created: Timestamp,
}

pub(super) struct Project {
    id: i64,
    pub(super) uuid: String,
    pub(super) name: String,
    description: Option<String>,
    pub(super) environments: Vec<Environment>,
}

impl Project {
    fn json(&self) -> Value {
        json!({ "id": self.id, "uuid": self.uuid, "name": self.name, "description": self.description })
    }

    /// The environment of that name or uuid; the name is tried first.
    pub(super) fn environment(
        &self,
        name: Option<&str>,
        uuid: Option<&str>,
    ) -> Option<&Environment> {
        let named = self.environments.iter().find(|one| Some(one.name.as_str()) == name);
        named.or_else(|| self.environments.iter().find(|one| Some(one.uuid.as_str()) == uuid))
    }
}

impl State {
    fn new_environment(&mut self, name: &str) -> Environment {
        Environment {
            id: self.id(),
            uuid: random::uuid(),
            name: name.to_owned(),
            created: random::now(),
        }
    }

    /// Makes a project with its first environment and returns its uuid.
    pub(super) fn add_project(&mut self, name: &str, description: Option<&str>) -> String {
        let environment = self.new_environment(FIRST_ENVIRONMENT);
        let project = Project {
            id: self.id(),
            uuid: random::uuid(),
            name: name.to_owned(),
            description: description.map(str::to_owned),
            environments: vec![environment],
        };
        let uuid = project.uuid.clone();
        self.projects.push(project);
        uuid
    }

    /// The project of that uuid, or Coolify's 404.
    pub(super) fn project(&self, uuid: &str) -> Result<&Project, Reply> {
        let found = self.projects.iter().find(|project| project.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Project"))
    }

    fn project_mut(&mut self, uuid: &str) -> Result<&mut Project, Reply> {
        let found = self.projects.iter_mut().find(|project| project.uuid == uuid);
        found.ok_or_else(|| errors::not_found("Project"))
    }

    fn is_used(&self, environments: &[Environment]) -> bool {
        self.resources.iter().any(|one| environments.iter().any(|env| env.id == one.environment_id))
    }
}

/// `GET /projects`.
pub(super) fn list(state: &State) -> Reply {
    Reply::json(200, state.projects.iter().map(Project::json).collect())
}

/// `GET /projects/{uuid}`: with environments and their numeric ids.
pub(super) fn show(state: &State, uuid: &str) -> Answer {
    let project = state.project(uuid)?;
    let mut body = project.json();
    let environments = project.environments.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name, "description": null,
                "project_id": project.id, "created_at": one.created, "updated_at": one.created })
    });
    body["environments"] = environments.collect();
    Ok(Reply::json(200, body))
}

fn checked(state: &State, request: &Request) -> Result<Object, Reply> {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[FIELDS], state.version, &mut errors);
    if let Some(name) = body::text(&body, "name").filter(|name| !is_name(name)) {
        let length = name.chars().count();
        errors.add("name", if length < 3 { TOO_SHORT } else { BAD_NAME });
    }
    errors.check()?;
    Ok(body)
}

const TOO_SHORT: &str = "The name must be at least 3 characters.";
const BAD_NAME: &str =
    "The name may only contain letters, numbers, spaces, and common punctuation.";

/// 3 to 255 letters, digits, spaces and `-_.@/&()#,:+`; not unique.
fn is_name(name: &str) -> bool {
    (3..=255).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || " -_.@/&()#,:+".contains(c))
}

/// `POST /projects`: the name may exist already.
pub(super) fn create(state: &mut State, request: &Request) -> Answer {
    let body = checked(state, request)?;
    let mut errors = Errors::default();
    body::require(&body, &["name"], &mut errors);
    errors.check()?;
    let name = body::text(&body, "name").unwrap_or_default();
    let uuid = state.add_project(name, body::text(&body, "description"));
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `PATCH /projects/{uuid}`: answers 201.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = checked(state, request)?;
    let project = state.project_mut(uuid)?;
    if let Some(name) = body::text(&body, "name") {
        name.clone_into(&mut project.name);
    }
    if let Some(description) = body::text(&body, "description") {
        project.description = Some(description.to_owned());
    }
    let (name, description) = (&project.name, &project.description);
    Ok(Reply::json(201, json!({ "uuid": uuid, "name": name, "description": description })))
}

/// `DELETE /projects/{uuid}`: refused while it has resources.
pub(super) fn delete(state: &mut State, uuid: &str) -> Answer {
    if state.is_used(&state.project(uuid)?.environments) {
        return Err(errors::message(400, "Project has resources, so it cannot be deleted."));
    }
    state.projects.retain(|project| project.uuid != uuid);
    Ok(errors::message(200, "Project deleted."))
}

/// `GET /projects/{uuid}/environments`.
pub(super) fn environments(state: &State, uuid: &str) -> Answer {
    let environments = &state.project(uuid)?.environments;
    let body =
        environments.iter().map(|one| json!({ "id": one.id, "uuid": one.uuid, "name": one.name }));
    Ok(Reply::json(200, body.collect()))
}

/// `POST /projects/{uuid}/environments`: names are unique within a project.
pub(super) fn create_environment(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = checked(state, request)?;
    let mut errors = Errors::default();
    body::require(&body, &["name"], &mut errors);
    errors.check()?;
    let name = body::text(&body, "name").unwrap_or_default();
    if state.project(uuid)?.environment(Some(name), None).is_some() {
        return Err(errors::message(409, "Environment with this name already exists."));
    }
    let environment = state.new_environment(name);
    let answer = json!({ "uuid": environment.uuid });
    state.project_mut(uuid)?.environments.push(environment);
    Ok(Reply::json(201, answer))
}

/// The databases that the environment's answer lists; keydb, dragonfly and clickhouse are missing.
const NESTED: [(&str, &str); 5] = [
    ("postgresqls", "standalone-postgresql"),
    ("redis", "standalone-redis"),
    ("mongodbs", "standalone-mongodb"),
    ("mysqls", "standalone-mysql"),
    ("mariadbs", "standalone-mariadb"),
];

/// `GET /projects/{uuid}/{environment}`: with most of its resources, ids unhidden.
pub(super) fn environment(state: &State, uuid: &str, key: &str) -> Answer {
    let environment = state.project(uuid)?.environment(Some(key), Some(key));
    let environment = environment.ok_or_else(|| errors::not_found("Environment"))?;
    let now = state.now();
    let list = |wanted: &dyn Fn(&Resource) -> bool| -> Value {
        let here = state.resources.iter().filter(|one| one.environment_id == environment.id);
        here.filter(|one| wanted(one)).map(|one| one.json_with_id(now)).collect()
    };
    let mut body = json!({
        "id": environment.id, "uuid": environment.uuid, "name": environment.name,
        "applications": list(&|one| one.family() == Family::Application),
        "services": list(&|one| one.family() == Family::Service),
    });
    for (member, kind) in NESTED {
        body[member] =
            list(&|one| matches!(one.kind, Kind::Database(flavor) if flavor.kind == kind));
    }
    Ok(Reply::json(200, body))
}
