//! `urls` of a service: `[{name,url}]`, with a comma-separated list for each container.

use serde_json::{Value, json};

use crate::coolify::errors;
use crate::coolify::json_values::Object;
use crate::coolify::model::{Container, CoolifyState, Family, Kind, normalise_url, split_urls};
use crate::coolify::rules::domains;
use crate::core::request_types::Reply;

/// Sets the URLs that a body names; an empty one clears. Complaints are a plain array (shape c).
///
/// If any URL is malformed, none is set. Otherwise each item is set or refused in its turn, so valid
/// items take effect beside refused ones, and a URL that moves between containers has to be cleared
/// first. Only `parts` can get one: a PATCH reads the parts before it parses the file, so that a part which
/// the file adds, or any part of a creation that broke off, needs a second PATCH (seen with 4.3.11).
pub(super) fn apply(
    state: &mut CoolifyState,
    uuid: &str,
    body: &Object,
    parts: &[String],
) -> Result<(), Reply> {
    let Some(items) = body.get("urls").and_then(Value::as_array) else { return Ok(()) };
    let wanted: Vec<_> = items.iter().map(parse).collect::<Result<_, _>>()?;
    check(&wanted, body)?;
    let (mut complaints, mut conflict) = (Vec::new(), None);
    for (name, urls) in wanted {
        let is_it = |one: &&mut Container| {
            one.name == name && !one.is_database && parts.contains(&one.name)
        };
        let Some(container) = containers(state, uuid)?.iter_mut().find(is_it) else {
            complaints.push(format!("Service container with '{name}' not found."));
            continue;
        };
        let container_uuid = container.uuid.clone();
        match domains::check_free(state, &urls, Some(&container_uuid), body) {
            Ok(()) => {
                if let Some(container) = containers(state, uuid)?.iter_mut().find(is_it) {
                    container.urls = urls;
                }
            }
            Err(refusal) => conflict = Some(refusal),
        }
    }
    if !complaints.is_empty() {
        return Err(errors::invalid(json!(complaints)));
    }
    conflict.map_or(Ok(()), Err)
}

/// Returns the names of the parts that a service has.
pub(super) fn parts(state: &mut CoolifyState, uuid: &str) -> Result<Vec<String>, Reply> {
    Ok(containers(state, uuid)?.iter().map(|container| container.name.clone()).collect())
}

fn parse(item: &Value) -> Result<(String, Vec<String>), Reply> {
    let only_known =
        item.as_object().is_some_and(|item| item.keys().all(|key| key == "name" || key == "url"));
    if let Some(name) = item["name"].as_str().filter(|_| only_known) {
        let urls = split_urls(item["url"].as_str().unwrap_or_default());
        Ok((name.to_owned(), urls.iter().map(|url| normalise_url(url)).collect()))
    } else {
        let text =
            "An item in the urls array has invalid fields. Only name and url fields are supported.";
        Err(errors::invalid(json!({ "urls.0": [text] })))
    }
}

/// Refuses malformed URLs, and one that the request names twice.
fn check(wanted: &[(String, Vec<String>)], body: &Object) -> Result<(), Reply> {
    let all: Vec<_> = wanted.iter().flat_map(|(_, urls)| urls.clone()).collect();
    let mut complaints: Vec<_> = all.iter().filter_map(|url| domains::complaint(url)).collect();
    if let Some(duplicates) = domains::duplicates(&all, body) {
        complaints.push(format!(
            "The current request contains conflicting URLs across containers: {duplicates}. Use force_domain_override=true to proceed."
        ));
    }
    if complaints.is_empty() { Ok(()) } else { Err(errors::invalid(json!(complaints))) }
}

fn containers<'a>(state: &'a mut CoolifyState, uuid: &str) -> Result<&'a mut [Container], Reply> {
    match &mut state.find_mut(Family::Service, uuid)?.kind {
        Kind::Service(stack) => Ok(&mut stack.containers),
        _ => Err(errors::not_found("Service")),
    }
}
