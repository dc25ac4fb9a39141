//! `/networks`: one of them, creating and removing one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::super::answer_json;
use super::super::errors;
use super::super::model::{Engine, Network};
use crate::coolify::{Model, host_containers};
use crate::core::request_types::{Reply, ReplyResult, Request};

/// The body of a creation.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Create {
    name: String,
    driver: String,
    attachable: bool,
    internal: bool,
    labels: Option<BTreeMap<String, String>>,
}

/// `GET /networks/{name}`.
pub(super) fn inspect(engine: &Engine, name: &str) -> ReplyResult {
    let found = engine.network(name).ok_or_else(|| errors::no_network(name))?;
    Ok(Reply::json(200, answer_json::network::show(engine, found)))
}

/// `DELETE /networks/{name}`: refused while a running container is on it.
pub(super) fn remove(engine: &Engine, coolify: &mut Model, name: &str) -> ReplyResult {
    let found = engine.network(name).ok_or_else(|| errors::no_network(name))?;
    if found.driver != "bridge" {
        let text = format!("{name} is a pre-defined network and cannot be removed");
        return Err(errors::message(403, &text));
    }
    if answer_json::network::has_endpoints(engine, found) {
        let (name, id) = (&found.name, &found.id);
        let text =
            format!("error while removing network: network {name} id {id} has active endpoints");
        return Err(errors::message(403, &text));
    }
    host_containers::remove_network(coolify, &found.name);
    Ok(Reply::empty(204))
}

/// The body that takes a container off a network.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Disconnect {
    container: String,
}

/// `POST /networks/{name}/disconnect`: takes Coolify's proxy off it. Nothing else is taken off by anybody.
pub(super) fn disconnect(
    engine: &Engine,
    coolify: &mut Model,
    request: &Request,
    name: &str,
) -> ReplyResult {
    let parsed = serde_json::from_slice::<Disconnect>(&request.body);
    let asked = parsed.map_err(|_| errors::no_json(&request.body))?;
    let found = engine.network(name).ok_or_else(|| errors::no_network(name))?;
    let one = engine.container(&asked.container)?;
    if !one.networks.contains(&found.name) || one.name != "coolify-proxy" {
        let text = format!("container {} is not connected to network {name}", asked.container);
        return Err(errors::message(500, &text));
    }
    host_containers::disconnect_proxy(coolify, &found.name);
    Ok(Reply::empty(200))
}

/// `POST /networks/create`: destinations of Coolify with this name work from now on.
pub(super) fn create(engine: &mut Engine, coolify: &mut Model, request: &Request) -> ReplyResult {
    let parsed = serde_json::from_slice::<Create>(&request.body);
    let asked = parsed.map_err(|_| errors::no_json(&request.body))?;
    let name = asked.name.trim();
    if name.is_empty() {
        return Err(errors::message(400, "invalid network name: name is empty"));
    }
    if engine.network(name).is_some() {
        let text = format!("network with name {name} already exists");
        return Err(errors::message(409, &text));
    }
    if !matches!(asked.driver.as_str(), "" | "bridge") {
        // The engine has no swarm and no plugins.
        let text = format!(
            "could not find plugin {} in v1 plugin registry: plugin not found",
            asked.driver
        );
        return Err(errors::message(404, &text));
    }
    let now = engine.clock.timestamp_at(engine.clock.now());
    let number = engine.networks.iter().map(|one| one.number).max().unwrap_or(0) + 1;
    let mut network = Network::new(name, now, number);
    (network.is_attachable, network.is_internal) = (asked.attachable, asked.internal);
    network.labels = asked.labels.unwrap_or_default();
    let reply = json!({ "Id": network.id, "Warning": "" });
    engine.networks.push(network);
    host_containers::add_network(coolify, name);
    Ok(Reply::json(201, reply))
}
