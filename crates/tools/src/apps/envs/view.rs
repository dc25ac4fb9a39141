//! Coolify's environment variables as callers see them.

use std::collections::HashSet;

use covibe_coolify::Env;
use covibe_domain::entities::{EnvVar, KeyAccess};
use covibe_domain::{Revealed, Secret};
use covibe_policy::{is_credential, is_generated};
use covibe_workspace::AnyApp;

/// Converts the variables of an app. The value of a shown-once variable is left out even if Coolify
/// returns it, and so is that of its twin, which has the same value and may lack the flag. A key that only
/// reads gets no credentials either.
pub(super) fn view(app: &AnyApp, envs: &[Env], access: KeyAccess) -> Vec<EnvVar> {
    let secret: HashSet<_> =
        envs.iter().filter(|env| env.is_shown_once).map(|env| env.key.as_str()).collect();
    let is_shown = |env: &Env, value: &Secret| {
        let is_withheld = access == KeyAccess::Read && is_credential(&env.key, value.expose());
        !is_withheld && !secret.contains(&*env.key)
    };
    let each = envs.iter().map(|env| EnvVar {
        key: env.key.clone(),
        value: env.value.clone().filter(|value| is_shown(env, value)).map(Revealed::new),
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
