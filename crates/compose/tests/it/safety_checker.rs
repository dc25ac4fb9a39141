//! An independent check of what is sent: it finds whatever would endanger a host.

use serde_json::Value;

use crate::stored_variables::{StoredVariable, stored_variables};

/// Keys by which a service reaches beyond its container, at any depth.
const KEYS: [&str; 55] = [
    "privileged",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "cgroup_parent",
    "devices",
    "device_cgroup_rules",
    "gpus",
    "runtime",
    "isolation",
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
    "networks",
    "labels",
    "<<",
];

/// Returns everything in the tree that must not be sent.
pub(crate) fn findings(file: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let top = ["services", "volumes", "configs", "secrets"];
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
    for section in ["configs", "secrets"] {
        members(&file[section]).for_each(|(_, file)| keys(file, section, &mut found));
    }
    found
}

fn check_service(service: &Value, file: &Value, found: &mut Vec<String>) {
    let free = ["environment", "depends_on"];
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
    let routed = ["minio/minio", "coollabsio/minio", "svhd/logto", "dxflrs/garage"];
    let image = service["image"].as_str().unwrap().split(':').next().unwrap();
    let is_routed = |name: &&str| image == *name || image.ends_with(&format!(".io/{name}"));
    if routed.iter().any(is_routed) && !image.starts_with("docker.io/") {
        found.push(format!("image {image}, which Coolify routes by variables"));
    }
    let mut capabilities = items(&service["cap_add"]).filter_map(Value::as_str);
    if capabilities.any(|one| one.contains("ADMIN") || one == "ALL" || one.contains("PTRACE")) {
        found.push("cap_add".to_owned());
    }
    if has_empty_list(service) {
        found.push("an empty list, which Coolify turns into a mapping".to_owned());
    }
    if !matches!(service["network_mode"].as_str(), None | Some("none")) {
        found.push("network_mode".to_owned());
    }
    if items(&service["security_opt"]).any(|option| option != "no-new-privileges:true") {
        found.push("security_opt".to_owned());
    }
    if !service["deploy"]["replicas"].is_null() || !service["scale"].is_null() {
        found.push("replicas".to_owned());
    }
    if service["pull_policy"] == "never" || is_on_host(service["image"].as_str().unwrap()) {
        found.push(format!("image {}", service["image"]));
    }
    if !matches!(service["logging"]["driver"].as_str(), None | Some("json-file" | "local")) {
        found.push("logging".to_owned());
    }
    names(service, found);
}

/// Returns whether Docker would look for the image on the host, by an id or by the name of a build.
fn is_on_host(image: &str) -> bool {
    let name = image.split(['@', '$']).next().unwrap();
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    let name = name.split(':').next().unwrap();
    let id = name.len() >= 24 && name.bytes().take(24).all(|b| b.is_ascii_alphanumeric());
    !name.contains('/') && (name.chars().all(|c| c.is_ascii_hexdigit()) || name == "sha256" || id)
}

fn has_empty_list(value: &Value) -> bool {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    members(value).any(|(_, value)| is_empty(value) || has_empty_list(value))
        || items(value).any(has_empty_list)
}

fn names(service: &Value, found: &mut Vec<String>) {
    found.extend(members(&service["labels"]).map(|(label, _)| format!("label {label}")));
    for (name, value) in members(&service["environment"]) {
        let text = value.as_str().unwrap_or_default();
        if (is_of_domains(name) && !value.is_null())
            || steers(name)
            || (value.is_null() && is_of_host(name))
            || (text.contains('$') && words(text).any(steers))
        {
            found.push(format!("variable {name}"));
        }
        if has_scope(text) {
            found.push(format!("shared variable {name}"));
        }
    }
    let entries = members(&service["environment"]);
    let stored = entries
        .flat_map(|(name, value)| stored_variables(name, value.as_str().unwrap_or_default()));
    for StoredVariable { key, value, is_written, .. } in stored {
        let own = &service["environment"][&key];
        let is_lost = own.as_str().is_some_and(|own| !is_variable(own, &key));
        if is_written && is_lost && !key.starts_with("SERVICE_") {
            found.push(format!("variable {key} that Coolify overwrites"));
        }
        let given = value.is_some_and(|value| !value.is_empty());
        if !is_key(key.trim()) || is_of_host(&key) || (given && is_of_domains(key.trim())) {
            found.push(format!("variable {key} that Coolify stores"));
        }
    }
}

/// Returns whether a text is this variable and nothing else, with or without a default.
fn is_variable(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix("${").and_then(|rest| rest.strip_prefix(name)).unwrap_or_default();
    let mut depth = 1;
    let end = rest.char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0
    });
    end.is_some_and(|(at, _)| at + 1 == rest.len()) && rest.starts_with(['}', ':', '-'])
}

/// Returns whether Coolify accepts the key. Since 4.1 it fails over other keys.
fn is_key(key: &str) -> bool {
    key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && key.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn steers(word: &str) -> bool {
    word.starts_with("COMPOSE_") || word == "DOCKER_HOST"
}

/// Returns whether a variable belongs to a session on the host, or configures programs there.
fn is_of_host(name: &str) -> bool {
    let starts =
        ["SSH_", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "XDG_", "COMPOSE_", "BUILDX_"];
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD"].contains(&name)
        || starts.iter().any(|start| name.starts_with(start))
        || ["http_proxy", "https_proxy", "no_proxy"].contains(&name.to_lowercase().as_str())
}

fn is_of_domains(name: &str) -> bool {
    let name = name.to_uppercase();
    name.starts_with("SERVICE_FQDN_") || name.starts_with("SERVICE_URL_")
}

/// Returns whether Coolify finds a shared variable: `/{{(.*?)}}/`, trimmed, by the part before the
/// dot.
fn has_scope(text: &str) -> bool {
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    inner.filter_map(|inner| inner.trim().split_once('.')).any(|(scope, _)| {
        ["team", "project", "environment", "server"].contains(&scope.trim_start_matches('{'))
    })
}

/// Finds a `$` where Docker Compose would change a checked value.
fn variables(key: &str, value: &Value, found: &mut Vec<String>) {
    let supported = ["environment", "command", "entrypoint", "healthcheck"];
    let mut texts = Vec::new();
    texts_of(value, &mut texts);
    if !supported.contains(&key) && texts.iter().any(|text| text.contains('$')) {
        found.push(format!("variable in {key}"));
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

/// Finds the keys at any depth.
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
