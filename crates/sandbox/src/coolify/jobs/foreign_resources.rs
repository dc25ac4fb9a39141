//! Filling a Coolify with the resources of others.

use covibe_domain::names;
use serde_json::json;

use super::{databases, services};
use crate::coolify::Neighbours;
use crate::coolify::compose::File;
use crate::coolify::json_values::{object, random_uuid};
use crate::coolify::model::{
    CoolifyState, DESTINATION_ID, Destination, Kind, Placement, PrivateKey, application_columns,
    find_flavor,
};
use crate::core::clock::timestamp;

/// The fewest projects that the resources are spread over.
const PROJECTS: usize = 200;

/// The compose file of each service.
const FILE: &str = "services:\n  web:\n    image: 'acme/web:1'\n    environment:\n      A: b\n";

/// Adds the resources, none of which runs.
pub(crate) fn plant(state: &mut CoolifyState, neighbours: &Neighbours) {
    let Neighbours { applications, services, databases, workspaces } = *neighbours;
    if applications + services + databases + workspaces == 0 {
        return;
    }
    state.has_neighbours = true;
    let projects = 0..PROJECTS.max(workspaces);
    let places: Vec<_> = projects.filter_map(|number| place(state, number, workspaces)).collect();
    let places = || places.iter().copied().cycle();
    for (number, place) in (0..applications).zip(places()) {
        application(state, place, number);
    }
    for (number, place) in (0..services).zip(places()) {
        service(state, place, number);
    }
    for (number, place) in (0..databases).zip(places()) {
        if let Some(flavor) = find_flavor("postgresql") {
            let body = object(json!({ "name": format!("neighbours-db-{number}") }));
            databases::create(state, place, flavor, &body);
        }
    }
}

/// Adds a project. The first ones are workspaces'.
fn place(state: &mut CoolifyState, number: usize, workspaces: usize) -> Option<Placement> {
    let name = format!("vibn-ws-neighbour-{number}");
    let project = state.add_project(&name, None);
    let environment_id = state.projects.last()?.environments.first()?.id;
    let mut destination_id = DESTINATION_ID;
    if number < workspaces {
        let key = private_key(state.next_id(), name.clone());
        state.keys.push(key);
        let network = names::workspace_network(&project.parse().ok()?);
        destination_id = state.next_id();
        state.destinations.push(Destination::new(destination_id, &name, &network, true));
        state.networks.push(network);
    }
    Some(Placement { environment_id, destination_id })
}

/// Returns a key as long as a real one, which opens nothing.
fn private_key(id: i64, name: String) -> PrivateKey {
    PrivateKey {
        id,
        uuid: random_uuid(),
        description: Some(format!("co-vibe of a neighbour {name}")),
        name,
        secret: "-----BEGIN OPENSSH PRIVATE KEY-----\n".repeat(11),
        public: format!("ssh-ed25519 {}", "A".repeat(68)),
        fingerprint: format!("neighbour-{id}"),
        created: timestamp(),
    }
}

fn application(state: &mut CoolifyState, place: Placement, number: usize) {
    let mut fields = application_columns::defaults();
    fields.extend(object(json!({
        "name": format!("neighbours-app-{number}"),
        "fqdn": format!("https://app-{number}.neighbours.vibnai.com"),
        "docker_registry_image_name": "nginx", "docker_registry_image_tag": "1.27",
        "build_pack": "dockerimage", "ports_exposes": "80",
    })));
    state.add(place, fields, Kind::Application(Vec::new()));
}

fn service(state: &mut CoolifyState, place: Placement, number: usize) {
    let body = object(json!({ "name": format!("neighbours-service-{number}") }));
    if let Ok(file) = File::parse(FILE) {
        // The file is known to be valid.
        let _ = services::create_from_file(state, place, &file, &body);
    }
}
