//! Environment variables of apps.

pub(super) mod delete;
pub(super) mod list;
mod set;
pub(super) mod upsert;
mod view;

use std::collections::HashSet;

use covibe_domain::{Failure, names};
use covibe_operation::shown;
use covibe_policy::{app_variable, own_variable, quoted_variable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use set::set;

/// The longest value, in characters.
const MAX_VALUE: usize = 65_536;

/// Members that are accepted without effect: whether the build gets a variable follows from the
/// Dockerfile.
const IGNORED: &[&str] =
    &["is_build_time", "isBuildTime", "envs.is_build_time", "envs.isBuildTime"];

/// The same for a tool that takes variables as `envs` only.
pub(super) const IGNORED_IN_ITEMS: &[&str] = &["envs.is_build_time", "envs.isBuildTime"];

/// One variable to set; flags left out keep what they are, or are off.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvInput {
    #[schemars(length(max = 255))]
    pub(crate) key: String,
    #[schemars(length(max = MAX_VALUE))]
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) is_preview: Option<bool>,
    #[serde(default)]
    pub(crate) is_multiline: Option<bool>,
    /// No $VAR interpolation.
    #[serde(default)]
    pub(crate) is_literal: Option<bool>,
    /// Secret: never shown again.
    #[serde(default)]
    pub(crate) is_shown_once: Option<bool>,
}

impl EnvInput {
    /// A name and its preview twin are two variables.
    fn identity(&self) -> (&str, bool) {
        (&self.key, self.is_preview.unwrap_or_default())
    }

    fn has_lines(&self) -> bool {
        self.value.contains(['\n', '\r'])
    }

    fn check(&self) -> Result<(), Failure> {
        let Self { key, value, .. } = self;
        if !names::is_env_key(key) {
            return Err(not_allowed(key));
        }
        if self.has_lines() && self.is_multiline == Some(false) {
            // Coolify would write the second line down as a variable of its own.
            return Err(Failure::invalid(format!("The value of {key} has several lines."))
                .hint("Leave isMultiline out, or pass true."));
        }
        app_variable(key, value)?;
        let as_is =
            self.is_literal == Some(true) || self.is_multiline == Some(true) || self.has_lines();
        if as_is { quoted_variable(key, value) } else { Ok(()) }
    }
}

fn not_allowed(key: &str) -> Failure {
    Failure::invalid(format!("Environment variable name {} is not allowed.", shown(key)))
        .hint("Names match ^[A-Z_][A-Z0-9_]*$, like DATABASE_URL.")
}

/// Refuses names that a shell would not take, values that no app may have, and the
/// same name twice.
pub(super) fn check(envs: &[EnvInput]) -> Result<(), Failure> {
    envs.iter().try_for_each(EnvInput::check)?;
    let mut seen = HashSet::new();
    match envs.iter().find(|env| !seen.insert(env.identity())) {
        Some(twice) => Err(Failure::invalid(format!("{} is set twice.", twice.key))),
        None => Ok(()),
    }
}

/// Refuses names that are Coolify's, for an app that is made of a compose file.
pub(super) fn check_compose(envs: &[EnvInput]) -> Result<(), Failure> {
    envs.iter().try_for_each(|env| own_variable(&env.key))
}

/// Refuses preview variables, for an app that has none.
pub(super) fn check_unflagged(envs: &[EnvInput]) -> Result<(), Failure> {
    match envs.iter().find(|env| env.is_preview == Some(true)) {
        Some(env) => {
            let message = format!("{} can't be for previews: a compose app has none.", env.key);
            Err(Failure::invalid(message).hint("Leave isPreview out."))
        }
        None => Ok(()),
    }
}
