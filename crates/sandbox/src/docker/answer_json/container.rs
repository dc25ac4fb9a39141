//! Containers in lists.

use serde_json::{Map, Value, json};

use super::super::model::{Container, Engine, Mount};
use super::status;

/// Shows a container in a list.
pub(in crate::docker) fn show(engine: &Engine, place: usize, one: &Container) -> Value {
    let now = engine.clock.timestamp_at(engine.clock.now()).as_millis();
    let mut in_list = networks(engine, place, one);
    // Lists have no aliases (20.10).
    in_list.values_mut().for_each(|network| network["Aliases"] = Value::Null);
    json!({
        "Id": one.id, "Names": [format!("/{}", one.name)], "Image": one.image,
        "ImageID": one.image_id(), "Command": one.program().command.join(" "),
        "Created": one.created.as_millis() / 1_000, "Ports": [], "Labels": one.all_labels(),
        "State": one.phase().text(), "Status": status::text(one, now),
        "HostConfig": { "NetworkMode": mode(one) },
        "NetworkSettings": { "Networks": in_list },
        "Mounts": one.mounts.iter().map(mount).collect::<Vec<_>>(),
    })
}

/// Shows a mount of a volume.
pub(super) fn mount(mount: &Mount) -> Value {
    let name = &mount.volume;
    json!({
        "Type": "volume", "Name": name, "Source": format!("/var/lib/docker/volumes/{name}/_data"),
        "Destination": mount.target, "Driver": "local", "Mode": "z", "RW": true, "Propagation": "",
    })
}

/// Shows how a container is connected to its networks.
pub(super) fn networks(engine: &Engine, place: usize, one: &Container) -> Map<String, Value> {
    // Docker Compose adds the service's name (2.40).
    let service = one.labels.get("com.docker.compose.service").filter(|it| **it != one.name);
    let aliases: Vec<_> = std::iter::once(&one.name).chain(service).collect();
    let show = |name: &String| {
        let network = engine.network(name)?;
        let is_up = one.lives.last().is_some_and(|life| life.to.is_none());
        let address = if is_up { network.address(place) } else { String::new() };
        let endpoint = if is_up { one.id.as_str() } else { "" };
        let shown = json!({
            "Links": null, "Aliases": aliases, "NetworkID": network.id, "EndpointID": endpoint,
            "Gateway": "", "IPAddress": address, "IPPrefixLen": if is_up { 16 } else { 0 },
            "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "MacAddress": "",
            "DriverOpts": null,
        });
        Some((name.clone(), shown))
    };
    one.networks.iter().filter_map(show).collect()
}

pub(super) fn mode(one: &Container) -> &str {
    one.networks.first().map_or("none", String::as_str)
}
