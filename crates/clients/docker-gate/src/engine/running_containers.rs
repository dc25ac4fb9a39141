//! The list of all containers of resources that run, reduced to their owners and their states.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::json_body::parse;
use super::{Engine, Trouble, Wait};
use crate::http::{Refusal, query_text};
use crate::resource_names::{Id, PROJECT, SERVICE, uuid_of_container};

/// The label with the name of Coolify's project. Coolify sets it itself (4.0 to 4.3).
const PROJECT_NAME: &str = "coolify.projectName";

const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };

/// An item of the engine's list. The parts from an image may be megabytes, and are not kept.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    created: i64,
    labels: Option<Known>,
}

#[derive(Deserialize)]
struct Known {
    #[serde(default, rename = "com.docker.compose.project")]
    project: Option<String>,
    #[serde(default, rename = "com.docker.compose.service")]
    service: Option<String>,
    #[serde(default, rename = "coolify.projectName")]
    project_name: Option<String>,
}

/// Asks for the containers that run, restart or are paused, and returns those of resources as a JSON text.
pub(crate) fn running(
    engine: &Engine,
    version: &str,
    wait: &mut dyn Wait,
) -> Result<Vec<u8>, Trouble> {
    let filters = json!({ "status": ["running", "restarting", "paused"] }).to_string();
    let query = query_text(&[("all", "true"), ("filters", &filters)]);
    let mut exchange =
        engine.send("GET", &format!("{version}/containers/json{query}"), None, false)?;
    if exchange.head(wait)?.status != 200 {
        return Err(FAILED.into());
    }
    let listed: Vec<Listed> = parse(&mut exchange, wait, 0)?.value;
    let shown: Vec<_> = listed.into_iter().filter_map(shown_container).collect();
    Ok(json!(shown).to_string().into_bytes())
}

/// Returns a container in the engine's form, if its name and its label name the same resource.
fn shown_container(one: Listed) -> Option<serde_json::Value> {
    let id = Id::new(&one.id)?;
    // The others are those that links gave it.
    let own = |name: &&String| name.strip_prefix('/').is_some_and(|name| !name.contains('/'));
    let name = one.names.iter().find(own)?;
    let Known { project, service, project_name } = one.labels?;
    let project = project.filter(|project| Some(project.as_str()) == uuid_of_container(name))?;
    let mut labels = HashMap::from([(PROJECT, project)]);
    let kept = [(PROJECT_NAME, project_name), (SERVICE, service)];
    labels
        .extend(kept.into_iter().filter_map(|(label, value)| Some((label, bounded_text(value?)?))));
    Some(json!({
        "Id": id.as_str(), "Names": [name], "Labels": labels, "Created": one.created,
        "State": bounded_text(one.state).unwrap_or_default(),
        "Status": bounded_text(one.status).unwrap_or_default(),
    }))
}

/// Returns a text if it is not longer than those that the engine and Coolify write.
fn bounded_text(text: String) -> Option<String> {
    (text.len() <= 200).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_containers_of_resources_are_listed_with_only_known_labels() {
        let uuid = "abcdefghijkl012345678901";
        let of = |name: &str, project: &str| {
            let one = json!({
                "Id": "0a".repeat(32), "Names": [name], "Created": 1_700_000_000, "X": [1],
                "State": "running", "Status": "Up 5 minutes (healthy)",
                "Labels": {
                    PROJECT: project, PROJECT_NAME: "vibn-ws-mark", SERVICE: "web", "caddy": "x",
                },
            });
            shown_container(serde_json::from_value(one).unwrap())
        };
        let labels = json!({ PROJECT: uuid, PROJECT_NAME: "vibn-ws-mark", SERVICE: "web" });
        let name = format!("/web-{uuid}");
        let expected = json!({
            "Id": "0a".repeat(32), "Names": [name], "Labels": labels, "Created": 1_700_000_000,
            "State": "running", "Status": "Up 5 minutes (healthy)",
        });
        assert_eq!(of(&name, uuid), Some(expected));
        let deployed = of(&format!("{name}-093045123456"), uuid).unwrap();
        assert_eq!(deployed["Labels"], labels, "a compose app of a repository");
        for (name, project) in [("/coolify-db", uuid), (name.as_str(), "coolify"), ("web", uuid)] {
            assert_eq!(of(name, project), None, "{name} {project}");
        }
    }
}
