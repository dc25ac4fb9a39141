//! Services: from a template or from a compose file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Version::{Beta473, V4_3};
use super::body::{self, Field, Object, Rule};
use super::errors::{self, Errors};
use super::fields::PLACE;
use super::resource::{Family, Kind};
use super::state::State;
use super::templates::{self, Template};
use super::{compose, create, urls};
use crate::random;
use crate::wire::{Answer, Reply, Request};

const COMMON: &[Field] = &[
    Field("name", Rule::Short(255), Beta473),
    Field("description", Rule::Text, Beta473),
    Field("instant_deploy", Rule::Bool, Beta473),
    Field("docker_compose_raw", Rule::Text, Beta473),
    Field("urls", Rule::Array, Beta473),
    Field("force_domain_override", Rule::Bool, Beta473),
    Field("is_container_label_escape_enabled", Rule::Bool, Beta473),
];

const CREATE: &[Field] = &[Field("type", Rule::Text, Beta473), Field("tags", Rule::Array, V4_3)];

const PATCH: &[Field] = &[Field("connect_to_docker_network", Rule::Bool, Beta473)];

/// A container of a service; a database can have no URL.
pub(super) struct Child {
    id: i64,
    uuid: String,
    pub(super) name: String,
    image: String,
    pub(super) is_database: bool,
    pub(super) urls: Vec<String>,
}

impl Child {
    fn json(&self, status: &str) -> Value {
        let fqdn = (!self.urls.is_empty()).then(|| self.urls.join(","));
        json!({ "id": self.id, "uuid": self.uuid, "name": self.name, "human_name": null,
                "description": null, "fqdn": fqdn, "image": self.image, "status": status })
    }
}

/// Adds `applications` and `databases`, whose numeric ids are not hidden.
pub(super) fn add_children(body: &mut Value, children: &[Child], status: &str) {
    let list = |databases| -> Value {
        children
            .iter()
            .filter(|child| child.is_database == databases)
            .map(|one| one.json(status))
            .collect()
    };
    body["applications"] = list(false);
    body["databases"] = list(true);
}

/// The URLs of all containers, as creation and PATCH answer them.
fn domains(children: &[Child]) -> Vec<String> {
    let mut domains: Vec<_> = children
        .iter()
        .filter(|child| !child.urls.is_empty())
        .map(|child| child.urls.join(","))
        .collect();
    domains.sort();
    domains
}

/// What a compose file becomes: its text and its containers.
fn decoded(raw: &str) -> Result<String, Reply> {
    let text = STANDARD.decode(raw).ok().filter(|bytes| STANDARD.encode(bytes) == raw);
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let refusal = "The docker_compose_raw should be base64 encoded.";
    text.ok_or_else(|| errors::invalid_field("docker_compose_raw", refusal))
}

fn check_injection(file: &str) -> Result<(), Reply> {
    let named = compose::services(file).ok_or_else(errors::server_error)?;
    let is_bad = |text: &str| text.contains(['`', ';', '|', '&']) || text.contains("$(");
    match named.iter().find(|(name, image)| is_bad(name) || is_bad(image)) {
        None => Ok(()),
        Some((name, _)) => {
            let text = format!(
                "Invalid Docker Compose service or image: contains forbidden characters: {name}"
            );
            Err(errors::invalid_field("docker_compose_raw", &text))
        }
    }
}

impl State {
    fn child(&mut self, name: &str, image: &str) -> Child {
        Child {
            id: self.id(),
            uuid: random::uuid(),
            name: name.to_owned(),
            image: image.to_owned(),
            is_database: compose::is_database(image),
            urls: Vec::new(),
        }
    }

    fn children_of_file(&mut self, file: &str) -> Vec<Child> {
        let named = compose::services(file).unwrap_or_default();
        named.iter().map(|(name, image)| self.child(name, image)).collect()
    }

    /// Makes a service of a template, with the URLs that Coolify makes up.
    pub(super) fn add_template(
        &mut self,
        environment: i64,
        template: &Template,
        body: &Object,
    ) -> String {
        let parts = template.parts.iter().map(|part| self.child(part.0, part.1)).collect();
        let mut fields = columns(body);
        fields.insert("service_type".to_owned(), json!(template.name));
        let uuid = self.add_service(environment, fields, parts, template.name);
        let has_proxy = self.has_proxy();
        if let Ok(Kind::Service(children)) =
            self.find_mut(Family::Service, &uuid).map(|one| &mut one.kind)
        {
            for (child, part) in children.iter_mut().zip(template.parts) {
                let url = part
                    .2
                    .map(|port| format!("http://{}-{uuid}.127.0.0.1.sslip.io:{port}", part.0));
                child.urls.extend(url.filter(|_| has_proxy));
            }
        }
        uuid
    }

    fn add_service(
        &mut self,
        environment: i64,
        fields: Object,
        children: Vec<Child>,
        from: &str,
    ) -> String {
        let uuid = self.add(environment, fields, Kind::Service(children));
        self.add_volumes(Family::Service, &uuid);
        if let Ok(one) = self.find_mut(Family::Service, &uuid)
            && one.name().is_empty()
        {
            one.set("name", format!("{from}-{uuid}"));
        }
        uuid
    }
}

fn columns(body: &Object) -> Object {
    let columns = json!({
        "name": body.get("name"), "description": body.get("description"), "service_type": null,
        "docker_compose_raw": null, "docker_compose": null, "server_id": super::servers::ID,
        "connect_to_docker_network": false, "is_container_label_escape_enabled": true,
        "is_container_label_readonly_enabled": false, "config_hash": null, "deleted_at": null,
        "destination_type": "App\\Models\\StandaloneDocker",
    });
    match columns {
        Value::Object(columns) => columns,
        _ => Object::new(),
    }
}

/// `POST /services`: from a template (`type`) or from a file (`docker_compose_raw`).
pub(super) fn create(state: &mut State, request: &Request) -> Answer {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[PLACE, COMMON, CREATE], state.version, &mut errors);
    body::require(&body, &["project_uuid", "server_uuid"], &mut errors);
    let given = |name| body::text(&body, name).filter(|text| !text.is_empty());
    let (kind, raw) = (given("type"), given("docker_compose_raw"));
    if kind.is_none() && raw.is_none() {
        body::require(&body, &["type", "docker_compose_raw"], &mut errors);
    }
    errors.check()?;
    if kind.is_some() && raw.is_some() {
        let text =
            "You cannot provide both service type and docker_compose_raw. Use one or the other.";
        return Err(errors::message(422, text));
    }
    let environment = create::place(state, &body, errors::not_found("Environment"))?;
    let uuid = match raw {
        Some(raw) => add_file(state, environment, &body, raw)?,
        None => add_kind(state, environment, &body, kind.unwrap_or_default())?,
    };
    if let Err(refusal) = urls::apply(state, &uuid, &body) {
        state.resources.retain(|one| one.uuid != uuid);
        return Err(refusal);
    }
    finish(state, &body, &uuid, 201)
}

fn add_file(
    state: &mut State,
    environment: i64,
    body: &Object,
    raw: &str,
) -> Result<String, Reply> {
    let file = decoded(raw)?;
    check_injection(&file)?;
    let children = state.children_of_file(&file);
    let mut fields = columns(body);
    fields.insert("docker_compose_raw".to_owned(), json!(file));
    Ok(state.add_service(environment, fields, children, "service"))
}

fn add_kind(
    state: &mut State,
    environment: i64,
    body: &Object,
    kind: &str,
) -> Result<String, Reply> {
    let Some(template) = templates::named(kind) else {
        let known: Vec<_> = templates::ALL.iter().map(|template| template.name).collect();
        let body = json!({ "message": "Service not found.", "valid_service_types": known });
        return Err(Reply::json(404, body));
    };
    Ok(state.add_template(environment, template, body))
}

fn finish(state: &mut State, body: &Object, uuid: &str, status: u16) -> Answer {
    if body::is_on(body, "instant_deploy") {
        state.bring_up(Family::Service, uuid)?;
    }
    let Kind::Service(children) = &state.find(Family::Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    Ok(Reply::json(status, json!({ "uuid": uuid, "domains": domains(children) })))
}

/// `PATCH /services/{uuid}`: name and file are stored before the URLs are looked at.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    state.find(Family::Service, uuid)?;
    let mut errors = Errors::default();
    body::check(&body, &[COMMON, PATCH], state.version, &mut errors);
    errors.check()?;
    if let Some(raw) = body::text(&body, "docker_compose_raw") {
        let file = decoded(raw)?;
        check_injection(&file)?;
        let children = state.children_of_file(&file);
        let one = state.find_mut(Family::Service, uuid)?;
        one.set("docker_compose_raw", file);
        one.kind = Kind::Service(children);
    }
    let one = state.find_mut(Family::Service, uuid)?;
    for name in
        ["name", "description", "connect_to_docker_network", "is_container_label_escape_enabled"]
    {
        if let Some(value) = body.get(name) {
            one.set(name, value.clone());
        }
    }
    urls::apply(state, uuid, &body)?;
    finish(state, &body, uuid, 200)
}
