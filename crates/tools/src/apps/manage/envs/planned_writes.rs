//! The variables to write to Coolify for those that a call sets.

use std::collections::HashSet;

use covibe_coolify::{Env, EnvKey, EnvWrite};
use covibe_domain::{Failure, Secret};
use covibe_policy::{build_variable, quoted_variable};

use super::errors::invalid_name;
use super::value_escaping::Form;
use super::variable_input::EnvInput;

/// Returns what to write for `envs`, given the variables that are `present`. `has_flags` is whether
/// the app's variables can be for previews or the build.
///
/// Preview variables come last: Coolify looks for existing ones once, and would create those that it
/// did not see a second time.
pub(super) fn writes(
    envs: &[EnvInput],
    present: &[Env],
    has_flags: bool,
) -> Result<Vec<EnvWrite>, Failure> {
    let named: HashSet<_> = envs.iter().map(EnvInput::identity).collect();
    let mut writes = Vec::new();
    for env in envs {
        let write = write(env, present, has_flags)?;
        if is_quoted(&write) {
            quoted_variable(&env.key, &env.value)?;
        }
        let copy = preview_copy(&write, present);
        writes.push(write);
        let is_new = |copy: &EnvWrite| has_flags && !named.contains(&(copy.key.as_str(), true));
        writes.extend(copy.filter(is_new));
    }
    writes.sort_by_key(|write| write.is_preview);
    Ok(writes)
}

/// Returns what to write for the preview copy that Coolify creates with each variable, if it must
/// change too. Coolify leaves it as it is when the variable changes: the value of a variable that is
/// or was secret would stay readable there, and a value that must not reach the build of the app
/// would reach that of a preview.
fn preview_copy(write: &EnvWrite, present: &[Env]) -> Option<EnvWrite> {
    if write.is_preview {
        return None;
    }
    let old = present.iter().find(|old| old.key == write.key.as_str() && old.is_preview);
    let copy = EnvWrite { is_preview: true, ..write.clone() };
    if write.is_shown_once || old.is_some_and(|old| old.is_shown_once) {
        return Some(copy);
    }
    let Some(old) = old else {
        return (write.is_buildtime == Some(false)).then_some(copy);
    };
    let kept = EnvWrite {
        value: old.value.clone().unwrap_or_else(|| write.value.clone()),
        is_literal: old.is_literal,
        is_multiline: old.is_multiline,
        is_buildtime: Some(false),
        ..copy
    };
    (old.is_buildtime && !is_for_build(&kept)).then_some(kept)
}

/// Returns what to write for one variable. Flags that the call leaves out are kept: Coolify would
/// reset them.
fn write(env: &EnvInput, present: &[Env], has_flags: bool) -> Result<EnvWrite, Failure> {
    let (key, is_preview) = env.identity();
    let old = present.iter().find(|old| old.key == key && old.is_preview == is_preview);
    let kept = |wanted: Option<bool>, flag: fn(&Env) -> bool| {
        wanted.unwrap_or_else(|| old.is_some_and(flag))
    };
    let Form { is_literal, is_multiline } = Form::choose_form(env, old)?;
    let mut write = EnvWrite {
        key: key_of(env)?,
        value: Secret::new(env.value.clone()),
        is_preview,
        is_literal,
        is_multiline,
        is_shown_once: kept(env.is_shown_once, |old| old.is_shown_once),
        is_buildtime: None,
    };
    if has_flags {
        write.is_buildtime = buildtime(&write, env.is_build_time, old);
    }
    Ok(write)
}

/// Parses a name that [`super::check()`] has accepted.
fn key_of(env: &EnvInput) -> Result<EnvKey, Failure> {
    env.key.parse().map_err(|_| invalid_name(&env.key))
}

/// Returns whether the build gets the variable; `None` for Coolify's default. `wanted` is what the call
/// says of it.
///
/// A value that affects the host is always kept from the build; a secret unless the call says
/// otherwise, because a build argument may stay in the image's layers. If only its old value kept a
/// variable from the build, it gets there with a harmless one.
fn buildtime(write: &EnvWrite, wanted: Option<bool>, old: Option<&Env>) -> Option<bool> {
    if !is_for_build(write) || (write.is_shown_once && wanted.is_none()) {
        return Some(false);
    }
    if wanted.is_some() {
        return wanted;
    }
    let was_withheld = |old: &Env| {
        let value = old.value.as_ref().filter(|_| !old.is_shown_once);
        let is_quoted = old.is_literal || old.is_multiline;
        value.is_some_and(|value| !build_variable(&old.key, value.expose(), is_quoted))
    };
    old.map(|old| old.is_buildtime || was_withheld(old))
}

/// Returns whether Coolify writes the value in quotes, without interpolation.
fn is_quoted(write: &EnvWrite) -> bool {
    write.is_literal || write.is_multiline
}

/// Returns whether the build may get the variable.
pub(super) fn is_for_build(write: &EnvWrite) -> bool {
    build_variable(write.key.as_str(), write.value.expose(), is_quoted(write))
}
