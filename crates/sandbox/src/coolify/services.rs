//! Services: from a template or from a compose file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Version::{Beta473, V4_3};
use super::body::{self, Field, Object, Rule};
use super::compose::{File, Unusable};
use super::create;
use super::errors::{self, Errors};
use super::fields::PLACE;
use super::resource::{Family, Kind};
use super::stack::Stack;
use super::state::State;
use super::templates::{self, Template};
use super::urls;
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

/// The file of a body, which is base64 in its one canonical form.
fn file(raw: &str) -> Result<File, Reply> {
    let text = STANDARD.decode(raw).ok().filter(|bytes| STANDARD.encode(bytes) == raw);
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let refused = |text: &str| errors::invalid_field("docker_compose_raw", text);
    let text = text.ok_or_else(|| refused("The docker_compose_raw should be base64 encoded."))?;
    File::read(&text).map_err(|why| match why {
        Unusable::Unreadable => errors::server_error(),
        Unusable::Refused(why) => refused(&why),
    })
}

impl State {
    /// Makes a service of a template.
    pub(super) fn add_template(
        &mut self,
        environment: i64,
        template: &Template,
        body: &Object,
    ) -> Result<String, Reply> {
        let file = File::read(template.file).map_err(|_| errors::server_error())?;
        let mut fields = columns(body);
        fields.insert("service_type".to_owned(), json!(template.name));
        self.add_service(environment, fields, &file, template.name)
    }

    fn add_service(
        &mut self,
        environment: i64,
        mut fields: Object,
        file: &File,
        from: &str,
    ) -> Result<String, Reply> {
        fields.insert("docker_compose_raw".to_owned(), json!(file.text));
        let uuid = self.add(environment, fields, Kind::Service(Stack::default()));
        self.take_file(&uuid, file)?;
        let one = self.find_mut(Family::Service, &uuid)?;
        if one.name().is_empty() {
            one.set("name", format!("{from}-{uuid}"));
        }
        Ok(uuid)
    }

    /// Has a service look at its file.
    fn take_file(&mut self, uuid: &str, file: &File) -> Result<(), Reply> {
        let version = self.version;
        let ids: Vec<_> = file.services.iter().map(|_| self.id()).collect();
        let mut ids = ids.into_iter();
        let one = self.find_mut(Family::Service, uuid)?;
        // What docker is given: the file again, with labels and names of Coolify's besides.
        one.fields.insert("docker_compose".to_owned(), json!(file.text));
        if let Kind::Service(stack) = &mut one.kind {
            stack.take(uuid, file, version, || ids.next().unwrap_or_default())?;
        }
        self.add_file_volumes(uuid, file);
        Ok(())
    }

    /// Has a service look at the file that it has, as it does at each change and each start.
    pub(super) fn look_at_file(&mut self, uuid: &str) -> Result<(), Reply> {
        let text = self.find(Family::Service, uuid)?.text("docker_compose_raw").to_owned();
        File::read(&text).map_or(Ok(()), |file| self.take_file(uuid, &file))
    }

    /// Notes the docker volumes that a file names.
    pub(super) fn add_file_volumes(&mut self, uuid: &str, file: &File) {
        for name in file.services.iter().flat_map(|service| &service.volumes) {
            let name = format!("{uuid}_{name}");
            if !self.volumes.contains(&name) {
                self.volumes.push(name);
            }
        }
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
        Some(raw) => state.add_service(environment, columns(&body), &file(raw)?, "service")?,
        None => add_kind(state, environment, &body, kind.unwrap_or_default())?,
    };
    if let Err(refusal) = urls::apply(state, &uuid, &body) {
        state.resources.retain(|one| one.uuid != uuid);
        // It was never started, and so has no volumes yet.
        state.volumes.retain(|volume| !volume.contains(&uuid));
        return Err(refusal);
    }
    finish(state, &body, &uuid, 201)
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
    state.add_template(environment, template, body)
}

fn finish(state: &mut State, body: &Object, uuid: &str, status: u16) -> Answer {
    if body::is_on(body, "instant_deploy") {
        state.bring_up(Family::Service, uuid)?;
    }
    let Kind::Service(stack) = &state.find(Family::Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    Ok(Reply::json(status, json!({ "uuid": uuid, "domains": stack.domains() })))
}

/// `PATCH /services/{uuid}`: name and file are stored before the URLs are looked at.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    state.find(Family::Service, uuid)?;
    let mut errors = Errors::default();
    body::check(&body, &[COMMON, PATCH], state.version, &mut errors);
    errors.check()?;
    let given = body.get("docker_compose_raw").map(|raw| file(raw.as_str().unwrap_or_default()));
    let given = given.transpose()?;
    let one = state.find_mut(Family::Service, uuid)?;
    if let Some(file) = &given {
        one.set("docker_compose_raw", file.text.clone());
    }
    for name in
        ["name", "description", "connect_to_docker_network", "is_container_label_escape_enabled"]
    {
        if let Some(value) = body.get(name) {
            one.set(name, value.clone());
        }
    }
    // The stored file is looked at whether it has changed or not.
    state.look_at_file(uuid)?;
    urls::apply(state, uuid, &body)?;
    finish(state, &body, uuid, 200)
}
