//! Environment variables, and those of an application.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use covibe_domain::{AppUuid, EnvUuid, Secret, Timestamp, boxed};
use covibe_upstream::{BODY_LIMIT, Bounds, Cause, Effect, Error, LongText};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer_reading::{self, Listing};
use crate::client::Client;
use crate::forwarded_fields::is_env_key;

/// The limits of an answer with variables whose names alone matter, of at most 255 bytes.
pub(crate) const NAMES: Bounds =
    Bounds { body: 256 * 1024 * 1024, kept: BODY_LIMIT, text: 512, long: LongText::Length };

/// A variable. Coolify creates a preview copy of the same key for each production variable; later
/// writes to the production variable do not change the copy.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a variable are independent")]
pub struct Env {
    /// Its id.
    pub uuid: EnvUuid,
    /// Its name; unique together with `is_preview`.
    pub key: String,
    /// Its value; only for tokens that may read sensitive fields. Up to 4.1 also that of variables
    /// that are shown only once, which must not be passed on.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub value: Option<Secret>,
    /// True if it is for preview deployments.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_preview: bool,
    /// True if the build gets it.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_buildtime: bool,
    /// True if the container gets it.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_runtime: bool,
    /// True if it is used as it is, without replacing `$VAR`.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_literal: bool,
    /// True if it has several lines.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_multiline: bool,
    /// True if it is never shown again.
    #[serde(default, deserialize_with = "answer_reading::flag")]
    pub is_shown_once: bool,
    /// When it was written last.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub updated_at: Option<Timestamp>,
}

/// The name of a variable, which reaches shells of the build: capital letters, digits and `_`, at
/// most 255, not beginning with a digit, and none by which docker, docker compose, bash or the
/// dynamic loader of the host are configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvKey(Cow<'static, str>);

/// A text that is not an [`EnvKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEnvKey;

impl EnvKey {
    /// The API keys that SuperTokens accepts; without it, it answers anybody (template of 4.3.11).
    pub const API_KEYS: Self = Self(Cow::Borrowed("API_KEYS"));

    /// The URL at which people sign in to Logto (template of 4.3.11).
    pub const LOGTO_ENDPOINT: Self = Self(Cow::Borrowed("LOGTO_ENDPOINT"));

    /// The URL of Logto's console (template of 4.3.11).
    pub const LOGTO_ADMIN_ENDPOINT: Self = Self(Cow::Borrowed("LOGTO_ADMIN_ENDPOINT"));

    /// The password with which authentik creates `akadmin` when it first starts (2025.10, its blueprint `bootstrap`).
    pub const AUTHENTIK_BOOTSTRAP_PASSWORD: Self =
        Self(Cow::Borrowed("AUTHENTIK_BOOTSTRAP_PASSWORD"));

    /// `true` if a person has opened an auth provider, otherwise `false`. Only this server reads
    /// it.
    pub const COVIBE_OPENED: Self = Self(Cow::Borrowed("COVIBE_OPENED"));

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnvKey {
    type Err = InvalidEnvKey;

    fn from_str(text: &str) -> Result<Self, InvalidEnvKey> {
        if is_env_key(text) { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(InvalidEnvKey) }
    }
}

impl fmt::Display for EnvKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidEnvKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a variable's name: expected ^[A-Z_][A-Z0-9_]*$, and none that configures docker, \
             bash or the dynamic loader",
        )
    }
}

impl std::error::Error for InvalidEnvKey {}

/// A variable to write. Coolify resets the flags that a write leaves out, so all are sent.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of a variable are independent")]
pub struct EnvWrite {
    /// Its name.
    pub key: EnvKey,
    /// Its value.
    pub value: Secret,
    /// True if it is for preview deployments.
    pub is_preview: bool,
    /// True if it is used as it is, without replacing `$VAR`.
    pub is_literal: bool,
    /// True if it has several lines.
    pub is_multiline: bool,
    /// True if it is never shown again.
    pub is_shown_once: bool,
    /// True if the build gets it; `None` keeps the current value, and means yes for a new variable.
    pub is_buildtime: Option<bool>,
}

impl EnvWrite {
    /// Returns a variable for the container alone, whose value is used as it is.
    pub const fn literal(key: EnvKey, value: Secret) -> Self {
        Self {
            key,
            value,
            is_preview: false,
            is_literal: true,
            is_multiline: false,
            is_shown_once: false,
            is_buildtime: None,
        }
    }

    /// Returns the body for a service, which has neither previews nor a build.
    pub(crate) fn of_service(&self) -> Value {
        json!({
            "key": self.key.as_str(),
            "value": self.value.expose(),
            "is_literal": self.is_literal,
            "is_multiline": self.is_multiline,
            "is_shown_once": self.is_shown_once,
        })
    }

    fn of_application(&self) -> Value {
        let mut body = self.of_service();
        body["is_preview"] = json!(self.is_preview);
        if let Some(buildtime) = self.is_buildtime {
            body["is_buildtime"] = json!(buildtime);
        }
        body
    }
}

impl Client {
    /// Returns every variable of an application, production ones first.
    #[boxed]
    pub async fn envs(&self, uuid: &AppUuid) -> Result<Vec<Env>, Error> {
        let request = self.transport.get("/applications/{uuid}/envs").segment(uuid.as_str());
        Ok(request.json::<Listing<_>>().await?.0)
    }

    /// Returns the same without long values, which may take more bytes than are read otherwise.
    #[boxed]
    pub async fn env_names(&self, uuid: &AppUuid) -> Result<Vec<Env>, Error> {
        let request = self.transport.get("/applications/{uuid}/envs").segment(uuid.as_str());
        Ok(request.streamed::<Listing<_>>(NAMES).await?.0)
    }

    /// Creates or updates variables by key and `is_preview`; they apply from the next deployment
    /// on.
    ///
    /// Coolify stops at the first one it refuses and keeps those before it.
    #[boxed]
    pub async fn upsert_envs(&self, uuid: &AppUuid, envs: &[EnvWrite]) -> Result<(), Error> {
        if envs.is_empty() {
            return Ok(());
        }
        let body = json!({ "data": envs.iter().map(EnvWrite::of_application).collect::<Vec<_>>() });
        let request = self.transport.patch("/applications/{uuid}/envs/bulk").segment(uuid.as_str());
        mark_partial_upsert(request.body(body).repeatable().execute().await, envs.len())
    }

    /// Removes a variable; its copy stays.
    #[boxed]
    pub async fn delete_env(&self, uuid: &AppUuid, env: &EnvUuid) -> Result<(), Error> {
        let request = self.transport.delete("/applications/{uuid}/envs/{env}");
        request.segment(uuid.as_str()).segment(env.as_str()).execute().await
    }
}

/// Marks a refusal of several variables: those before the refused one were written.
pub(crate) fn mark_partial_upsert(written: Result<(), Error>, count: usize) -> Result<(), Error> {
    written.map_err(|error| match error.cause {
        Cause::Refused(_) if count > 1 => Error { effect: Effect::Possible, ..error },
        _ => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_names_that_configure_the_host() {
        for good in ["A", "_A1", "DATABASE_URL", "LD_", "DOCKER"] {
            assert_eq!(good.parse::<EnvKey>().unwrap().as_str(), good);
        }
        for bad in
            ["", "1A", "a", "A-B", "A B", "A$(id)", "COMPOSE_FILE", "LD_PRELOAD", "IFS", "A\n"]
        {
            assert_eq!(bad.parse::<EnvKey>(), Err(InvalidEnvKey), "{bad}");
        }
        assert!("A".repeat(255).parse::<EnvKey>().is_ok());
        assert!("A".repeat(256).parse::<EnvKey>().is_err());
    }

    #[test]
    fn the_predefined_keys_are_valid_names() {
        for key in [
            EnvKey::API_KEYS,
            EnvKey::LOGTO_ENDPOINT,
            EnvKey::LOGTO_ADMIN_ENDPOINT,
            EnvKey::AUTHENTIK_BOOTSTRAP_PASSWORD,
            EnvKey::COVIBE_OPENED,
        ] {
            assert_eq!(key.as_str().parse(), Ok(key));
        }
    }
}
