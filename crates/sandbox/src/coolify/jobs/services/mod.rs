//! Creating services, and bringing them up to date with their compose file.

mod proxy_labels;
mod service_parse;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::{env_file, volumes};
use crate::coolify::compose::{File, Generation, docker_compose_checks};
use crate::coolify::errors;
use crate::coolify::json_values::{Object, is_on, object};
use crate::coolify::model::templates::Template;
use crate::coolify::model::{CoolifyState, Family, Kind, Placement, SERVER_ID, Stack};
use crate::core::request_types::Reply;

/// Creates a service from a template and returns its uuid.
pub(crate) fn create_from_template(
    state: &mut CoolifyState,
    place: Placement,
    template: &Template,
    body: &Object,
) -> Result<String, Reply> {
    let file = File::parse(template.file).map_err(|_| errors::server_error())?;
    let mut fields = default_columns(body);
    fields.insert("service_type".to_owned(), json!(template.name));
    create(state, place, fields, &file, template.name)
}

/// Creates a service from a compose file and returns its uuid.
pub(crate) fn create_from_file(
    state: &mut CoolifyState,
    place: Placement,
    file: &File,
    body: &Object,
) -> Result<String, Reply> {
    create(state, place, default_columns(body), file, "service")
}

/// Stores a service with its compose file, but without its containers: what is left when a creation
/// breaks off.
pub(crate) fn create_half(state: &mut CoolifyState, place: Placement, file: &File, body: &Object) {
    let mut fields = default_columns(body);
    fields.insert("docker_compose_raw".to_owned(), json!(file.text));
    state.add(place, fields, Kind::Service(Stack::default()));
}

fn create(
    state: &mut CoolifyState,
    place: Placement,
    mut fields: Object,
    file: &File,
    name_prefix: &str,
) -> Result<String, Reply> {
    fields.insert("docker_compose_raw".to_owned(), json!(file.text));
    let uuid = state.add(place, fields, Kind::Service(Stack::default()));
    apply_file(state, &uuid, file)?;
    let one = state.find_mut(Family::Service, &uuid)?;
    if one.name().is_empty() {
        one.set("name", format!("{name_prefix}-{uuid}"));
    }
    Ok(uuid)
}

fn default_columns(body: &Object) -> Object {
    object(json!({
        "name": body.get("name"), "description": body.get("description"), "service_type": null,
        "docker_compose_raw": null, "docker_compose": null, "server_id": SERVER_ID,
        "connect_to_docker_network": false, "is_container_label_escape_enabled": true,
        "config_hash": null, "deleted_at": null,
        "destination_type": "App\\Models\\StandaloneDocker",
    }))
}

/// Applies a compose file to a service: its containers, variables and volumes.
fn apply_file(state: &mut CoolifyState, uuid: &str, file: &File) -> Result<(), Reply> {
    let version = state.version;
    let ids: Vec<_> = file.services.iter().map(|_| state.next_id()).collect();
    let mut ids = ids.into_iter();
    let network = connected(state, uuid)?;
    let one = state.find_mut(Family::Service, uuid)?;
    if let Kind::Service(stack) = &mut one.kind {
        let next_id = || ids.next().unwrap_or_default();
        service_parse::parse(stack, uuid, file, version, next_id)?;
        let (labels, written) = (
            proxy_labels::labels(stack, uuid, file),
            service_parse::written_variables(stack, file),
        );
        let connected = network.as_deref();
        let of = Generation { uuid, connected, labels: &labels, written: &written };
        let generated = file.generated(&of);
        one.fields.insert("docker_compose".to_owned(), json!(generated));
    }
    volumes::create_for_file(state, uuid, file);
    Ok(())
}

/// Returns the network of a service's destination, if its containers are to be on it.
fn connected(state: &CoolifyState, uuid: &str) -> Result<Option<String>, Reply> {
    let one = state.find(Family::Service, uuid)?;
    let is_connected = is_on(&one.fields, "connect_to_docker_network");
    Ok(is_connected.then(|| state.network_of(one).to_owned()))
}

/// Returns whether Docker can start what Coolify generated of a service: Docker Compose reads its
/// variables and its file.
pub(crate) fn can_start(state: &CoolifyState, uuid: &str) -> Result<bool, Reply> {
    let one = state.find(Family::Service, uuid)?;
    let Kind::Service(stack) = &one.kind else { return Ok(true) };
    let reads_variables =
        env_file::read(&env_file::write(&stack.variables), env_file::HOST).is_some();
    let generated = one.text("docker_compose");
    Ok(reads_variables && docker_compose_checks::is_accepted(generated))
}

/// Applies a service's stored compose file again, as each change and each start does.
pub(crate) fn apply_stored_file(state: &mut CoolifyState, uuid: &str) -> Result<(), Reply> {
    let text = state.find(Family::Service, uuid)?.text("docker_compose_raw").to_owned();
    File::parse(&text).map_or(Ok(()), |file| apply_file(state, uuid, &file))
}

/// Notes the configuration with which a service is started (`Service::isConfigurationChanged`, 4.3.11).
pub(super) fn note_configuration(state: &mut CoolifyState, uuid: &str) {
    let Ok(one) = state.find_mut(Family::Service, uuid) else { return };
    let Kind::Service(stack) = &one.kind else { return };
    let mut text = String::new();
    for container in &stack.containers {
        text.extend([container.image.as_str(), ","]);
        text.extend(container.urls.iter().map(String::as_str));
    }
    text.extend(stack.variables.iter().filter_map(|each| each.fields.get("value")?.as_str()));
    let hash = hex::encode(Md5::digest(text));
    if one.fields.get("config_hash").and_then(Value::as_str) != Some(&hash) {
        one.set("config_hash", hash);
    }
}
