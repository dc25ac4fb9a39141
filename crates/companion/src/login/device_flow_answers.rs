//! The answers of the device flow. A server is not trusted to send only texts that may be shown, or opened.

use std::time::Duration;

use covibe_domain::entities::AgentType;
use covibe_domain::{Secret, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::command_error::{Exit, Problem};
use crate::credentials::StoredKey;
use crate::origin::Origin;
use crate::server::ServerAnswer;

/// The bounds of the time between two polls.
const MIN_INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_mins(1);

/// The maximum time for which a code is waited for.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// The maximum length of a key, in bytes.
const MAX_KEY: usize = 512;

/// A flow that has begun.
#[derive(Debug)]
pub(super) struct Started {
    /// The secret to poll with, which is shown nobody.
    pub(super) device_code: Secret,
    /// The code that a person compares.
    pub(super) user_code: String,
    /// The page on which it is approved.
    pub(super) page: String,
    /// The time between two polls.
    pub(super) interval: Duration,
    /// The time for which the code is valid.
    pub(super) lifetime: Duration,
}

#[derive(Deserialize)]
struct StartBody {
    device_code: Secret,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

impl Started {
    /// Reads the answer. The page must be on the server that was asked.
    pub(super) fn read(answer: &ServerAnswer, origin: &Origin) -> Result<Self, Problem> {
        let body: StartBody = answer.json().ok_or_else(|| untrusted(origin))?;
        let is_code = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_plain =
            (4..=32).contains(&body.user_code.len()) && body.user_code.chars().all(is_code);
        if !is_plain || body.device_code.is_empty() {
            return Err(untrusted(origin));
        }
        let page = body.verification_uri_complete.unwrap_or(body.verification_uri);
        let page = Url::parse(&page).map_err(|_| untrusted(origin))?;
        if page.origin().ascii_serialization() != origin.as_str() {
            let message =
                format!("{origin} sends people to another server to approve this machine.");
            return Err(Problem::failure(message).hint(
                "Pass the address at which the console is opened in a browser: --base-url https://covibe.example.com",
            ));
        }
        Ok(Self {
            device_code: body.device_code,
            user_code: body.user_code,
            page: page.into(),
            interval: Duration::from_secs(body.interval.unwrap_or(5))
                .clamp(MIN_INTERVAL, MAX_INTERVAL),
            lifetime: Duration::from_secs(body.expires_in).min(MAX_LIFETIME),
        })
    }
}

/// The keys of an approved flow.
#[derive(Debug)]
pub(super) struct Approval {
    /// The workspace that they are for.
    pub(super) workspace: String,
    /// The keys, by type of agent.
    pub(super) keys: Vec<(AgentType, StoredKey)>,
    origin: String,
}

#[derive(Deserialize)]
struct ApprovedBody {
    workspace: String,
    origin: String,
    tokens: Vec<TokenBody>,
}

#[derive(Deserialize)]
struct TokenBody {
    agent: String,
    token: Secret,
    expires_at: Option<String>,
}

impl Approval {
    fn read(answer: &ServerAnswer) -> Option<Self> {
        let body: ApprovedBody = answer.json()?;
        let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if body.workspace.len() > 100 || !body.workspace.chars().all(is_slug) {
            return None;
        }
        let keys = body.tokens.into_iter().map(TokenBody::key).collect::<Option<_>>()?;
        Some(Self { workspace: body.workspace, keys, origin: body.origin })
    }

    /// Refuses keys that say that they are for another server: they would be stored for the wrong one.
    pub(super) fn check_origin(&self, origin: &Origin) -> Result<(), Problem> {
        match Origin::judge(&self.origin) {
            Ok(judged) if judged.origin == *origin => Ok(()),
            _ => Err(Problem::failure(format!(
                "The keys that {origin} sent are for another server. They were not stored."
            ))
            .hint("Revoke them in the console, and pass its address: --base-url https://covibe.example.com")),
        }
    }
}

impl TokenBody {
    fn key(self) -> Option<(AgentType, StoredKey)> {
        let kind = AgentType::from_word(&self.agent)?;
        let text = self.token.expose();
        let is_key =
            !text.is_empty() && text.len() <= MAX_KEY && text.bytes().all(|b| b.is_ascii_graphic());
        let expires_at = self.expires_at.as_deref().and_then(Timestamp::parse);
        is_key.then_some((kind, StoredKey { token: self.token, expires_at }))
    }
}

/// The state of a flow.
#[derive(Debug)]
pub(super) enum Polled {
    /// It was approved.
    Approved(Approval),
    /// Nobody has decided.
    Pending,
    /// The polls come too often; the time between them from now on, if the server names one.
    SlowDown(Option<Duration>),
    /// Too many requests; the time to wait once, if the server names one.
    Limited(Option<Duration>),
    /// The server cannot answer at the moment.
    Unavailable,
    /// It ended without keys.
    Final(Ending),
}

/// The reason why a flow ended without keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A person denied it.
    Denied,
    /// The code has expired.
    Expired,
    /// The keys were delivered before.
    Consumed,
    /// The workspace cannot have more keys.
    Full,
    /// This program does not know the answer.
    Unknown,
}

impl Polled {
    /// Reads an answer.
    pub(super) fn read(answer: &ServerAnswer) -> Self {
        let body: Value = answer.json().unwrap_or_default();
        match (answer.status, body["error"].as_str().unwrap_or_default()) {
            (200, _) => Approval::read(answer).map_or(Self::Final(Ending::Unknown), Self::Approved),
            (_, "authorization_pending") => Self::Pending,
            (_, "slow_down") => {
                let seconds = body["interval"].as_u64().map(Duration::from_secs);
                Self::SlowDown(seconds.map(|it| it.clamp(MIN_INTERVAL, MAX_INTERVAL)))
            }
            (_, "access_denied") => Self::Final(Ending::Denied),
            (_, "expired_token") => Self::Final(Ending::Expired),
            (_, "consumed") => Self::Final(Ending::Consumed),
            (429, _) => Self::Limited(answer.retry_after()),
            (409, _) => Self::Final(Ending::Full),
            (500.., _) => Self::Unavailable,
            _ => Self::Final(Ending::Unknown),
        }
    }
}

impl Ending {
    /// Returns the error of the command.
    pub(super) fn into_problem(self, origin: &Origin) -> Problem {
        let denied = |message: &str| Problem::new(Exit::Denied, message);
        let keys = origin.join("/console/settings/keys");
        match self {
            Self::Denied => denied("The code was denied.")
                .hint("Run `covibe-local login` again if that was a mistake."),
            Self::Expired => expired(),
            Self::Consumed => {
                denied("The keys for this code have already been delivered.").hint(format!(
                    "If they were lost, revoke them at {keys}, and run `covibe-local login` again."
                ))
            }
            Self::Full => denied("The workspace cannot have more keys at the moment.")
                .hint(format!("Revoke unused keys at {keys}, and run `covibe-local login` again.")),
            Self::Unknown => untrusted(origin),
        }
    }
}

fn untrusted(origin: &Origin) -> Problem {
    Problem::failure(format!("{origin} returned an answer that this version does not understand."))
        .hint(format!("Run `covibe-local doctor --base-url {origin}`."))
}

/// Returns the problem of a code that nobody approved in time.
pub(super) fn expired() -> Problem {
    Problem::new(Exit::Denied, "The code expired before it was approved.")
        .hint("Run `covibe-local login` again.")
}
