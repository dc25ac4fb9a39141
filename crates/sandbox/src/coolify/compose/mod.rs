//! Compose files, and the domains of the applications that are made of one.

use serde_json::{Value, json};

use super::body::Object;
use super::domains;
use super::errors;
use super::resource::Resource;
use crate::wire::Reply;

mod database;
mod dump;
mod file;
mod yaml;

pub(super) use file::{File, Service, Unusable};

/// The file that a compose application's repository is taken to hold where it can't be asked.
pub(super) const FILE: &str = "services:\n  app:\n    build: .\n";

/// Refuses `domains` on a compose application, and compose domains before the file is loaded.
pub(super) fn check_domains(
    body: &Object,
    build_pack: &str,
    loaded: Option<&Resource>,
) -> Result<(), Reply> {
    if build_pack == "dockercompose" && body.contains_key("domains") {
        let text = "The domains field cannot be used for dockercompose applications. Use docker_compose_domains instead to set domains for individual services.";
        return Err(errors::invalid_field("domains", text));
    }
    let has_domains = body.get("docker_compose_domains").is_some_and(|domains| !domains.is_null());
    if has_domains && loaded.is_some_and(|one| one.text("docker_compose_raw").is_empty()) {
        let text = "Cannot set docker_compose_domains without docker_compose_raw. Reload the compose file from the git repository first.";
        return Err(errors::invalid_field("docker_compose_domains", text));
    }
    Ok(())
}

/// The URLs of a body's compose domains; complaints are an object of field to texts.
pub(super) fn urls(body: &Object) -> Result<Vec<String>, Reply> {
    let items = body.get("docker_compose_domains").and_then(Value::as_array);
    let urls: Vec<_> = items
        .into_iter()
        .flatten()
        .filter_map(|item| item["domain"].as_str())
        .flat_map(domains::list)
        .collect();
    let mut complaints: Vec<_> = urls.iter().filter_map(|url| domains::complaint(url)).collect();
    if let Some(twice) = domains::twice(&urls, body) {
        complaints.push(format!(
            "The current request contains conflicting URLs: {twice} Use force_domain_override=true to proceed."
        ));
    }
    if complaints.is_empty() {
        return Ok(urls);
    }
    Err(errors::invalid(json!({ "docker_compose_domains": complaints })))
}

/// Replaces the whole map by those items whose name is a service; none of them, and all stays.
pub(super) fn set_domains(one: &mut Resource, items: &Value) {
    let file = one.text("docker_compose_raw").to_owned();
    let known = File::read(&file).map(|file| file.services).unwrap_or_default();
    let is_known = |name: &str| file.is_empty() || known.iter().any(|service| service.name == name);
    let map: Object = items
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| {
            Some((item["name"].as_str()?, item["domain"].as_str().unwrap_or_default()))
        })
        .filter(|(name, _)| is_known(name))
        .map(|(name, domain)| (name.to_owned(), json!({ "domain": domain })))
        .collect();
    if !map.is_empty() {
        one.set("docker_compose_domains", map);
    }
}
