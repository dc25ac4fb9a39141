//! What is not wrong with a file and yet worth a word.

use covibe_domain::variables::is_domain_variable;

use super::database;
use crate::canonical::Plain;
use crate::judge::checks::image;
use crate::judge::table;
use crate::model::ComposeService;
use crate::yaml::{Raw, Value};

/// How many services a hint names.
const NAMED: usize = 10;

/// The hints of a file, one of each kind.
pub(crate) fn hints(raw: &Raw, file: &Plain, services: &[ComposeService]) -> Vec<String> {
    let plain = |name: &str| file.get("services").and_then(|services| services.get(name));
    let which = |test: &dyn Fn(&ComposeService, &Plain) -> bool| {
        let named = services.iter().filter(|one| plain(&one.name).is_some_and(|p| test(one, p)));
        named.map(|service| service.name.as_str()).collect::<Vec<_>>()
    };
    let unhurried = which(&|one, plain| {
        let health = plain.get("healthcheck");
        one.has_healthcheck && health.is_some_and(|health| health.get("start_period").is_none())
    });
    let floating = which(&|one, _| database::is_image(&one.image) && floats(&one.image));
    let portless = which(&|one, _| {
        one.ports.is_empty() && !one.is_database && !database::is_image(&one.image)
    });
    let policy =
        which(&|_, plain| plain.get("restart").is_none() && restart_policy(plain).is_none());
    let domains = which(&|_, plain| {
        let environment = plain.get("environment").map(Plain::members).unwrap_or_default();
        environment.iter().any(|(name, _)| is_domain_variable(name))
    });
    let kinds = [
        (
            unhurried,
            "healthcheck without start_period: give it 120s to 600s where the first start runs migrations",
        ),
        (
            floating,
            "database image without a fixed tag: a later pull may bring a version that can't read the data",
        ),
        (
            portless,
            "no expose: list the port that the service listens on, where a domain is to reach it",
        ),
        (policy, "no restart policy: it is restarted unless stopped"),
        (
            domains,
            "SERVICE_FQDN_* and SERVICE_URL_* get their values from the domains that are assigned",
        ),
        (
            internal(file),
            "an internal network keeps nobody in: services are on the app's own network too, and reach the internet by it",
        ),
    ];
    let told = kinds.into_iter().filter(|(names, _)| !names.is_empty());
    told.map(|(names, text)| format!("{}: {text}.", listed(&names))).chain(dropped(raw)).collect()
}

/// The networks that are to have no way out.
fn internal(file: &Plain) -> Vec<&str> {
    let declared = file.get("networks").map(Plain::members).unwrap_or_default();
    let internal = declared.iter().filter(|(_, it)| it.get("internal") == Some(&Plain::Bool(true)));
    internal.map(|(name, _)| name.as_str()).collect()
}

fn restart_policy(service: &Plain) -> Option<&Plain> {
    service.get("deploy")?.get("restart_policy")
}

fn floats(text: &str) -> bool {
    image::split(text).1.is_none_or(|version| version == ":latest")
}

fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What was left out of what is sent.
fn dropped(raw: &Raw) -> Option<String> {
    let Value::Map(entries) = &raw.value else { return None };
    let is_dropped = |key: &str| key == "version" || table::is_extension(key);
    let keys: Vec<_> =
        entries.iter().map(|(key, _)| key.as_str()).filter(|key| is_dropped(key)).collect();
    (!keys.is_empty()).then(|| format!("{}: left out, for it has no effect.", listed(&keys)))
}
