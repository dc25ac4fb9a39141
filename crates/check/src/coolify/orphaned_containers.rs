//! The check of what deletions left on the docker hosts: containers of workspaces whose resource Coolify has no longer.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use covibe_config::Config;
use covibe_coolify::{Client, Error};
use covibe_docker_host::{DockerHost, Running, Settings};
use covibe_domain::{ServiceUuid, names};
use covibe_installation::{tenants, upstream_clients};
use covibe_store::Store;

use crate::check_outcome::{Check, passed_check, warned_check};

const NAME: &str = "docker.leftovers";

/// The maximum number of compose apps and auth providers that Coolify is asked for, one by one. It takes 200 calls a
/// minute.
const ASKED: usize = 60;

/// The maximum number of containers that are named.
const NAMED: usize = 20;

/// The names of containers by the uuids of their resources.
type Containers = BTreeMap<String, BTreeSet<String>>;

/// Looks at all docker hosts. `None` where something does not answer that another check is about.
pub(crate) async fn check(config: &Config, store: Option<&Store>) -> Option<Check> {
    let hosts: Vec<_> =
        config.docker.usual.iter().chain(config.docker.of_servers.values()).collect();
    if hosts.is_empty() {
        return None;
    }
    let client = upstream_clients::coolify_client(config.coolify.as_ref()?, None).ok()?;
    let workspaces = tenants::workspaces(config, store?).await.ok()?;
    let slugs: HashSet<_> = workspaces.iter().map(|record| record.slug.as_str()).collect();
    let mut left = of_workspaces(running(&hosts).await?, &slugs);
    // In this order: Coolify has what is created meanwhile.
    let unasked = forget_known(&client, &mut left).await.ok()?;
    if !left.is_empty() {
        // What was being deleted is gone by now.
        let still = of_workspaces(running(&hosts).await?, &slugs);
        left.retain(|uuid, _| still.contains_key(uuid));
    }
    Some(verdict(&left, unasked))
}

/// Returns the containers that Coolify started in the project of a workspace.
fn of_workspaces(running: Vec<Running>, slugs: &HashSet<&str>) -> Containers {
    let is_of_workspace = |one: &Running| {
        let slug = one.project.as_deref().and_then(names::slug_of_project);
        slug.is_some_and(|slug| slugs.contains(slug))
    };
    let mut containers = Containers::new();
    for one in running.into_iter().filter(is_of_workspace) {
        containers.entry(one.uuid).or_default().insert(one.container.name);
    }
    containers
}

/// Returns the running containers of all hosts; `None` if one does not report them.
async fn running(hosts: &[&Settings]) -> Option<Vec<Running>> {
    let mut running = Vec::new();
    for settings in hosts {
        let host = DockerHost::new((*settings).clone()).ok()?;
        running.extend(host.running().await.ok()?);
    }
    Some(running)
}

/// Removes those whose resource Coolify has. Returns the number of resources that were not asked for.
async fn forget_known(client: &Client, containers: &mut Containers) -> Result<usize, Error> {
    if containers.is_empty() {
        return Ok(0);
    }
    for known in client.applications().await? {
        containers.remove(known.uuid.as_str());
    }
    for known in &client.all_databases().await? {
        containers.remove(known.uuid.as_str());
    }
    // The others are compose apps and auth providers, whose whole files are in Coolify's list.
    let others: Vec<_> = containers.keys().cloned().collect();
    for uuid in others.iter().take(ASKED) {
        let Ok(service) = uuid.parse::<ServiceUuid>() else { continue };
        if client.find_service(&service).await?.is_some() {
            containers.remove(uuid);
        }
    }
    let unasked = others.iter().skip(ASKED).filter_map(|uuid| containers.remove(uuid));
    Ok(unasked.count())
}

fn verdict(left: &Containers, unasked: usize) -> Check {
    let rest = match unasked {
        0 => String::new(),
        count => format!("; {count} more resources were not checked"),
    };
    let containers: Vec<_> = left.values().flatten().map(String::as_str).collect();
    if containers.is_empty() {
        return passed_check(NAME, format!("no container of a deleted resource runs{rest}"));
    }
    let first = containers.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let named = match containers.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    };
    warned_check(
        NAME,
        format!(
            "containers are running whose app, auth provider or database no longer exists in \
             Coolify: {named}; remove them on the host with `docker rm --force`{rest}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_twenty_left_containers_are_named() {
        let names = |count: usize| (0..count).map(|number| format!("web{number}-u")).collect();
        let told = |count| verdict(&Containers::from([("u".to_owned(), names(count))]), 0).says;
        assert!(told(1).contains("in Coolify: web0-u; remove"), "{}", told(1));
        assert!(
            verdict(&Containers::new(), 3).says.ends_with("; 3 more resources were not checked")
        );
        assert!(told(25).contains(" and 5 more; remove"), "{}", told(25));
    }
}
