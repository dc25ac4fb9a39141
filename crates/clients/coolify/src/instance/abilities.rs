//! The token's abilities, probed without changing anything.
//!
//! No route of Coolify tells a token's abilities (beta.473 to 4.3), but it checks them before it
//! validates a request: an invalid request is refused for its content where the token has the
//! ability.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::client::Client;
use crate::wire::{Listing, trouble};

/// The abilities that this client needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Reading.
    pub read: bool,
    /// Creating, changing and deleting.
    pub write: bool,
    /// Deploying, starting and restarting.
    pub deploy: bool,
    /// Reading passwords and logs; `None` while there is no key to tell by.
    pub read_sensitive: Option<bool>,
}

impl Client {
    /// Returns the token's abilities. Fails as unauthorized if Coolify does not know the token.
    #[boxed]
    pub async fn abilities(&self) -> Result<Abilities, Error> {
        let transport = self.common();
        let read = admitted(transport.get("/servers").done().await)?;
        // Without a name there is no project, and without a uuid no deployment.
        let write = admitted(transport.post("/projects").body(json!({})).done().await)?;
        let deploy = admitted(transport.post("/deploy").body(json!({})).done().await)?;
        let read_sensitive = if read { self.sees_private_keys().await? } else { Some(false) };
        Ok(Abilities { read, write, deploy, read_sensitive })
    }

    /// Returns whether the list of keys contains private keys.
    async fn sees_private_keys(&self) -> Result<Option<bool>, Error> {
        #[derive(Deserialize)]
        struct Key {
            #[serde(default)]
            private_key: Option<IgnoredAny>,
        }
        let keys: Listing<Key> = self.common().get("/security/keys").json().await?;
        let told = keys.0.iter().any(|key| key.private_key.is_some());
        Ok((!keys.0.is_empty()).then_some(told))
    }
}

/// Returns whether a request passed the check of the token's abilities.
fn admitted(outcome: Result<(), Error>) -> Result<bool, Error> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) => match error.cause {
            Cause::Operator(trouble) if trouble::is_lack(trouble) => Ok(false),
            Cause::Refused(_) | Cause::NotFound => Ok(true),
            _ => Err(error),
        },
    }
}
