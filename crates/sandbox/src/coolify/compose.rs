//! Compose files: just enough of them to know their services, and the domains of compose applications.

use serde_json::{Value, json};

use super::body::Object;
use super::domains;
use super::errors;
use super::resource::Resource;
use crate::wire::Reply;

/// The file that a compose application's repository is taken to hold.
pub(super) const FILE: &str = "services:\n  app:\n    build: .\n";

/// The services of a compose file in block style, with their images; none without `services:`.
pub(super) fn services(file: &str) -> Option<Vec<(String, String)>> {
    let mut lines = file.lines().skip_while(|line| line.trim_end() != "services:");
    lines.next()?;
    let mut found: Vec<(String, String)> = Vec::new();
    let mut margin = None;
    for line in lines.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    {
        let depth = line.len() - line.trim_start().len();
        if depth == 0 {
            break;
        }
        let margin = *margin.get_or_insert(depth);
        let (key, value) = line.trim().split_once(':').unwrap_or((line, ""));
        if depth == margin {
            found.push((key.trim_matches(['"', '\'']).to_owned(), String::new()));
        } else if let ("image", Some((_, image))) = (key, found.last_mut()) {
            value.trim().trim_matches(['"', '\'']).clone_into(image);
        }
    }
    Some(found).filter(|found| !found.is_empty())
}

/// Whether an image looks like a database: such a service can have no URL. SuperTokens' images are
/// named after the database that they use, and are on Coolify's list of those that are none.
pub(super) fn is_database(image: &str) -> bool {
    if image.contains("supertokens/supertokens-") {
        return false;
    }
    let name = image.split([':', '@']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    ["postgres", "mysql", "mariadb", "mongo", "redis", "valkey", "keydb", "clickhouse"]
        .iter()
        .any(|known| name.contains(known))
}

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
    let complaints: Vec<_> = urls.iter().filter_map(|url| domains::complaint(url)).collect();
    if complaints.is_empty() {
        return Ok(urls);
    }
    Err(errors::invalid(json!({ "docker_compose_domains": complaints })))
}

/// Replaces the whole map by those items whose name is a service; none of them, and all stays.
pub(super) fn set_domains(one: &mut Resource, items: &Value) {
    let file = one.text("docker_compose_raw").to_owned();
    let known = services(&file).unwrap_or_default();
    let is_known = |name: &str| file.is_empty() || known.iter().any(|(service, _)| service == name);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_services_and_images() {
        let file = "# x\nservices:\n  web:\n    image: \"nginx:1\"\n    ports:\n      - '80'\n  db:\n    image: postgres:16\nvolumes:\n  data:\n";
        let found = services(file).unwrap();
        assert_eq!(found, [("web".into(), "nginx:1".into()), ("db".into(), "postgres:16".into())]);
        assert!(is_database("ghcr.io/x/postgres:16") && !is_database("nginx:1"));
        assert!(!is_database("registry.supertokens.io/supertokens/supertokens-postgresql"));
        assert_eq!(services("version: 3\n"), None);
    }
}
