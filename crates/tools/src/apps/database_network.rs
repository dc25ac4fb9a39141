//! The network of the workspace's databases: a compose app is on it if something of the app names
//! one of them.
//!
//! Every app and database of the destination is on that network, of all workspaces. So an app that
//! needs none of them stays on its own network.

use covibe_coolify::{Database, Service, ServicePatch};
use covibe_domain::{Failure, Secret};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

/// Returns whether an app has to be on the network. It is on it already, or its file, one of its
/// variables or one of these texts contains the uuid of a database, which is its host name.
pub(super) async fn is_needed(
    coolify: &Coolify,
    service: &Owned<Service>,
    texts: &[&str],
) -> Result<bool, Failure> {
    if service.connect_to_docker_network {
        return Ok(true);
    }
    let databases = coolify.databases().await?;
    let texts: Vec<_> = texts.iter().copied().chain(service.compose()).collect();
    if databases.is_empty() || names_one(&databases, &texts) {
        return Ok(!databases.is_empty());
    }
    let envs = coolify.service_envs(service).await?;
    let values: Vec<_> = envs.iter().filter_map(|env| env.value.as_ref()).collect();
    let values: Vec<_> = values.into_iter().map(Secret::expose).collect();
    Ok(names_one(&databases, &values))
}

/// Returns whether one of these texts names a database of the workspace.
pub(super) async fn names_database(coolify: &Coolify, texts: &[&str]) -> Result<bool, Failure> {
    Ok(names_one(&coolify.databases().await?, texts))
}

fn names_one(databases: &[Owned<Database>], texts: &[&str]) -> bool {
    let is_named = |uuid: &str| texts.iter().any(|text| text.contains(uuid));
    databases.iter().any(|database| is_named(database.uuid.as_str()))
}

/// Puts an app on the network if something of it names a database. Values that are shown once can't
/// be read back, so they have to be among the `texts`. Returns the app as it is then, if that was a
/// change.
pub(super) async fn connect(
    coolify: &Coolify,
    service: &Owned<Service>,
    texts: &[&str],
) -> Result<Option<Owned<Service>>, Failure> {
    if service.connect_to_docker_network || !is_needed(coolify, service, texts).await? {
        return Ok(None);
    }
    let connect_to_docker_network = Some(true);
    let patch = ServicePatch { connect_to_docker_network, ..ServicePatch::default() };
    coolify.update_service(service, &patch).await?;
    coolify.service(&service.uuid).await.map(Some)
}
