//! Networks, which separate workspaces from each other.

use std::collections::BTreeMap;

use covibe_docker_gate_core::resource_names::MAIN_PROXY;
use covibe_domain::boxed;
use serde::Deserialize;
use serde_json::json;

use super::check_name;
use crate::engine_http::{Call, Query};
use crate::error::{Conflict, Error, Result};
use crate::host::DockerHost;

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its id: 64 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its driver, such as `bridge`.
    pub driver: String,
    /// True if containers of other projects can join it, as Coolify's proxy must.
    pub attachable: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// True if Coolify's proxy is on it; the proxy joins the networks of all resources (4.0 to
    /// 4.3).
    pub has_proxy: bool,
    /// True if another running container is on it.
    pub is_used: bool,
}

impl DockerHost {
    /// Returns the network with exactly this name.
    #[boxed]
    pub async fn network(&self, name: &str) -> Result<Option<Network>> {
        let path = format!("/networks/{}", checked_name(name)?);
        let answer = self.ask(Call::get(path, &Query::default())).await?;
        let wire: Wire = match answer.json() {
            Err(Error::NotFound) => return Ok(None),
            wire => wire?,
        };
        // Docker also finds a network by the beginning of its id.
        Ok((wire.name == name).then(|| wire.into()))
    }

    /// Creates an attachable bridge network. A network of that name is [`Conflict::Exists`].
    #[boxed]
    pub async fn create_network(
        &self,
        name: &str,
        labels: &BTreeMap<String, String>,
    ) -> Result<()> {
        let body = json!({
            "Name": checked_name(name)?, "CheckDuplicate": true, "Driver": "bridge",
            "Attachable": true, "Labels": labels,
        });
        let created = self.ask(Call::post("/networks/create", &body)).await?.accepted();
        match created {
            Err(Error::Conflict(_)) => Err(Error::Conflict(Conflict::Exists)),
            created => created.map(drop),
        }
    }

    /// Takes Coolify's proxy off a network. Succeeds if it is not on it, or the network does not
    /// exist.
    ///
    /// # Errors
    /// [`Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn disconnect_proxy(&self, name: &str) -> Result<()> {
        let path = format!("/networks/{}/disconnect", checked_name(name)?);
        let body = json!({ "Container": MAIN_PROXY, "Force": false });
        match self.ask(Call::post(path, &body)).await?.accepted() {
            Err(Error::NotFound) => Ok(()),
            done => done.map(drop),
        }
    }

    /// Removes a network. Succeeds if it does not exist; a network with a running container is
    /// [`Conflict::NetworkInUse`].
    #[boxed]
    pub async fn remove_network(&self, name: &str) -> Result<()> {
        let path = format!("/networks/{}", checked_name(name)?);
        match self.ask(Call::delete(path, &Query::default())).await?.accepted() {
            Err(Error::NotFound) => Ok(()),
            removed => removed.map(drop),
        }
    }
}

/// Docker's answer to `GET /networks/{name}`: the members that we read (20.10 to 28.5).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    id: String,
    name: String,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    attachable: bool,
    labels: Option<BTreeMap<String, String>>,
    containers: Option<BTreeMap<String, User>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    #[serde(default)]
    name: String,
}

impl From<Wire> for Network {
    fn from(wire: Wire) -> Self {
        let Wire { id, name, driver, attachable, labels, containers } = wire;
        let (labels, containers) = (labels.unwrap_or_default(), containers.unwrap_or_default());
        let has_proxy = containers.values().any(|user| user.name == MAIN_PROXY);
        let is_used = containers.values().any(|user| user.name != MAIN_PROXY);
        Self { id, name, driver, attachable, labels, has_proxy, is_used }
    }
}

/// Fails for a name of a network that is neither ours nor Coolify's, before it becomes part of a
/// path.
fn checked_name(name: &str) -> Result<&str> {
    check_name(name, 2..=128, "the name of a network can contain only letters, digits, _, . and -")
}
