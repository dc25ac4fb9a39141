//! A second opinion on what is sent, written without the product's tables: what a host would lose by.

use serde_json::Value;

/// Keys by which a service reaches out of its container, wherever they stand in it.
const KEYS: [&str; 55] = [
    "privileged",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "cgroup_parent",
    "cap_add",
    "devices",
    "device_cgroup_rules",
    "gpus",
    "runtime",
    "isolation",
    "sysctls",
    "group_add",
    "credential_spec",
    "annotations",
    "storage_opt",
    "blkio_config",
    "cpuset",
    "oom_kill_disable",
    "oom_score_adj",
    "ports",
    "container_name",
    "mac_address",
    "net",
    "external_links",
    "extra_hosts",
    "dns",
    "dns_opt",
    "dns_search",
    "volumes_from",
    "volume_driver",
    "env_file",
    "label_file",
    "use_api_socket",
    "provider",
    "post_start",
    "pre_stop",
    "build",
    "develop",
    "models",
    "extends",
    "bind",
    "file",
    "external",
    "driver_opts",
    "ipam",
    "attachable",
    "name",
    "include",
    "placement",
    "ipv4_address",
    "create_host_path",
    "<<",
];

/// Everything in the tree that should not be there.
pub(crate) fn findings(file: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let top = ["services", "networks", "volumes", "configs", "secrets"];
    for (key, _) in members(file).filter(|(key, _)| !top.contains(key)) {
        found.push(format!("top level {key}"));
    }
    for (name, service) in members(&file["services"]) {
        if name.starts_with("coolify") || !name.is_ascii() {
            found.push(format!("service {name}"));
        }
        check_service(service, file, &mut found);
    }
    for (name, volume) in members(&file["volumes"]).filter(|(_, volume)| !volume.is_null()) {
        found.push(format!("volume {name}: {volume}"));
    }
    for (_, network) in members(&file["networks"]) {
        keys(network, "networks", &mut found);
        if !matches!(network["driver"].as_str(), None | Some("bridge")) {
            found.push("network driver".to_owned());
        }
    }
    for section in ["configs", "secrets"] {
        members(&file[section]).for_each(|(_, file)| keys(file, section, &mut found));
    }
    found
}

fn check_service(service: &Value, file: &Value, found: &mut Vec<String>) {
    let free = ["environment", "labels", "depends_on", "networks"];
    for (key, value) in members(service) {
        if !key.is_ascii() || KEYS.contains(&key) {
            found.push(format!("service key {key}"));
        }
        if !free.contains(&key) {
            keys(value, key, found);
        }
        variables(key, value, found);
    }
    for mount in items(&service["volumes"]) {
        let source = mount.as_str().unwrap_or(mount["source"].as_str().unwrap_or_default());
        let source = source.split(':').next().unwrap();
        let is_memory = mount["type"] == "tmpfs";
        if !is_memory && file["volumes"].get(source).is_none() {
            found.push(format!("mount {mount}"));
        }
    }
    members(&service["networks"]).for_each(|(_, network)| keys(network, "network", found));
    if !matches!(service["network_mode"].as_str(), None | Some("none")) {
        found.push("network_mode".to_owned());
    }
    if items(&service["security_opt"]).any(|option| option != "no-new-privileges:true") {
        found.push("security_opt".to_owned());
    }
    if service["deploy"]["replicas"].as_u64().unwrap_or(1) > 5 {
        found.push("replicas".to_owned());
    }
    if !matches!(service["logging"]["driver"].as_str(), None | Some("json-file" | "local")) {
        found.push("logging".to_owned());
    }
    names(service, found);
}

fn names(service: &Value, found: &mut Vec<String>) {
    for (label, _) in members(&service["labels"]) {
        let lower = label.to_lowercase();
        let starts = ["traefik", "caddy", "coolify", "com.docker"];
        if !label.is_ascii() || starts.iter().any(|start| lower.trim().starts_with(start)) {
            found.push(format!("label {label}"));
        }
    }
    for (name, value) in members(&service["environment"]) {
        let domains = name.starts_with("SERVICE_FQDN_") || name.starts_with("SERVICE_URL_");
        let text = value.as_str().unwrap_or_default();
        let steers = |text: &str| {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word.starts_with("COMPOSE_") || word == "DOCKER_HOST")
        };
        if (domains && !value.is_null()) || steers(name) || (text.contains('$') && steers(text)) {
            found.push(format!("variable {name}"));
        }
        if text.contains("{{") && text.replace(' ', "").contains("{{team.") {
            found.push(format!("shared variable {name}"));
        }
    }
}

/// A `$` where docker compose would make something else of a checked value.
fn variables(key: &str, value: &Value, found: &mut Vec<String>) {
    let taken = ["environment", "command", "entrypoint", "healthcheck", "image", "labels"];
    let mut texts = Vec::new();
    texts_of(value, &mut texts);
    if !taken.contains(&key) && texts.iter().any(|text| text.contains('$')) {
        found.push(format!("variable in {key}"));
    }
    if key == "image" && texts[0].split(':').next().unwrap().contains('$') {
        found.push("variable in an image's name".to_owned());
    }
}

fn texts_of<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Value::Object(members) => members.values().for_each(|member| texts_of(member, texts)),
        _ => {}
    }
}

/// Looks for the keys at any depth.
fn keys(value: &Value, within: &str, found: &mut Vec<String>) {
    for (key, value) in members(value) {
        if KEYS.contains(&key) || !key.is_ascii() {
            found.push(format!("{key} in {within}"));
        }
        keys(value, within, found);
    }
    items(value).for_each(|item| keys(item, within, found));
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
