//! Coolify's environment variables as callers see them.

use std::collections::HashSet;

use covibe_coolify::Env;
use covibe_domain::Revealed;
use covibe_domain::entities::{EnvVar, KeyAccess};
use covibe_policy::is_generated;
use covibe_workspace::AnyApp;

/// Converts the variables of an app. The value of a shown-once variable is left out even if Coolify
/// returns it, and so is that of its twin, which has the same value and may lack the flag. A key that only
/// reads gets names alone: nothing tells which values are secret.
pub(super) fn view(app: &AnyApp, envs: &[Env], access: KeyAccess) -> Vec<EnvVar> {
    let secret: HashSet<_> =
        envs.iter().filter(|env| env.is_shown_once).map(|env| env.key.as_str()).collect();
    let is_shown = |env: &Env| access == KeyAccess::Full && !secret.contains(&*env.key);
    let each = envs.iter().map(|env| EnvVar {
        key: env.key.clone(),
        value: env.value.clone().filter(|_| is_shown(env)).map(Revealed::new),
        // Coolify stores these two for a service's variables, but does not use them.
        is_preview: env.is_preview && app.has_env_flags(),
        is_build_time: env.is_buildtime && app.has_env_flags(),
        is_literal: env.is_literal,
        is_multiline: env.is_multiline,
        is_shown_once: env.is_shown_once,
        is_generated: app.is_compose() && is_generated(&env.key),
    });
    each.collect()
}
