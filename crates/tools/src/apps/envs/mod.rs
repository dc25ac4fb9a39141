//! Environment variables of apps.

pub(super) mod list;
pub(super) mod upsert;

use std::collections::HashSet;

use covibe_coolify::{Env, EnvWrite};
use covibe_domain::entities::EnvVar;
use covibe_domain::{Failure, Revealed, Secret, names};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::params::shown;

/// The longest value, in characters.
const MAX_VALUE: usize = 65_536;

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
}

/// Refuses names that a shell would not take (C section 7.3), and the same one twice.
pub(crate) fn check(envs: &[EnvInput]) -> Result<(), Failure> {
    if let Some(bad) = envs.iter().find(|env| !names::is_env_key(&env.key)) {
        let name = shown(&bad.key);
        return Err(Failure::invalid(format!("Environment variable name {name} is not allowed."))
            .hint("Names match ^[A-Z_][A-Z0-9_]*$, like DATABASE_URL."));
    }
    let mut seen = HashSet::new();
    match envs.iter().find(|env| !seen.insert(env.identity())) {
        Some(twice) => Err(Failure::invalid(format!("{} is set twice.", twice.key))),
        None => Ok(()),
    }
}

/// What Coolify must be told for these variables, given those that are there.
pub(crate) fn writes(envs: &[EnvInput], present: &[Env]) -> Vec<EnvWrite> {
    let named: HashSet<_> = envs.iter().map(EnvInput::identity).collect();
    let writes = envs.iter().flat_map(|env| {
        let twin_is_named = named.contains(&(env.key.as_str(), true));
        writes_of(env, present).into_iter().take(if twin_is_named { 1 } else { 2 })
    });
    writes.collect()
}

/// Coolify makes a preview twin of each new variable, and leaves it behind when that changes. A
/// secret would stay readable in it, so the twin of one is written too.
fn writes_of(env: &EnvInput, present: &[Env]) -> Vec<EnvWrite> {
    let is_preview = env.is_preview.unwrap_or_default();
    let write = write(env, is_preview, present);
    if write.is_shown_once && !is_preview {
        let twin = EnvWrite { is_preview: true, ..write.clone() };
        return vec![write, twin];
    }
    vec![write]
}

/// Flags that a call leaves out are kept: Coolify resets those that it is not told.
fn write(env: &EnvInput, is_preview: bool, present: &[Env]) -> EnvWrite {
    let old = present.iter().find(|old| old.key == env.key && old.is_preview == is_preview);
    let kept = |wanted: Option<bool>, flag: fn(&Env) -> bool| {
        wanted.unwrap_or_else(|| old.is_some_and(flag))
    };
    let is_shown_once = kept(env.is_shown_once, |old| old.is_shown_once);
    EnvWrite {
        key: env.key.clone(),
        value: Secret::new(env.value.clone()),
        is_preview,
        is_literal: kept(env.is_literal, |old| old.is_literal),
        is_multiline: kept(env.is_multiline, |old| old.is_multiline),
        is_shown_once,
        // A build argument may stay in an image's layers, which is no place for a secret.
        is_buildtime: if is_shown_once { Some(false) } else { old.map(|old| old.is_buildtime) },
    }
}

/// Projects the variables of an app. The value of one that is shown once is left out whatever
/// Coolify says, and that of its twin, which has the same value and may lack the flag.
fn view(envs: &[Env]) -> Vec<EnvVar> {
    let secret: HashSet<_> =
        envs.iter().filter(|env| env.is_shown_once).map(|env| env.key.as_str()).collect();
    envs.iter().map(|env| view_one(env, secret.contains(env.key.as_str()))).collect()
}

fn view_one(env: &Env, is_secret: bool) -> EnvVar {
    EnvVar {
        key: env.key.clone(),
        value: env.value.clone().filter(|_| !is_secret).map(Revealed::new),
        is_preview: env.is_preview,
        is_build_time: env.is_buildtime,
        is_literal: env.is_literal,
        is_multiline: env.is_multiline,
        is_shown_once: env.is_shown_once,
    }
}
