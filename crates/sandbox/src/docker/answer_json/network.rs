//! Networks.

use serde_json::{Map, Value, json};

use super::super::logs::nanoseconds;
use super::super::model::{Container, Engine, Network};

/// Returns whether a running container is on a network.
pub(in crate::docker) fn has_endpoints(engine: &Engine, one: &Network) -> bool {
    engine.containers.iter().any(|each| is_on(one, each))
}

fn is_on(one: &Network, each: &Container) -> bool {
    let is_up = each.lives.last().is_some_and(|life| life.to.is_none());
    is_up && each.networks.contains(&one.name)
}

/// Shows a network with the containers that run on it.
pub(in crate::docker) fn show(engine: &Engine, one: &Network) -> Value {
    let on_it = |(place, each): (usize, &Container)| {
        is_on(one, each).then(|| {
            let shown = json!({
                "Name": each.name, "EndpointID": each.id, "MacAddress": "",
                "IPv4Address": format!("{}/16", one.address(place)), "IPv6Address": "",
            });
            (each.id.clone(), shown)
        })
    };
    let containers: Map<_, _> = engine.containers.iter().enumerate().filter_map(on_it).collect();
    let subnet = format!("10.{}.0.0/16", one.number % 256);
    let config: Vec<Value> =
        if one.driver == "bridge" { vec![json!({ "Subnet": subnet })] } else { Vec::new() };
    json!({
        "Name": one.name, "Id": one.id, "Created": nanoseconds(one.created, 0), "Scope": "local",
        "Driver": one.driver, "EnableIPv6": false,
        "IPAM": { "Driver": "default", "Options": null, "Config": config },
        "Internal": one.is_internal, "Attachable": one.is_attachable, "Ingress": false,
        "ConfigFrom": { "Network": "" }, "ConfigOnly": false, "Containers": containers, "Options": {},
        "Labels": one.labels,
    })
}
