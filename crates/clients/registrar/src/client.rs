//! The client: one reseller's account, on the live system or on the one for tests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use covibe_domain::Secret;
use covibe_upstream::{
    CallStatistics, Cause, ConfigError, Effect, Expiry, Settings, Share, SignedBody, Transport,
    api_base,
};
use url::Url;

use crate::concurrency_limit::{Party, Turns};
use crate::error::Error;
use crate::reply::Reply;
use crate::response_codes::{self, CommandKind, CommandOutcome, Reason};
use crate::signature::sign;
use crate::xml::{self, Assoc, Ops};

/// The size limit of an answer, in bytes.
const ANSWER: usize = 2 << 20;

/// One of OpenSRS' systems. Their accounts, keys and domains have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The one where domains are bought with money. It answers only to addresses on the account's list.
    Live,
    /// The one for tests. It has no `.ai`, no suggestions, and knows few nameservers.
    Horizon,
}

impl System {
    /// Returns its address.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Live => "https://rr-n1-tor.opensrs.net:55443/",
            Self::Horizon => "https://horizon.opensrs.net:55443/",
        }
    }
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to which commands are posted.
    pub url: Url,
    /// The reseller's user name.
    pub username: String,
    /// The key of that system.
    pub key: Secret,
    /// The timeout of one attempt. A registry may take half a minute for an order.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The time for all attempts of a command. It waits for its turn as long before that.
    pub deadline: Duration,
}

impl Config {
    /// Returns the default settings for this address; see [`System::address`].
    pub fn new(url: Url, username: impl Into<String>, key: Secret) -> Self {
        Self {
            url,
            username: username.into(),
            key,
            timeout: Duration::from_secs(40),
            expiry: Expiry::default(),
            connect_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(45),
        }
    }
}

/// A command: its action and object in OpenSRS' API, and its kind.
pub(crate) struct Command {
    /// Its name in errors and logs.
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
    pub(crate) object: &'static str,
    pub(crate) kind: CommandKind,
}

/// A client; cheap to clone. All clones make at most four commands at once, three of which may read. The groups of
/// [shares](Self::for_share) take turns.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    username: Secret,
    key: Secret,
    turns: Arc<Turns>,
    /// The party whose turns the commands take; `None` if they may take any.
    party: Option<Party>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("transport", &self.transport).finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { url, username, key, timeout, expiry, connect_timeout, deadline } = config;
        let is_header = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_header(&username) || key.is_empty() {
            return Err(ConfigError::Token { upstream: "OpenSRS" });
        }
        let transport = Transport::new(Settings {
            upstream: "OpenSRS",
            base: api_base("OpenSRS", &url, "")?,
            // Commands have headers of their own instead.
            authorization: Secret::new("none"),
            timeout,
            expiry,
            connect_timeout,
            deadline,
            body_limit: ANSWER,
            limiter: None,
            observed: CallStatistics::default(),
            classify: |_, _| None,
            vet: None,
            slow: None,
        })?;
        let turns = Arc::new(Turns::new(deadline));
        Ok(Self { transport, username: Secret::new(username), key, turns, party: None })
    }

    /// Returns the same client with its commands made in the turns of this share's group: other groups wait for at most
    /// one of them, however many there are.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        let share = share.into();
        let transport = self.transport.for_share(&share);
        Self { transport, party: Some(share.group()), ..self.clone() }
    }

    /// Returns the statistics of the calls of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        self.transport.statistics()
    }

    /// Sends a command and returns its answer if it succeeded.
    pub(crate) async fn run(
        &self,
        command: &'static Command,
        attributes: Assoc,
    ) -> Result<(CommandOutcome, Reply), Error> {
        let sealed = self.sign_command(command, attributes)?;
        let turn = self.turns.wait_for_turn(command.kind, self.party.as_ref()).await?;
        let request = self.transport.command(command.name, sealed);
        let request = if command.kind.reads() { request.reading() } else { request };
        let reply = request.send().await?.parse_with(Reply::read)?;
        drop(turn);
        match response_codes::command_outcome(command.kind, &reply) {
            Ok(ending) => Ok((ending, reply)),
            Err(reason) => {
                let effect = response_codes::effect(command.kind, reason);
                Err(refused_command(command, reply.code, reason, effect))
            }
        }
    }

    /// Like [`Self::run`]; `read` parses the answer, and returns `None` if it can't be read.
    pub(crate) async fn ask<T>(
        &self,
        command: &'static Command,
        attributes: Assoc,
        read: impl FnOnce(CommandOutcome, &Reply) -> Option<T>,
    ) -> Result<T, Error> {
        let asked = attributes.get("domain").and_then(Ops::text).map(str::to_owned);
        let (ending, reply) = self.run(command, attributes).await?;
        if let (Some(asked), Some(told)) = (asked, reply.attribute("domain"))
            && !told.eq_ignore_ascii_case(&asked)
        {
            return Err(unusable_answer(command, Cause::Mistaken));
        }
        read(ending, &reply).ok_or_else(|| unusable_answer(command, Cause::Malformed))
    }

    /// Returns the signed bytes of a command.
    fn sign_command(&self, command: &Command, attributes: Assoc) -> Result<SignedBody, Error> {
        let envelope = Ops::from_members([
            ("protocol", "XCP".into()),
            ("action", command.action.into()),
            ("object", command.object.into()),
            ("attributes", Ops::Assoc(attributes)),
        ]);
        let document = xml::write(&envelope);
        let document = document
            .ok_or_else(|| Error::invalid_value("text", "must not contain control characters"))?;
        let bytes = Bytes::from(document);
        let signature = sign(&bytes, &self.key);
        let headers = vec![("x-username", self.username.clone()), ("x-signature", signature)];
        Ok(SignedBody { media_type: "text/xml", headers, bytes })
    }

    /// Returns the reseller's user name.
    pub(crate) fn username(&self) -> &str {
        self.username.expose()
    }
}

/// Returns the error for a command that OpenSRS refused, and logs it if only the operator can mend
/// it.
pub(crate) fn refused_command(
    command: &Command,
    code: u16,
    reason: Reason,
    effect: Effect,
) -> Error {
    let name = command.name;
    match reason {
        Reason::Funds => {
            tracing::error!(
                upstream = "OpenSRS",
                command = name,
                code,
                "the balance at the registrar is too low"
            );
        }
        Reason::Account | Reason::Quota | Reason::Unclear => {
            tracing::warn!(upstream = "OpenSRS", command = name, code, %reason, "a call failed");
        }
        _ => {
            tracing::debug!(upstream = "OpenSRS", command = name, code, %reason, "a call was refused");
        }
    }
    Error::Answered { command: name, code, reason, effect }
}

/// Returns the error for an answer to this command that can't be used.
pub(crate) fn unusable_answer(command: &Command, cause: Cause) -> Error {
    tracing::warn!(upstream = "OpenSRS", command = command.name, %cause, "a call failed");
    let effect = if command.kind.reads() { Effect::None } else { Effect::Possible };
    Error::Call(covibe_upstream::Error {
        upstream: "OpenSRS",
        method: "POST",
        path: command.name,
        cause,
        effect,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(username: &str, key: &str) -> Result<Client, ConfigError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = System::Horizon.address().parse().unwrap();
        Client::new(Config::new(url, username, Secret::new(key)))
    }

    #[test]
    fn invalid_settings_are_refused_and_debug_output_hides_the_key() {
        let client = client("reseller", "0123456789abcdef").unwrap();
        assert!(!format!("{client:?}").contains("0123456789abcdef"));
        assert_eq!(client.transport.base().as_str(), System::Horizon.address());
        for (username, key) in [("", "a"), ("a b", "a"), ("a\r\nx: y", "a"), ("a", "")] {
            assert!(self::client(username, key).is_err(), "{username}");
        }
        assert!(System::Live.address().parse::<Url>().is_ok());
    }
}
