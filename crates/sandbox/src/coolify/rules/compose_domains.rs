//! The domains of compose applications: one entry for each service of the file.

use serde_json::{Value, json};

use super::domains;
use crate::coolify::compose::File;
use crate::coolify::errors;
use crate::coolify::model::{Resource, split_urls};
use crate::coolify::values::Object;
use crate::core::wire::Reply;

/// Refuses `domains` on a compose application, and compose domains before its file is loaded.
pub(crate) fn check(
    body: &Object,
    build_pack: &str,
    existing: Option<&Resource>,
) -> Result<(), Reply> {
    if build_pack == "dockercompose" && body.contains_key("domains") {
        let text = "The domains field cannot be used for dockercompose applications. Use docker_compose_domains instead to set domains for individual services.";
        return Err(errors::invalid_field("domains", text));
    }
    let has_domains = body.get("docker_compose_domains").is_some_and(|domains| !domains.is_null());
    if has_domains && existing.is_some_and(|one| one.text("docker_compose_raw").is_empty()) {
        let text = "Cannot set docker_compose_domains without docker_compose_raw. Reload the compose file from the git repository first.";
        return Err(errors::invalid_field("docker_compose_domains", text));
    }
    Ok(())
}

/// Returns the URLs of a body's compose domains; complaints are an object of field to texts.
pub(crate) fn urls(body: &Object) -> Result<Vec<String>, Reply> {
    let items = body.get("docker_compose_domains").and_then(Value::as_array);
    let urls: Vec<_> = items
        .into_iter()
        .flatten()
        .filter_map(|item| item["domain"].as_str())
        .flat_map(split_urls)
        .collect();
    let mut complaints: Vec<_> = urls.iter().filter_map(|url| domains::complaint(url)).collect();
    if let Some(duplicates) = domains::duplicates(&urls, body) {
        complaints.push(format!(
            "The current request contains conflicting URLs: {duplicates} Use force_domain_override=true to proceed."
        ));
    }
    if complaints.is_empty() {
        return Ok(urls);
    }
    Err(errors::invalid(json!({ "docker_compose_domains": complaints })))
}

/// Replaces the whole map by the items that name a service of the file, if there are any.
pub(crate) fn set(one: &mut Resource, items: &Value) {
    let file = one.text("docker_compose_raw").to_owned();
    let known = File::parse(&file).map(|file| file.services).unwrap_or_default();
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
