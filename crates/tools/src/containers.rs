//! The containers of a compose service, as callers see them.

use covibe_coolify::{Service, Status};
use schemars::JsonSchema;
use serde::Serialize;

/// One container of a compose service.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    status: &'static str,
    health: &'static str,
    /// Whether Coolify treats it as a database, which can have no domain.
    is_database: bool,
}

/// Returns the containers of a compose service; those that can have domains come first.
pub(crate) fn containers(service: &Service) -> Vec<Container> {
    let container =
        |name: &String, image: &Option<String>, status: Status, is_database| Container {
            name: name.clone(),
            image: image.clone(),
            status: status.state.as_str(),
            health: status.health.as_str(),
            is_database,
        };
    let applications = service.applications.iter();
    let applications =
        applications.map(|each| container(&each.name, &each.image, each.status, false));
    let databases = service.databases.iter();
    let databases = databases.map(|each| container(&each.name, &each.image, each.status, true));
    applications.chain(databases).collect()
}
