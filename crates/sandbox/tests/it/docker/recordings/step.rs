//! One recorded call of an engine, and carrying it out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::raw_socket_calls::{self, EngineAnswer};

/// Members whose own members have names that differ from host to host.
const MAPS: [&str; 6] = ["Labels", "Networks", "Containers", "Options", "Details", "Config"];

/// The calls, in their order.
#[derive(Deserialize, Serialize)]
pub(crate) struct Recording {
    /// The engine that answered.
    pub(crate) engine: String,
    pub(crate) steps: Vec<Step>,
}

/// A call and its answer.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Step {
    pub(crate) method: String,
    /// The path, with `{names}` in place of the host's own ids.
    pub(crate) path: String,
    /// The JSON body.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(crate) request: Value,
    /// The name under which the `Id` of the answer is kept for later steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keeps: Option<String>,
    /// The answer of later releases, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since_25: Option<RecordedAnswer>,
    #[serde(flatten)]
    pub(crate) seen: RecordedAnswer,
}

/// The answer of an engine.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct RecordedAnswer {
    pub(crate) status: u16,
    /// The media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
    /// The message of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The output of an execution on each stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) streams: Option<[String; 2]>,
    /// The exit code after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<Value>,
    /// The kinds of JSON at each place of a document, such as `"[].Name": "null|text"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shape: BTreeMap<String, String>,
}

/// The ids of a host, by the names in the recording.
pub(crate) type Names = BTreeMap<String, String>;

impl Step {
    /// Carries the call out on the engine at that socket.
    pub(crate) async fn carry_out(&self, socket: &Path, names: &mut Names) -> RecordedAnswer {
        let path = fill_names(&self.path, names);
        let body = (!self.request.is_null()).then(|| fill_names(&self.request.to_string(), names));
        let answer = raw_socket_calls::call(socket, &self.method, &path, body.as_deref(), "").await;
        let id = (answer.status == 201).then(|| answer.json()["Id"].clone());
        if let (Some(name), Some(Value::String(id))) = (&self.keeps, id) {
            names.insert(name.clone(), id);
        }
        let mut seen = observe(&answer, names);
        let is_start = answer.status == 200 && path.ends_with("/start");
        if is_start {
            let inspected = path.trim_end_matches("start").to_owned() + "json";
            let inspected =
                raw_socket_calls::call(socket, "GET", &inspected, None, "").await.json();
            seen.code = Some(inspected["ExitCode"].clone());
            seen.streams = Some(answer.texts().map(|text| restore_names(&text, names)));
        }
        seen
    }
}

fn observe(answer: &EngineAnswer, names: &Names) -> RecordedAnswer {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let message = (answer.status >= 400).then(|| answer.message());
    let mut shape = BTreeMap::new();
    if message.is_none() && !json.is_null() {
        add(&json, "", &mut shape);
    }
    let joined = |kinds: BTreeSet<&str>| kinds.into_iter().collect::<Vec<_>>().join("|");
    let shape = shape.into_iter().map(|(place, kinds)| (place, joined(kinds))).collect();
    RecordedAnswer {
        status: answer.status,
        kind: answer.header("content-type").map(str::to_owned),
        message: message.map(|text| restore_names(&text, names)),
        shape,
        ..RecordedAnswer::default()
    }
}

fn fill_names(text: &str, names: &Names) -> String {
    let replace = |text: String, (name, value): (&String, &String)| {
        text.replace(&format!("{{{name}}}"), value)
    };
    names.iter().fold(text.to_owned(), replace)
}

fn restore_names(text: &str, names: &Names) -> String {
    let replace = |text: String, (name, value): (&String, &String)| {
        text.replace(value, &format!("{{{name}}}"))
    };
    names.iter().fold(text.to_owned(), replace)
}

fn add(value: &Value, place: &str, shape: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let name = if place.is_empty() { "." } else { place };
    shape.entry(name.to_owned()).or_default().insert(kind(value));
    match value {
        Value::Object(members) => {
            let last = place.rsplit('.').next().unwrap_or_default();
            for (name, value) in members {
                // The `Config` of a container has fixed members, that of a log driver has not.
                let is_map =
                    MAPS.contains(&last) && !place.ends_with("].Config") && place != ".Config";
                let name = if is_map { "*" } else { name };
                add(value, &format!("{place}.{name}"), shape);
            }
        }
        Value::Array(items) => {
            for item in items {
                add(item, &format!("{place}[]"), shape);
            }
        }
        _ => {}
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
