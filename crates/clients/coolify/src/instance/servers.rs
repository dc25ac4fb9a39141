//! The servers that Coolify deploys to.

use std::time::Duration;

use covibe_domain::{ServerUuid, boxed};
use covibe_upstream::{Error, Identified};
use serde::Deserialize;

use super::undecided_error;
use crate::answer_reading::{self, Listing, errors_for_operator};
use crate::client::Client;

/// A server.
#[derive(Clone, Debug, Deserialize)]
pub struct Server {
    /// Its id.
    pub uuid: ServerUuid,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its address, as Coolify reaches it.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub ip: Option<String>,
}

/// The conditions for hosting on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerCondition {
    /// Its reverse proxy.
    pub proxy: Proxy,
    /// True if it is a build server: domains are dropped then, and since 4.2 nothing can be
    /// created.
    pub is_build_server: bool,
    /// True if the nightly cleanup removes volumes that no container uses, including kept ones.
    pub deletes_unused_volumes: bool,
    /// True if the nightly cleanup removes networks that no container uses at that moment.
    pub deletes_unused_networks: bool,
    /// True if Coolify reaches it; `None` where Coolify does not say.
    pub is_reachable: Option<bool>,
    /// True if docker on it can be used; `None` where Coolify does not say.
    pub is_usable: Option<bool>,
    /// The maximum number of deployments in progress at once; `None` where Coolify does not say.
    pub concurrent_builds: Option<usize>,
    /// The time after which Coolify ends a deployment (`dynamic_timeout`); `None` where Coolify does not say.
    pub longest_build: Option<Duration>,
}

impl ServerCondition {
    /// Returns whether Coolify reaches the server and can use docker on it, as far as it says.
    pub fn is_ready(&self) -> bool {
        self.is_reachable != Some(false) && self.is_usable != Some(false)
    }
}

/// The reverse proxy of a server, which routes its domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// None is stored, which Coolify takes for its default (4.3.11).
    #[default]
    Usual,
    /// It runs none: domains are dropped.
    Absent,
    /// One of this type, such as `TRAEFIK`.
    Named(String),
}

/// A server in Coolify's answers.
#[derive(Default, Deserialize)]
struct Answered {
    #[serde(default, deserialize_with = "answer_reading::text")]
    uuid: Option<String>,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    proxy: Option<AnsweredProxy>,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    settings: Option<ServerSettings>,
}

#[derive(Deserialize)]
struct AnsweredProxy {
    #[serde(default, rename = "type", deserialize_with = "answer_reading::text")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
struct ServerSettings {
    #[serde(default, deserialize_with = "answer_reading::flag")]
    is_build_server: bool,
    #[serde(default, deserialize_with = "answer_reading::flag")]
    delete_unused_volumes: bool,
    #[serde(default, deserialize_with = "answer_reading::flag")]
    delete_unused_networks: bool,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    is_reachable: Option<bool>,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    is_usable: Option<bool>,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    concurrent_builds: Option<usize>,
    /// In seconds.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    dynamic_timeout: Option<u64>,
}

impl Identified for Answered {
    fn is_about(&self, segments: &[String]) -> bool {
        self.uuid.as_ref().is_none_or(|uuid| segments.contains(uuid))
    }
}

impl From<Answered> for ServerCondition {
    fn from(answered: Answered) -> Self {
        let settings = answered.settings.unwrap_or_default();
        Self {
            proxy: answered.proxy.map(|proxy| Proxy::from_kind(proxy.kind)).unwrap_or_default(),
            is_build_server: settings.is_build_server,
            deletes_unused_volumes: settings.delete_unused_volumes,
            deletes_unused_networks: settings.delete_unused_networks,
            is_reachable: settings.is_reachable,
            is_usable: settings.is_usable,
            concurrent_builds: settings.concurrent_builds.filter(|builds| *builds > 0),
            longest_build: settings.dynamic_timeout.map(Duration::from_secs),
        }
    }
}

impl Proxy {
    /// Returns whether it is Caddy. Coolify's Caddy takes every label of a container, also those of its
    /// image, for its configuration, and holds Docker's socket (4.3.11, `bootstrap/helpers/proxy.php`).
    pub fn is_caddy(&self) -> bool {
        matches!(self, Self::Named(kind) if kind.eq_ignore_ascii_case("caddy"))
    }

    /// Reads a proxy's type, of which Coolify treats only `NONE` differently (4.3.11).
    fn from_kind(kind: Option<String>) -> Self {
        match kind {
            None => Self::Usual,
            Some(kind) if kind.eq_ignore_ascii_case("none") => Self::Absent,
            Some(kind) => Self::Named(kind),
        }
    }
}

impl Client {
    /// Returns the condition of a server.
    #[boxed]
    pub async fn server_condition(&self, uuid: &ServerUuid) -> Result<ServerCondition, Error> {
        let request = self.common().get("/servers/{uuid}").segment(uuid.as_str());
        Ok(request.json_asked::<Answered>().await?.into())
    }

    /// Returns every server of the team.
    #[boxed]
    pub async fn servers(&self) -> Result<Vec<Server>, Error> {
        Ok(self.common().get("/servers").json::<Listing<_>>().await?.0)
    }

    /// Returns the server to create on: the configured one, or the only one (looked up once).
    ///
    /// Fails as unconfigured when there are several servers, or none.
    #[boxed]
    pub async fn server(&self) -> Result<ServerUuid, Error> {
        let only = async || {
            let mut servers = self.servers().await?;
            match servers.len() {
                1 => Ok(servers.remove(0).uuid),
                0 => Err(undecided_error("/servers", errors_for_operator::NO_SERVER)),
                _ => Err(undecided_error("/servers", errors_for_operator::SEVERAL_SERVERS)),
            }
        };
        self.shared.server.get_or_try_init(only).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn condition(value: Value) -> ServerCondition {
        serde_json::from_value::<Answered>(value).unwrap().into()
    }

    #[test]
    fn a_servers_condition_is_read_from_settings_and_proxy() {
        let settings = json!({ "is_build_server": 1, "delete_unused_volumes": true,
                               "delete_unused_networks": true, "is_reachable": true, "is_usable": false,
                               "concurrent_builds": 5, "dynamic_timeout": 7200 });
        let told = condition(json!({ "proxy": { "type": "NONE" }, "settings": settings }));
        let expected = ServerCondition {
            proxy: Proxy::Absent,
            is_build_server: true,
            deletes_unused_volumes: true,
            deletes_unused_networks: true,
            is_reachable: Some(true),
            is_usable: Some(false),
            concurrent_builds: Some(5),
            longest_build: Some(Duration::from_hours(2)),
        };
        assert_eq!(told, expected);
        for odd in [json!({}), json!({ "proxy": null }), json!({ "proxy": [], "settings": 7 })] {
            assert_eq!(condition(odd), ServerCondition::default());
        }
    }
}
