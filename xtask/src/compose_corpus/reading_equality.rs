//! Docker Compose's reading of what is sent, compared with its reading of the file.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::judging_programs::{JudgedFile, Readings, Verdict};

/// The members of a service that are not rewritten on purpose.
const MEMBERS: [&str; 29] = [
    "cap_add",
    "cap_drop",
    "command",
    "cpu_shares",
    "cpus",
    "depends_on",
    "entrypoint",
    "environment",
    "healthcheck",
    "image",
    "init",
    "logging",
    "mem_reservation",
    "memswap_limit",
    "network_mode",
    "read_only",
    "restart",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "volumes",
    "working_dir",
];

/// A comparison of both readings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Docker Compose does not take the file as it was given.
    NotGiven(String),
    /// Docker Compose does not take what is sent.
    NotTaken(String),
    Equal,
    /// The members that differ are reported in `changes`.
    Told,
    /// These members differ, and nothing says so.
    Untold(Vec<String>),
}

impl Reading {
    pub(super) fn is_equal(&self) -> bool {
        matches!(self, Self::Equal | Self::Told)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGiven(why) => write!(f, "Docker Compose refuses the file: {why}"),
            Self::NotTaken(why) => write!(f, "Docker Compose refuses the sent file: {why}"),
            Self::Equal => f.write_str("equal"),
            Self::Told => f.write_str("differs, and the answer reports it"),
            Self::Untold(members) => write!(f, "differs untold: {}", members.join(", ")),
        }
    }
}

/// Returns how both readings of an accepted file differ; `None` for a file that is refused.
pub(super) fn reading(name: &str, one: &JudgedFile, readings: &Readings) -> Option<Reading> {
    let Verdict::Accepted { changes, .. } = &one.verdict else { return None };
    let (given, sent) = (readings.given.get(name)?, readings.sent.get(name)?);
    if let Some(why) = &sent.error {
        return Some(Reading::NotTaken(why.clone()));
    }
    if let Some(why) = &given.error {
        return Some(Reading::NotGiven(why.clone()));
    }
    let differing = differences(&given.model, &sent.model);
    let is_told = |path: &String| {
        let is_it = |told: &str| told.starts_with(path.as_str()) || path.starts_with(told);
        changes.iter().any(|[told, ..]| is_it(told))
    };
    let (told, untold): (Vec<_>, Vec<_>) = differing.into_iter().partition(is_told);
    Some(match (told.is_empty(), untold.is_empty()) {
        (true, true) => Reading::Equal,
        (false, true) => Reading::Told,
        _ => Reading::Untold(untold),
    })
}

/// Returns the members of services that differ in two models, such as `services.web.environment`.
fn differences(given: &Value, sent: &Value) -> Vec<String> {
    let (given, sent) = (services(given), services(sent));
    let mut differing = Vec::new();
    for (name, service) in &sent {
        let Some(other) = given.get(name) else {
            differing.push(format!("services.{name}"));
            continue;
        };
        let differs = |key: &&&str| member(service, key) != member(other, key);
        differing
            .extend(MEMBERS.iter().filter(differs).map(|key| format!("services.{name}.{key}")));
    }
    differing.extend(
        given
            .keys()
            .filter(|name| !sent.contains_key(*name))
            .map(|name| format!("services.{name}")),
    );
    differing
}

fn services(model: &Value) -> BTreeMap<String, Value> {
    let services = model["services"].as_object();
    services.into_iter().flatten().map(|(name, one)| (name.clone(), one.clone())).collect()
}

/// Returns a member in the form in which both readings have it.
fn member(service: &Value, key: &str) -> Value {
    let value = &service[key];
    match key {
        "image" => json!(image(value.as_str().unwrap_or_default())),
        "volumes" => mounts(value),
        "depends_on" => depends(value),
        "restart" => restart(service),
        "cap_add" | "cap_drop" => json!(value.to_string().to_ascii_uppercase()),
        "security_opt" => json!(value.is_array()),
        _ if is_empty(value) => Value::Null,
        _ => value.clone(),
    }
}

/// Returns the condition on which a service restarts, which may be in `deploy`. Coolify gives a service without one
/// `unless-stopped`, so `no` is written out.
fn restart(service: &Value) -> Value {
    let of_deploy = &service["deploy"]["restart_policy"]["condition"];
    let condition = of_deploy.as_str().or(service["restart"].as_str());
    json!(condition.filter(|condition| !matches!(*condition, "no" | "none")))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
        || value == &json!(false)
}

/// Returns an image without the names of the Hub's registry and of the usual port.
fn image(reference: &str) -> String {
    let reference = reference.replacen(":443/", "/", 1);
    let name = reference.strip_prefix("docker.io/").unwrap_or(&reference);
    name.strip_prefix("library/").unwrap_or(name).to_owned()
}

/// Returns the targets of mounts, each with whether it is read-only. The sources become volumes on purpose.
fn mounts(value: &Value) -> Value {
    let items = value.as_array().into_iter().flatten();
    let clock = ["/etc/localtime", "/etc/timezone"];
    let mut mounts: Vec<_> = items
        .map(|mount| {
            (
                mount["target"].as_str().unwrap_or_default().trim_end_matches('/'),
                mount["read_only"] == true,
            )
        })
        .filter(|(target, _)| !clock.contains(target))
        .collect();
    mounts.sort_unstable();
    json!(mounts)
}

/// Returns the dependencies with their conditions, without those that come from links.
fn depends(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    let awaited = members.filter(|(_, options)| options["restart"] != true);
    json!(awaited.map(|(name, options)| (name, &options["condition"])).collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(service: &Value) -> Value {
        json!({ "services": { "web": service } })
    }

    #[test]
    fn intended_rewrites_are_not_reported_as_differences() {
        let given = json!({ "image": "nginx", "restart": "no", "cap_drop": ["all"], "tty": false, "hostname": "a",
            "volumes": [{ "type": "bind", "source": "/x/data", "target": "/data/" }] });
        let sent = json!({ "image": "docker.io/library/nginx", "cap_drop": ["ALL"], "command": [],
            "volumes": [{ "type": "volume", "source": "data", "target": "/data" }] });
        assert_eq!(differences(&model(&given), &model(&sent)), [""; 0]);
        let other = json!({ "image": "nginx:2", "volumes": [], "environment": { "A": "b" } });
        let found = differences(&model(&given), &model(&other));
        let expected = ["cap_drop", "environment", "image", "volumes"]
            .map(|key| format!("services.web.{key}"));
        assert_eq!(found, expected);
        assert_eq!(differences(&model(&given), &json!({ "services": {} })), ["services.web"]);
    }
}
