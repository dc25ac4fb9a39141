//! `urls` of services: `[{name,url}]`, a comma list for each container.

use serde_json::{Value, json};

use super::body::Object;
use super::resource::{Family, Kind};
use super::state::State;
use super::{domains, errors};
use crate::wire::Reply;

/// Sets the URLs that a body names; an empty one clears. Complaints are a plain array (shape c).
///
/// Where a URL is no URL nothing is set. Otherwise each item is set or complained of in its turn, so
/// that those which are right stay set beside those which are not; and a URL that moves from one
/// container to another has to be cleared before.
pub(super) fn apply(state: &mut State, uuid: &str, body: &Object) -> Result<(), Reply> {
    let Some(items) = body.get("urls").and_then(Value::as_array) else { return Ok(()) };
    let wanted: Vec<_> = items.iter().map(parsed).collect::<Result<_, _>>()?;
    let all: Vec<_> = wanted.iter().flat_map(|(_, urls)| urls.clone()).collect();
    let mut complaints: Vec<_> = all.iter().filter_map(|url| domains::complaint(url)).collect();
    if let Some(twice) = domains::twice(&all, body) {
        complaints.push(format!(
            "The current request contains conflicting URLs across containers: {twice}. Use force_domain_override=true to proceed."
        ));
    }
    if !complaints.is_empty() {
        return Err(errors::invalid(json!(complaints)));
    }
    let mut taken = Ok(());
    for (name, urls) in wanted {
        let Kind::Service(stack) = &state.find(Family::Service, uuid)?.kind else {
            return Err(errors::not_found("Service"));
        };
        let child = stack.children.iter().find(|child| child.name == name && !child.is_database);
        let Some(child) = child.map(|child| child.uuid.clone()) else {
            complaints.push(format!("Service container with '{name}' not found."));
            continue;
        };
        match domains::check_free(state, &urls, Some(&child), body) {
            Ok(()) => set(state, uuid, &child, urls)?,
            Err(conflict) => taken = Err(conflict),
        }
    }
    if complaints.is_empty() { taken } else { Err(errors::invalid(json!(complaints))) }
}

fn set(state: &mut State, uuid: &str, child: &str, urls: Vec<String>) -> Result<(), Reply> {
    if let Kind::Service(stack) = &mut state.find_mut(Family::Service, uuid)?.kind
        && let Some(child) = stack.children.iter_mut().find(|one| one.uuid == child)
    {
        child.urls = urls;
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
