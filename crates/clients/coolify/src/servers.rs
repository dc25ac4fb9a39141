//! The servers that Coolify deploys to.

use covibe_domain::ServerUuid;
use covibe_upstream::{Cause, Effect};
use serde::Deserialize;

use crate::wire::{self, Listing};
use crate::{Client, Error};

/// A server.
#[derive(Clone, Debug, Deserialize)]
pub struct Server {
    /// Its id.
    pub uuid: ServerUuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its address, as Coolify reaches it.
    #[serde(default, deserialize_with = "wire::text")]
    pub ip: Option<String>,
}

impl Client {
    /// Every server of the team.
    pub async fn servers(&self) -> Result<Vec<Server>, Error> {
        Ok(self.common().get("/servers").json::<Listing<_>>().await?.0)
    }

    /// The server to create on: the configured one, or the only one (looked up once).
    ///
    /// Fails as unconfigured when there are several, or none.
    pub async fn server(&self) -> Result<ServerUuid, Error> {
        let only = async || {
            let mut servers = self.servers().await?;
            match servers.len() {
                1 => Ok(servers.remove(0).uuid),
                0 => Err(undecided("it has no server")),
                _ => Err(undecided("COOLIFY_SERVER_UUID must say which of its servers to use")),
            }
        };
        self.shared.server.get_or_try_init(only).await.cloned()
    }
}

fn undecided(what: &'static str) -> Error {
    let cause = Cause::Unconfigured(what);
    Error { upstream: "Coolify", method: "GET", path: "/servers", cause, effect: Effect::None }
}
