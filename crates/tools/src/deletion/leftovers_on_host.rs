//! The remains of a deleted resource on its docker host: looked for, removed, and looked for again.

use std::collections::BTreeSet;

use covibe_coolify::Volumes;
use covibe_domain::Failure;
use covibe_workspace::{DatabaseProxy, Inventory, Network, OnHost};

use crate::container_access::stop_all;

/// The advice on remains.
const REPEAT: &str =
    "Repeat the same call: it removes what is left, unless somebody else's container uses it.";

/// The remains before and after they were removed.
#[derive(Debug, Default)]
pub(super) struct Remains {
    /// The names of the containers that were removed.
    pub(super) removed: BTreeSet<String>,
    /// The names of the containers, of the network, and of the volumes if these were to go, that are still there.
    pub(super) left: BTreeSet<String>,
    /// True if there were volumes at the first look.
    pub(super) had_volumes: bool,
    /// True if there are volumes at the end.
    pub(super) has_volumes: bool,
    /// The kinds of things that the gate of the docker host neither shows nor removes, because it is older than the
    /// server.
    pub(super) refused: Vec<&'static str>,
}

impl Remains {
    /// Returns the hint about the remains.
    pub(super) fn hint(&self) -> Option<String> {
        let gate = || {
            let refused = self.refused.join(" and ");
            format!(
                "The gate of the docker host is older than the server, so it neither lists nor \
                 removes {refused}: the operator can update it."
            )
        };
        let repeat = (!self.left.is_empty()).then(|| REPEAT.to_owned());
        let hints = (!self.refused.is_empty()).then(gate).into_iter().chain(repeat);
        Some(hints.collect::<Vec<_>>().join(" ")).filter(|hint| !hint.is_empty())
    }
}

/// The state and the changes before Coolify deletes.
#[derive(Debug, Default)]
pub(super) struct PreparedDeletion {
    /// True if the resource has volumes; `None` if the docker host did not say so.
    pub(super) had_volumes: Option<bool>,
    /// True if containers were removed.
    pub(super) has_removed: bool,
}

/// Removes the resource's containers before Coolify does if they have volumes without a name, which are to go too:
/// Coolify (4.3.11) removes a container without them, and nothing shows afterwards whose they were.
pub(super) async fn prepare(host: &OnHost, volumes: Volumes) -> PreparedDeletion {
    let Ok(seen) = host.inventory().await else { return PreparedDeletion::default() };
    let mut has_removed = false;
    if volumes == Volumes::Delete && seen.has_anonymous() {
        // Containers that stay are found by the look after the deletion.
        has_removed = !remove_containers(host, &seen, volumes).await.is_empty();
    }
    PreparedDeletion { had_volumes: Some(has_volumes(&seen)), has_removed }
}

/// Removes the remains of the resource, and checks whether they are gone.
///
/// # Errors
///
/// The docker host does not answer. If something can't be removed, that is not an error: it is seen afterwards.
pub(super) async fn remove_remains(host: &OnHost, volumes: Volumes) -> Result<Remains, Failure> {
    let seen = host.inventory().await?;
    let had_volumes = has_volumes(&seen);
    let is_clear = remaining_names(&seen, volumes).is_empty();
    let removed = remove_containers(host, &seen, volumes).await;
    if volumes == Volumes::Delete {
        remove_volumes(host, &seen).await;
    }
    let seen = if is_clear { seen } else { host.inventory().await? };
    let mut remains = Remains {
        removed,
        left: remaining_names(&seen, volumes),
        had_volumes,
        has_volumes: has_volumes(&seen),
        refused: Vec::new(),
    };
    remove_proxy(host, &mut remains).await?;
    // After all containers, because it stays as long as one is on it.
    remove_network(host, &mut remains).await?;
    Ok(remains)
}

/// Removes the proxy of a public database, which would keep a port of the host. Coolify (4.3.11) removes it with the
/// database, if it reaches the host and has the database for public.
async fn remove_proxy(host: &OnHost, remains: &mut Remains) -> Result<(), Failure> {
    let proxy = match host.proxy().await? {
        DatabaseProxy::There(proxy) => proxy,
        DatabaseProxy::Missing => return Ok(()),
        DatabaseProxy::Untold => {
            remains.refused.push("proxies of databases");
            return Ok(());
        }
    };
    if host.remove(&proxy, true).await.is_ok() {
        remains.removed.insert(proxy.name().to_owned());
    }
    if let DatabaseProxy::There(proxy) = host.proxy().await? {
        remains.left.insert(proxy.name().to_owned());
    }
    Ok(())
}

/// Removes the network.
async fn remove_network(host: &OnHost, remains: &mut Remains) -> Result<(), Failure> {
    let left = match host.remove_network().await? {
        Network::Gone => return Ok(()),
        Network::Used(name) => Some(name),
        Network::Refused(name) => {
            remains.refused.push("networks");
            Some(name)
        }
        Network::Untold => {
            remains.refused.push("networks");
            None
        }
    };
    remains.left.extend(left);
    Ok(())
}

/// Stops and removes the containers, and returns the names of those that were.
async fn remove_containers(host: &OnHost, seen: &Inventory, volumes: Volumes) -> BTreeSet<String> {
    // One that does not stop is removed all the same.
    let _ = stop_all(host, seen, &mut BTreeSet::new()).await;
    let mut removed = BTreeSet::new();
    for (container, _) in seen.containers() {
        if host.remove(container, volumes == Volumes::Delete).await.is_ok() {
            removed.insert(container.name().to_owned());
        }
    }
    removed
}

/// Removes the volumes that no container uses.
async fn remove_volumes(host: &OnHost, seen: &Inventory) {
    for volume in seen.labelled().filter_map(|name| seen.own_volume(name)) {
        // One that is used stays.
        let _ = host.remove_volume(&volume).await;
    }
}

fn has_volumes(seen: &Inventory) -> bool {
    seen.labelled().next().is_some() || seen.mounts().next().is_some()
}

/// Returns the names of remains that should be gone.
fn remaining_names(seen: &Inventory, volumes: Volumes) -> BTreeSet<String> {
    let containers = seen.containers().map(|(container, _)| container.name());
    let volumes = seen.labelled().filter(|_| volumes == Volumes::Delete);
    containers.chain(volumes).map(str::to_owned).collect()
}
