//! The containers on every host with Coolify that belong to no resource: Coolify's own.

use std::collections::BTreeMap;

use covibe_domain::Timestamp;

use super::container::{Container, Mount, ProgramRun};
use crate::coolify::Condition;
use crate::coolify::host_containers::{DatabaseProxy, ProxyPhase};

/// Name, image, Docker Compose's project, volume and where it is mounted.
type Own = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

/// Coolify's own containers.
const OWN: [Own; 6] = [
    ("coolify", "ghcr.io/coollabsio/coolify:4.3.11", "source", None),
    (
        "coolify-db",
        "postgres:15-alpine",
        "source",
        Some(("coolify-db", "/var/lib/postgresql/data")),
    ),
    ("coolify-redis", "redis:7-alpine", "source", Some(("coolify-redis", "/data"))),
    ("coolify-realtime", "ghcr.io/coollabsio/coolify-realtime:1.0.10", "source", None),
    ("coolify-proxy", "traefik:v3.6", "coolify-proxy", None),
    ("coolify-sentinel", "ghcr.io/coollabsio/sentinel:0.0.18", "", None),
];

/// Returns Coolify's own containers, running.
pub(super) fn coolify_containers(now: Timestamp) -> Vec<Container> {
    OWN.iter()
        .map(|(name, image, project, volume)| own_one(now, name, image, project, *volume))
        .collect()
}

fn own_one(
    now: Timestamp,
    name: &str,
    image: &str,
    project: &str,
    volume: Option<(&str, &str)>,
) -> Container {
    let mut one = Container::new(name, image, now);
    let mut label = |name: &str, value: &str| one.labels.insert(name.to_owned(), value.to_owned());
    if !project.is_empty() {
        label("com.docker.compose.project", project);
        label("com.docker.compose.service", name.trim_start_matches("coolify-"));
    }
    label("coolify.managed", "true");
    if name == "coolify-proxy" {
        label("coolify.proxy", "true");
    }
    let mount = |(volume, target): (&str, &str)| Mount {
        volume: volume.to_owned(),
        target: target.to_owned(),
    };
    one.mounts = volume.map(mount).into_iter().collect();
    one.networks = vec!["coolify".to_owned()];
    one.has_check = name != "coolify-proxy";
    one.condition = Condition::Running;
    one.open(now);
    one
}

/// Returns the container through which a public database is reached: of Docker Compose's project `proxy`
/// for all of them, and without Coolify's labels (seen with 4.3.11).
pub(super) fn database_proxy(proxy: &DatabaseProxy, now: Timestamp) -> Container {
    let DatabaseProxy { id, database: uuid, network, .. } = proxy;
    let mut one = Container::new(&format!("{uuid}-proxy"), "nginx:stable-alpine", now);
    one.id.clone_from(id);
    one.labels = BTreeMap::from([
        ("com.docker.compose.project".to_owned(), "proxy".to_owned()),
        ("com.docker.compose.service".to_owned(), format!("{uuid}-proxy")),
    ]);
    one.networks = vec![network.clone()];
    one
}

/// The image of the containers in which Coolify carries out deployments (4.3.11).
const HELPER: &str = "ghcr.io/coollabsio/coolify-helper:1.0.15";

/// Returns the container in which Coolify carries out a deployment: named by its uuid, on the network of the destination,
/// and without labels but those of its image (4.3.11).
pub(super) fn helper(deployment: &str, now: Timestamp) -> Container {
    let mut one = Container::new(deployment, HELPER, now);
    one.networks = vec!["coolify".to_owned()];
    one.open(now);
    one
}

/// Returns whether a container is such a one.
pub(super) fn is_helper(one: &Container) -> bool {
    one.of.is_none() && one.image == HELPER
}

/// Returns whether a container is such a proxy.
pub(super) fn is_database_proxy(one: &Container) -> bool {
    let project = one.labels.get("com.docker.compose.project");
    one.of.is_none() && project.is_some_and(|project| project == "proxy")
}

/// Brings the state of such a proxy up to date.
pub(super) fn run_database_proxy(one: &mut Container, phase: ProxyPhase, now: Timestamp) {
    match phase {
        ProxyPhase::Created => one.condition = Condition::Exited,
        ProxyPhase::Restarting => {
            one.condition = Condition::Restarting;
            if one.lives.is_empty() {
                one.lives.push(ProgramRun { from: now, to: Some((now, 1, false)) });
            }
        }
        ProxyPhase::Running => {
            one.condition = Condition::Running;
            one.open(now);
        }
    }
}
