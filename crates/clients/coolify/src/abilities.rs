//! What the token may do, found out without changing anything.
//!
//! Coolify tells a token's abilities nowhere (beta.473 to 4.3), but looks at them before it looks
//! at a request: one that can't be meant is refused for its content where the ability is there.

use covibe_upstream::Cause;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::listing::Listing;
use crate::{Client, Error};

/// The abilities that this client needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// To look.
    pub read: bool,
    /// To create, change and remove.
    pub write: bool,
    /// To deploy, start and restart.
    pub deploy: bool,
    /// To see passwords and logs; `None` where there is nothing yet to tell it by.
    pub read_sensitive: Option<bool>,
}

impl Client {
    /// The token's abilities; a token that Coolify does not know has none.
    pub async fn abilities(&self) -> Result<Abilities, Error> {
        let transport = self.common();
        let read = admitted(transport.get("/servers").done().await)?;
        // Without a name there is no project, and without a uuid no deployment.
        let write = admitted(transport.post("/projects").body(json!({})).done().await)?;
        let deploy = admitted(transport.post("/deploy").body(json!({})).done().await)?;
        let read_sensitive = if read { self.sees_private_keys().await? } else { Some(false) };
        Ok(Abilities { read, write, deploy, read_sensitive })
    }

    /// Whether the list of keys has their private halves in it.
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

/// Whether a request got past the look at the token.
fn admitted(outcome: Result<(), Error>) -> Result<bool, Error> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) => match error.cause {
            Cause::Unauthorized => Ok(false),
            Cause::Refused(_) | Cause::NotFound => Ok(true),
            _ => Err(error),
        },
    }
}
