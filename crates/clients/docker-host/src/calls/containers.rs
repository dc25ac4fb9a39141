//! The containers of a resource, and those of all resources that run on a host.

use std::collections::BTreeMap;

use covibe_docker_gate_core::resource_names::{PROXIES, uuid_of_proxy, whole_name};
use covibe_domain::{Timestamp, boxed};
use serde::Deserialize;

use crate::container_owner::{
    ContainerId, PROJECT, PROJECT_NAME, SERVICE, checked_uuid, is_name_of,
};
use crate::container_states::{Health, Status};
use crate::engine_http::{Call, Query};
use crate::error::Result;
use crate::host::DockerHost;

/// The maximum number of bytes of the list of what runs: images can bring megabytes of labels. A gate leaves
/// those out.
const MOST_RUNNING: usize = 64 << 20;

/// A container in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// Its name, without the slash that Docker puts before it.
    pub name: String,
    /// Its compose service. For databases and apps, which have one container, it is the name.
    pub service: String,
    /// The image as it was asked for.
    pub image: String,
    /// The container's status.
    pub status: Status,
    /// When it was created.
    pub created_at: Timestamp,
    /// All of its labels: compose's, Coolify's, and those of the image.
    pub labels: BTreeMap<String, String>,
}

/// A container of a resource, which runs, restarts or is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The container, without its labels, which can be large.
    pub container: Container,
    /// The uuid of its resource, which both its name and its label have.
    pub uuid: String,
    /// The name of Coolify's project, as Coolify puts it into a label: lower case with hyphens.
    pub project: Option<String>,
    /// The result of its health check; `None` without one.
    pub health: Option<Health>,
}

impl DockerHost {
    /// Returns the containers of the resource with this uuid, in all states, sorted by service. The
    /// newest container of a service comes first: a deployment starts the next container before it
    /// ends the last. Previews and proxies of public databases are left out.
    #[boxed]
    pub async fn containers(&self, uuid: &str) -> Result<Vec<Container>> {
        let uuid = checked_uuid(uuid)?;
        let label = format!("{PROJECT}={uuid}");
        let query = Query::default().with("all", "true").filter("label", &label);
        let listed: Vec<Wire> = self.ask(Call::get("/containers/json", &query)).await?.json()?;
        let owned = listed.into_iter().filter_map(|wire| wire.owned_by(uuid));
        let mut containers = owned.collect::<Result<Vec<_>>>()?;
        containers.sort_by(|a, b| {
            (&a.service, b.created_at, &a.name).cmp(&(&b.service, a.created_at, &b.name))
        });
        Ok(containers)
    }

    /// Returns the container through which the database with this uuid is reached from the internet, in any state.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn proxy(&self, uuid: &str) -> Result<Option<Container>> {
        let label = format!("{SERVICE}={}-proxy", checked_uuid(uuid)?);
        let query = Query::default().with("all", "true").filter("label", &label);
        let listed: Vec<Wire> = self.ask(Call::get("/containers/json", &query)).await?.json()?;
        listed.into_iter().find_map(|wire| wire.proxy(uuid)).transpose()
    }

    /// Returns whether the container in which Coolify carries out the deployment with this uuid is
    /// running. It exists from soon after the deployment's begin until soon after its end, on the
    /// server that builds (4.0 to 4.3).
    ///
    /// # Errors
    /// [`crate::Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn has_deployment_helper(&self, deployment: &str) -> Result<bool> {
        let uuid = checked_uuid(deployment)?;
        let query = Query::default().filter("name", &whole_name(uuid));
        let listed: Vec<Wire> = self.ask(Call::get("/containers/json", &query)).await?.json()?;
        Ok(listed.iter().any(|wire| wire.name() == Some(uuid)))
    }

    /// Returns the containers of all resources on the host that run, restart or are paused, by one call.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn running(&self) -> Result<Vec<Running>> {
        let path = if self.is_gated().await? { "/covibe/containers" } else { "/containers/json" };
        let call = Call::get(path, &Query::default()).at_most(MOST_RUNNING);
        let listed: Vec<Wire> = self.ask(call).await?.json()?;
        listed.into_iter().filter_map(Wire::running).collect()
    }
}

/// An item of Docker's answer to `GET /containers/json`: the members that we read (20.10 to 28.5).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wire {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    image: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    created: i64,
    labels: Option<BTreeMap<String, String>>,
}

impl Wire {
    /// Returns the container's own name; the others are those that links gave it (`/other/alias`).
    pub(super) fn name(&self) -> Option<&str> {
        self.names.iter().filter_map(|name| name.strip_prefix('/')).find(|name| !name.contains('/'))
    }

    /// Returns the result of the health check, as Docker appends it to the text of the status: `Up
    /// 5 minutes (healthy)`, `Up 2 seconds (health: starting)` (20.10 to 29.0).
    fn health(&self) -> Option<Health> {
        let (_, health) = self.status.strip_suffix(')')?.rsplit_once('(')?;
        Health::parse(health.strip_prefix("health: ").unwrap_or(health))
    }

    /// Returns the value of a label.
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// Returns the container if both its label and its name say that it is the resource's.
    fn owned_by(self, uuid: &str) -> Option<Result<Container>> {
        let name = self.name().filter(|name| is_name_of(uuid, name))?.to_owned();
        (self.label(PROJECT) == Some(uuid)).then(|| self.into_container(name))
    }

    /// Returns the container if both its label and its name say that it is the proxy of this database.
    fn proxy(self, uuid: &str) -> Option<Result<Container>> {
        let name = self.name().filter(|name| uuid_of_proxy(name) == Some(uuid))?.to_owned();
        (self.label(PROJECT) == Some(PROXIES)).then(|| self.into_container(name))
    }

    /// Returns the container if its label and its name name the same resource.
    fn running(self) -> Option<Result<Running>> {
        let uuid = self.label(PROJECT).filter(|uuid| checked_uuid(uuid).is_ok())?.to_owned();
        let project = self.label(PROJECT_NAME).map(str::to_owned);
        let health = self.health();
        let owned = self.owned_by(&uuid)?;
        Some(owned.map(|mut container| {
            container.labels.clear();
            Running { container, uuid, project, health }
        }))
    }

    fn into_container(self, name: String) -> Result<Container> {
        let labels = self.labels.unwrap_or_default();
        let service = labels.get(SERVICE).filter(|service| !service.is_empty());
        let service = service.unwrap_or(&name).clone();
        ContainerId::from_answer(self.id).map(|id| Container {
            id,
            service,
            name,
            image: self.image,
            status: Status::parse(&self.state),
            created_at: Timestamp::from_millis(self.created.saturating_mul(1000)),
            labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const UUID: &str = "a1b2c3d4e5f6g7h8i9j0k1l2";

    fn parse_owned(names: &[&str], project: &str) -> Option<Result<Container>> {
        let names: Vec<_> = names.iter().map(|name| name.replace("{}", UUID)).collect();
        let wire = json!({
            "Id": "0a".repeat(32), "Names": names, "State": "exited", "Labels": { PROJECT: project },
        });
        serde_json::from_value::<Wire>(wire).unwrap().owned_by(UUID)
    }

    #[test]
    fn a_container_is_owned_only_if_its_label_and_its_name_match() {
        let container = parse_owned(&["/web-{}"], UUID).unwrap().unwrap();
        assert_eq!((container.status, container.service), (Status::Exited, container.name));
        assert_eq!(parse_owned(&["/web-{}"], "z1b2c3d4e5f6g7h8i9j0k1l2"), None);
        assert_eq!(parse_owned(&["/coolify-db"], UUID), None);
        assert_eq!(parse_owned(&["/{}-pr-1"], UUID), None);
        assert_eq!(parse_owned(&[], UUID), None);
    }

    #[test]
    fn health_is_read_from_the_text_of_the_status() {
        let health = |status: &str| {
            let wire = json!({ "Id": "0a".repeat(32), "Status": status });
            serde_json::from_value::<Wire>(wire).unwrap().health()
        };
        assert_eq!(health("Up 5 minutes (healthy)"), Some(Health::Healthy));
        assert_eq!(health("Up 2 hours (unhealthy)"), Some(Health::Unhealthy));
        assert_eq!(health("Up Less than a second (health: starting)"), Some(Health::Starting));
        for without in ["Up 5 minutes", "Up 5 minutes (Paused)", "Restarting (1) 3 seconds ago", ""]
        {
            assert_eq!(health(without), None, "{without}");
        }
    }

    #[test]
    fn a_proxy_is_recognized_only_for_its_own_database() {
        let proxy = |name: &str, project: &str| {
            let wire = json!({
                "Id": "0a".repeat(32), "Names": [name], "Labels": { PROJECT: project },
            });
            serde_json::from_value::<Wire>(wire).unwrap().proxy(UUID).is_some()
        };
        assert!(proxy(&format!("/{UUID}-proxy"), PROXIES));
        assert!(!proxy(&format!("/{UUID}-proxy"), UUID));
        assert!(!proxy(&format!("/{UUID}-proxy-z1b2c3d4e5f6g7h8i9j0k1l2"), PROXIES));
        assert!(!proxy("/coolify-proxy", PROXIES));
    }

    #[test]
    fn an_alias_of_a_link_is_not_the_containers_name() {
        assert_eq!(parse_owned(&["/x/{}", "/coolify-db"], UUID), None);
        assert!(parse_owned(&["/coolify-proxy/x", "/{}"], UUID).is_some());
    }
}
