//! `urls` of services: `[{name,url}]`, a comma list for each container.

use serde_json::{Value, json};

use super::body::Object;
use super::resource::{Family, Kind};
use super::services::Child;
use super::state::State;
use super::{domains, errors};
use crate::wire::Reply;

/// Sets the URLs that a body names; an empty one clears. Complaints are a plain array (shape c).
pub(super) fn apply(state: &mut State, uuid: &str, body: &Object) -> Result<(), Reply> {
    let Some(items) = body.get("urls").and_then(Value::as_array) else { return Ok(()) };
    let wanted: Vec<_> = items.iter().map(parsed).collect::<Result<_, _>>()?;
    let Kind::Service(children) = &state.find(Family::Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    let complaints: Vec<_> =
        wanted.iter().flat_map(|(name, urls)| complaints(children, name, urls)).collect();
    if !complaints.is_empty() {
        return Err(errors::invalid(json!(complaints)));
    }
    let all: Vec<_> = wanted.iter().flat_map(|(_, urls)| urls.clone()).collect();
    domains::check_free(state, &all, Some(uuid), body)?;
    if let Kind::Service(children) = &mut state.find_mut(Family::Service, uuid)?.kind {
        for (name, urls) in wanted {
            if let Some(child) = children.iter_mut().find(|child| child.name == name) {
                child.urls = urls;
            }
        }
    }
    Ok(())
}

fn parsed(item: &Value) -> Result<(String, Vec<String>), Reply> {
    let only_known =
        item.as_object().is_some_and(|item| item.keys().all(|key| key == "name" || key == "url"));
    if let Some(name) = item["name"].as_str().filter(|_| only_known) {
        let urls = domains::list(item["url"].as_str().unwrap_or_default());
        Ok((name.to_owned(), urls.iter().map(|url| domains::normal(url)).collect()))
    } else {
        let text =
            "An item in the urls array has invalid fields. Only name and url fields are supported.";
        Err(errors::invalid(json!({ "urls.0": [text] })))
    }
}

fn complaints(children: &[Child], name: &str, urls: &[String]) -> Vec<String> {
    let is_known = children.iter().any(|child| child.name == name && !child.is_database);
    let unknown = (!is_known).then(|| format!("Service container with '{name}' not found."));
    unknown.into_iter().chain(urls.iter().filter_map(|url| domains::complaint(url))).collect()
}
