//! Checks of the environment variables that a call sets.

use std::collections::HashSet;

use covibe_compose::may_route_by_variables;
use covibe_coolify::Service;
use covibe_domain::{Failure, names};
use covibe_policy::{app_variable, own_variable, quoted_variable, routes};

use super::errors::{
    all_of, invalid_name, multiline_value, preview_variable, repeated_variable, routing_variable,
};
use super::public_variables::check_public;
use super::value_escaping::Form;
use super::variable_input::EnvInput;

/// Refuses names that are not valid in a shell, values that no app may have or that no form delivers, all
/// of them at once, and repeated names.
pub(in crate::apps) fn check(envs: &[EnvInput]) -> Result<(), Failure> {
    let failures = envs.iter().filter_map(|env| Some((env.key.as_str(), check_one(env).err()?)));
    if let Some(failure) = all_of(failures.collect()) {
        return Err(failure);
    }
    check_public(envs)?;
    let mut seen = HashSet::new();
    match envs.iter().find(|env| !seen.insert(env.identity())) {
        Some(repeated) => Err(repeated_variable(&repeated.key)),
        None => Ok(()),
    }
}

fn check_one(env: &EnvInput) -> Result<(), Failure> {
    let EnvInput { key, value, .. } = env;
    if !names::is_env_key(key) {
        return Err(invalid_name(key));
    }
    app_variable(key, value)?;
    if Form::choose_form(env, None)?.is_quoted() {
        quoted_variable(key, value)?;
    }
    if env.has_lines() && env.is_multiline == Some(false) {
        // Coolify would write the second line as a variable of its own.
        return Err(multiline_value(key));
    }
    Ok(())
}

/// Refuses the names that Coolify itself sets in compose apps.
pub(in crate::apps) fn check_compose(envs: &[EnvInput]) -> Result<(), Failure> {
    envs.iter().try_for_each(|env| own_variable(&env.key))
}

/// Refuses the variables by which Coolify routes some images, for a service that runs one of them: a
/// service that is older than the rule that images are sent with their registry.
pub(super) fn check_routes(service: &Service, envs: &[EnvInput]) -> Result<(), Failure> {
    if !service.compose().is_none_or(may_route_by_variables) {
        return Ok(());
    }
    match envs.iter().find(|env| routes(&env.key)) {
        Some(env) => Err(routing_variable(&env.key)),
        None => Ok(()),
    }
}

/// Refuses preview variables, for an app that has no previews.
pub(in crate::apps) fn check_no_previews(envs: &[EnvInput]) -> Result<(), Failure> {
    match envs.iter().find(|env| env.is_preview == Some(true)) {
        Some(env) => Err(preview_variable(&env.key)),
        None => Ok(()),
    }
}
