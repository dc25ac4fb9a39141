//! Answers that are reduced to a part before the client gets them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::resource_names::{Id, is_volume};

/// Returns the engine's version without anything else about the host.
pub(crate) fn version(text: &[u8]) -> Option<Vec<u8>> {
    let mut told: Map<String, Value> = serde_json::from_slice(text).ok()?;
    told.retain(|name, _| matches!(name.as_str(), "Version" | "ApiVersion" | "MinAPIVersion"));
    serde_json::to_vec(&told).ok()
}

/// Returns the volumes of resources with their sizes. From version 1.52 of the API they are below
/// `VolumeUsage`.
pub(crate) fn volumes(text: &[u8]) -> Option<Vec<u8>> {
    let mut told: Map<String, Value> = serde_json::from_slice(text).ok()?;
    let mut reduced = Map::new();
    if let Some(mut list) = told.remove("Volumes") {
        keep_resource_volumes(&mut list);
        reduced.insert("Volumes".to_owned(), list);
    }
    if let Some(mut list) =
        told.get_mut("VolumeUsage").and_then(|usage| usage.get_mut("Items")).map(Value::take)
    {
        keep_resource_volumes(&mut list);
        reduced.insert("VolumeUsage".to_owned(), serde_json::json!({ "Items": list }));
    }
    serde_json::to_vec(&reduced).ok()
}

fn keep_resource_volumes(list: &mut Value) {
    let is_resources = |volume: &Value| volume["Name"].as_str().is_some_and(is_volume);
    match list {
        Value::Array(volumes) => volumes.retain(is_resources),
        other => *other = Value::Null,
    }
}

/// Returns the id of a command that the engine says it created.
pub(crate) fn created(text: &[u8]) -> Option<Id> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Created {
        id: String,
    }
    let created: Created = serde_json::from_slice(text).ok()?;
    Id::new(&created.id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reduce_json(text: &str, reduce: fn(&[u8]) -> Option<Vec<u8>>) -> Value {
        serde_json::from_slice(&reduce(text.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_version_answer_is_reduced_to_the_versions_of_engine_and_api() {
        let text =
            r#"{"Version":"28.5","ApiVersion":"1.51","KernelVersion":"6.1","Components":[]}"#;
        assert_eq!(reduce_json(text, version), json!({ "ApiVersion": "1.51", "Version": "28.5" }));
        assert_eq!(version(b"[]"), None);
    }

    #[test]
    fn a_disk_usage_answer_is_reduced_to_the_volumes_of_resources() {
        let uuid = "abcdefghijkl012345678901";
        let text = format!(
            r#"{{"Images":[1],"Volumes":[{{"Name":"coolify-db"}},{{"Name":"{uuid}_data","UsageData":{{"Size":7}}}},{{}},3]}}"#
        );
        let volume = json!({ "Name": format!("{uuid}_data"), "UsageData": { "Size": 7 } });
        assert_eq!(reduce_json(&text, volumes), json!({ "Volumes": [volume] }));
        let text = format!(
            r#"{{"VolumeUsage":{{"TotalSize":9,"Items":[{{"Name":"x"}},{{"Name":"{uuid}"}}]}}}}"#
        );
        let kept = json!({ "VolumeUsage": { "Items": [{ "Name": uuid }] } });
        assert_eq!(reduce_json(&text, volumes), kept);
        let none = r#"{"Volumes":null,"Containers":[1]}"#;
        assert_eq!(reduce_json(none, volumes), json!({ "Volumes": null }));
    }
}
