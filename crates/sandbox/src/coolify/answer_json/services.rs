//! The containers of services.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::coolify::model::{Container, ObservedState, Resource, Stack};

/// Adds a service's `applications` and `databases`, with their numeric ids, as they were seen last.
///
/// The database returns them in no particular order, which changes with each update (4.3.11).
pub(crate) fn add_containers(body: &mut Value, stack: &Stack, sight: &ObservedState) {
    let status = |one: &Container| match sight.seen {
        Some(_) if sight.stopped.contains(&one.name) => "exited",
        Some(condition) if one.is_in_file && !one.runs_once => {
            one.condition(condition).text(one.has_check)
        }
        _ => "exited",
    };
    let list = |databases| -> Value {
        let containers = stack.containers.iter().filter(|one| one.is_database == databases);
        let mut shown: Vec<_> = containers
            .map(|one| {
                let mut shown = container(one, status(one));
                shown["last_online_at"] = json!(database_text(sight.at));
                shown
            })
            .collect();
        let by = stack.updates.saturating_sub(1) % shown.len().max(1);
        shown.rotate_left(by);
        Value::Array(shown)
    };
    body["applications"] = list(false);
    body["databases"] = list(true);
}

pub(crate) fn container(one: &Container, status: &str) -> Value {
    let fqdn = (!one.urls.is_empty()).then(|| one.urls.join(","));
    let mut body = json!({
        "id": one.id, "uuid": one.uuid, "name": one.name, "human_name": null,
        "description": null, "image": one.image, "status": status,
        "exclude_from_status": one.is_excluded,
    });
    if !one.is_database {
        body["fqdn"] = json!(fqdn);
    }
    body
}

/// Shows a service's applications or databases as their own routes list them: without numeric ids.
pub(crate) fn containers(one: &Resource, stack: &Stack, databases: bool, status: &Value) -> Value {
    let containers = stack.containers.iter().filter(|part| part.is_database == databases);
    let shown = containers.map(|part| list_item(one, part, status));
    shown.collect()
}

fn list_item(one: &Resource, part: &Container, detail: &Value) -> Value {
    let list = detail[if part.is_database { "databases" } else { "applications" }].as_array();
    let found = list.into_iter().flatten().find(|shown| shown["uuid"] == json!(part.uuid));
    let mut body = found.cloned().unwrap_or_else(|| container(part, "exited"));
    if let Value::Object(members) = &mut body {
        members.remove("id");
    }
    if !part.is_database {
        body["service_id"] = json!(one.id);
    }
    body["created_at"] = json!(one.created);
    body["updated_at"] = json!(one.updated);
    body
}

/// Returns a time as the database writes it, which Coolify shows for a column without a cast.
pub(super) fn database_text(at: Timestamp) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    text.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coolify::arranged_outcomes::Condition;

    fn application(image: &str, urls: &[&str], is_in_file: bool) -> Container {
        Container {
            id: 1,
            uuid: "u".to_owned(),
            name: "n".to_owned(),
            image: image.to_owned(),
            is_database: false,
            has_check: false,
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            is_in_file,
            runs_once: false,
            ending: None,
            restarts: true,
            breaks_looks: false,
            is_excluded: false,
            stopped_at: None,
        }
    }

    #[test]
    fn a_container_removed_from_the_compose_file_is_listed_as_exited() {
        let old = application("y", &["https://old.test"], false);
        let stack =
            Stack { containers: vec![application("x:2", &[], true), old], ..Stack::default() };
        let mut body = json!({});
        let at = Timestamp::from_millis(0);
        let mut sight = ObservedState::new();
        sight.update(Some(Condition::Healthy), 0, at);
        add_containers(&mut body, &stack, &sight);
        let list = &body["applications"];
        assert_eq!(
            (&list[0]["image"], &list[0]["status"]),
            (&json!("x:2"), &json!("running:healthy"))
        );
        assert_eq!(
            (&list[1]["fqdn"], &list[1]["status"]),
            (&json!("https://old.test"), &json!("exited"))
        );
    }
}
