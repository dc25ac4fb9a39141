//! The token's abilities, probed without changing anything.
//!
//! No route of Coolify returns a token's abilities (beta.473 to 4.3), but it checks them before it
//! validates a request: an invalid request is refused for its content where the token has the
//! ability.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer_reading::{self, Listing, errors_for_operator};
use crate::client::Client;

/// The abilities that this client needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Reading.
    pub read: bool,
    /// Creating, changing and deleting.
    pub write: bool,
    /// Deploying, starting and restarting.
    pub deploy: bool,
    /// Reading passwords and logs; `None` if there is no server to find out by.
    pub read_sensitive: Option<bool>,
}

impl Client {
    /// Returns the token's abilities. Fails as unauthorized if Coolify does not know the token.
    #[boxed]
    pub async fn abilities(&self) -> Result<Abilities, Error> {
        let transport = self.common();
        let (read, read_sensitive) =
            match transport.get("/servers").json::<Listing<SeenServer>>().await {
                Ok(servers) => (true, shows_secrets(&servers.0)),
                Err(error) => {
                    let read = is_admitted(Err(error))?;
                    (read, (!read).then_some(false))
                }
            };
        // Without a name there is no project, and without a uuid no deployment.
        let write = is_admitted(transport.post("/projects").body(json!({})).execute().await)?;
        let deploy = is_admitted(transport.post("/deploy").body(json!({})).execute().await)?;
        Ok(Abilities { read, write, deploy, read_sensitive })
    }
}

/// A server, reduced to the settings that show the token's abilities.
#[derive(Deserialize)]
struct SeenServer {
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    settings: Option<Map<String, Value>>,
}

/// Returns whether the settings of servers contain a secret: each server has a token for its
/// monitoring, which is left out for a token that may not read sensitive data (beta.473 to 4.3).
/// The list of keys would show it too, but costs a computation for each key of the team.
fn shows_secrets(servers: &[SeenServer]) -> Option<bool> {
    let mut settings = servers.iter().filter_map(|server| server.settings.as_ref()).peekable();
    settings.peek()?;
    Some(settings.any(|settings| settings.contains_key("sentinel_token")))
}

/// Returns whether a request passed the check of the token's abilities.
fn is_admitted(outcome: Result<(), Error>) -> Result<bool, Error> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) => match error.cause {
            Cause::Operator(trouble) if errors_for_operator::is_lack(trouble) => Ok(false),
            Cause::Refused(_) | Cause::NotFound => Ok(true),
            _ => Err(error),
        },
    }
}
