//! The services of a stored compose file, which is neither judged nor rewritten: their names, health checks and mounts.

use std::time::Duration;

use crate::describe::database_detection::is_database;
use crate::judge::checks::image::is_routed_by_variables;
use crate::judge::dependencies::longest;
use crate::rewrite::services;
use crate::rewrite_pipeline::read_stored;
use crate::volumes::Layout;
use crate::yaml::{self, Scalar, Value};
use crate::yaml_tree::Tree;

/// Returns the service names of a compose file in their order, or none if it can't be read.
///
/// The file is neither judged nor rewritten.
pub fn compose_services(text: &str) -> Vec<String> {
    listed_services(text).into_iter().map(|service| service.name).collect()
}

/// Returns the services of a compose file with their volumes; `None` if it can't be read.
pub fn layout(text: &str) -> Option<Layout> {
    read_stored(text).map(|file| Layout::from_tree(&file))
}

/// A service of a compose file that Coolify keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedService {
    /// Its name.
    pub name: String,
    /// True if it is to keep running: Docker restarts it when it ends.
    pub runs_on: bool,
    /// True if Coolify takes it for a database.
    pub is_database: bool,
}

/// Returns the services of a compose file in their order, or none if it can't be read.
pub fn listed_services(text: &str) -> Vec<ListedService> {
    let Ok(root) = yaml::read_stored(text) else { return Vec::new() };
    let services = member(&root.value, "services");
    let Some(Value::Map(services)) = services else { return Vec::new() };
    let listed = services.iter().map(|(name, service)| ListedService {
        name: name.clone(),
        runs_on: !restarts_never(&service.value),
        is_database: is_database(&Tree::from(&**service)),
    });
    listed.collect()
}

/// Returns the time after a start until every health check of the file has passed or failed; `None`
/// if the file has none, or can't be read.
pub fn longest_check(text: &str) -> Option<Duration> {
    let file = read_stored(text)?;
    let checks = services(&file).iter().filter_map(|(_, service)| service.get("healthcheck"));
    let seconds = checks.map(longest).reduce(f64::max)?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Returns whether Coolify routes a service of the file by the values of variables, such as
/// `MINIO_SERVER_URL`. A file that can't be read might.
pub fn may_route_by_variables(text: &str) -> bool {
    let Ok(root) = yaml::read_stored(text) else { return true };
    let Some(Value::Map(services)) = member(&root.value, "services") else { return false };
    services.iter().any(|(_, service)| match member(&service.value, "image") {
        Some(Value::Scalar(Scalar::Text(image))) => is_routed_by_variables(image),
        _ => false,
    })
}

/// Returns whether a service of the file mounts something by its path, in which case Coolify may keep
/// the texts of files beside it.
pub fn mounts_paths(text: &str) -> bool {
    let Some(file) = read_stored(text) else { return false };
    let mounts = services(&file).iter().filter_map(|(_, service)| service.get("volumes"));
    mounts.flat_map(Tree::items).any(|mount| match mount {
        Tree::Map(_) => mount.get("type").and_then(Tree::as_str) == Some("bind"),
        _ => mount.as_str().is_some_and(|short| short.starts_with(['.', '/', '~'])),
    })
}

fn member<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(members) = of else { return None };
    members.iter().find(|(key, _)| key == name).map(|(_, node)| &node.value)
}

/// Returns whether a service runs once. Coolify restarts one whose policy is not given.
fn restarts_never(service: &Value) -> bool {
    match member(service, "restart") {
        Some(Value::Scalar(Scalar::Text(policy))) => {
            policy == "no" || policy.starts_with("on-failure")
        }
        Some(Value::Scalar(Scalar::Bool(policy))) => !policy,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_with_restart_no_are_listed_as_running_once() {
        let file = "services:\n  web: {image: x, healthcheck: {test: a}}\n  job: {image: x, restart: \"no\"}\n  \
                    init: {image: x, restart: no}\n  db: {image: x, restart: always}\n";
        let listed = listed_services(file);
        let told: Vec<_> = listed.iter().map(|each| each.runs_on).collect();
        assert_eq!(told, [true, false, false, true]);
    }

    #[test]
    fn services_are_listed_as_databases_if_coolify_takes_them_for_one() {
        let file = "services:\n  web: {image: 'nginx:1'}\n  db: {image: 'postgres:16'}\n  \
                    app: {image: 'redis:7', environment: {A: APP_KEY}, depends_on: {mysql: {}}}\n";
        let listed = listed_services(file);
        let told: Vec<_> = listed.iter().map(|each| each.is_database).collect();
        assert_eq!(told, [false, true, false]);
    }

    #[test]
    fn the_longest_health_check_spans_its_start_period_and_all_retries() {
        let check = "{test: [CMD, x], interval: 5s, timeout: 1s, retries: 2, start_period: 1m}";
        let file = format!("services: {{a: {{image: x, healthcheck: {check}}}, b: {{image: y}}}}");
        assert_eq!(longest_check(&file), Some(Duration::from_secs(72)));
        let file = "services: {a: {image: x, healthcheck: {test: [CMD, x]}}}";
        assert_eq!(longest_check(file), Some(Duration::from_mins(3)));
        assert_eq!(longest_check("services: {a: {image: x}}"), None);
    }

    #[test]
    fn lists_services_in_their_order() {
        let file = "x-base: &base {build: .}\nservices:\n  web: {<<: *base, privileged: true}\n  \
                    \"api\": {image: x}\nvolumes: {db: {}}\n";
        assert_eq!(compose_services(file), ["web", "api"]);
        for odd in ["", "services: []", "services:", "[]", "{", "a: b", "services: {a: *x}"] {
            assert!(compose_services(odd).is_empty(), "{odd}");
        }
    }
}
