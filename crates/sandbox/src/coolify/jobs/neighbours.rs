//! Filling a Coolify with the resources of others.

use serde_json::json;

use super::{databases, services};
use crate::coolify::compose::File;
use crate::coolify::model::{CoolifyState, Kind, Placement, application_columns, flavors, server};
use crate::coolify::neighbours::Neighbours;
use crate::coolify::values::object;

/// The number of projects that the resources are spread over.
const PROJECTS: usize = 200;

/// The compose file of each service.
const FILE: &str = "services:\n  web:\n    image: 'acme/web:1'\n    environment:\n      A: b\n";

/// Adds the resources, none of which runs.
pub(crate) fn plant(state: &mut CoolifyState, neighbours: &Neighbours) {
    let Neighbours { applications, services, databases } = *neighbours;
    if applications + services + databases == 0 {
        return;
    }
    state.has_neighbours = true;
    let places: Vec<_> = (0..PROJECTS).filter_map(|number| place(state, number)).collect();
    let places = || places.iter().copied().cycle();
    for (number, place) in (0..applications).zip(places()) {
        application(state, place, number);
    }
    for (number, place) in (0..services).zip(places()) {
        service(state, place, number);
    }
    for (number, place) in (0..databases).zip(places()) {
        if let Some(flavor) = flavors::find_flavor("postgresql") {
            let body = object(json!({ "name": format!("neighbours-db-{number}") }));
            databases::create(state, place, flavor, &body);
        }
    }
}

fn place(state: &mut CoolifyState, number: usize) -> Option<Placement> {
    let project = state.add_project(&format!("vibn-ws-neighbour-{number}"), None);
    let environment_id = state.project(&project).ok()?.environments.first()?.id;
    Some(Placement { environment_id, destination_id: server::DESTINATION_ID })
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
