//! Writing variables, and looking whether they are there.

use std::collections::HashSet;

use covibe_coolify::{Env, EnvKey, EnvWrite};
use covibe_domain::{Failure, Kind, Secret};
use covibe_policy::{build_variable, quoted_variable};
use covibe_workspace::{AnyApp, Coolify};

use super::{EnvInput, check_compose, check_unflagged, not_allowed};

/// What became of variables that were set.
pub(crate) struct Set {
    /// Their names.
    pub(crate) names: Vec<String>,
    /// Whether any of them was missing, or other, before.
    pub(crate) changed: bool,
    /// What the build does not get, where there is a build.
    pub(crate) warning: Option<String>,
}

/// Sets variables of an app, after [`super::check`].
pub(crate) async fn set(
    coolify: &Coolify,
    app: &AnyApp,
    envs: &[EnvInput],
) -> Result<Set, Failure> {
    if app.is_compose() {
        check_compose(envs)?;
    }
    if !app.has_env_flags() {
        check_unflagged(envs)?;
    }
    let before = coolify.app_envs(app).await?;
    let writes = writes(envs, &before, app.has_env_flags())?;
    if let Err(failure) = coolify.upsert_app_envs(app, &writes).await {
        return Err(told(coolify, app, &writes, failure).await);
    }
    let after = coolify.app_envs(app).await.map_err(Failure::in_doubt)?;
    let (names, lost) = sorted(&writes, &after);
    if !lost.is_empty() {
        return Err(overtaken(&lost));
    }
    let changed = !writes.iter().all(|write| holds(&before, write));
    let warning = builds(app).then(|| kept_from_build(&writes)).flatten();
    Ok(Set { names, changed, warning })
}

/// A refusal of several comes after some were written: which, is looked up.
async fn told(coolify: &Coolify, app: &AnyApp, writes: &[EnvWrite], failure: Failure) -> Failure {
    if failure.kind != Kind::Rejected || !failure.is_in_doubt() {
        return failure;
    }
    let Ok(after) = coolify.app_envs(app).await else { return failure };
    let (written, lost) = sorted(writes, &after);
    let hint = match lost.first() {
        Some(first) => format!("Correct {first}, and repeat the call; what was written stays."),
        None => "List them with apps.envs.list.".to_owned(),
    };
    failure.detail("written", written).detail("notWritten", lost).hint(hint)
}

fn overtaken(lost: &[String]) -> Failure {
    let message = format!("Coolify does not hold what was written: {}.", lost.join(", "));
    Failure::conflict(message)
        .hint("Another call may have changed it meanwhile: apps.envs.list, then repeat the call.")
        .detail("notWritten", lost)
        .in_doubt()
}

/// The names of those that are there as they were written, and of the others.
fn sorted(writes: &[EnvWrite], present: &[Env]) -> (Vec<String>, Vec<String>) {
    let lost: HashSet<_> = writes.iter().filter(|write| !holds(present, write)).map(name).collect();
    let mut seen = HashSet::new();
    let names = writes.iter().map(name).filter(|name| seen.insert(*name));
    names.map(str::to_owned).partition(|name| !lost.contains(name.as_str()))
}

fn name(write: &EnvWrite) -> &str {
    write.key.as_str()
}

/// Whether a variable is there as it was written. Coolify trims values, and does not tell those of
/// secrets.
fn holds(present: &[Env], write: &EnvWrite) -> bool {
    let same = |env: &&Env| env.key == write.key.as_str() && env.is_preview == write.is_preview;
    present.iter().find(same).is_some_and(|env| {
        let value = env.value.as_ref().map(Secret::expose);
        value.is_none_or(|value| value.trim() == write.value.expose().trim())
            && env.is_literal == write.is_literal
            && env.is_multiline == write.is_multiline
            && env.is_shown_once == write.is_shown_once
            && write.is_buildtime.is_none_or(|wanted| wanted == env.is_buildtime)
    })
}

/// What Coolify must be told for these variables, given those that are there; `flags` is whether the
/// app's variables can be for previews or the build. Those for previews come last: Coolify looks
/// for them once, and makes those that it did not see then a second time.
fn writes(envs: &[EnvInput], present: &[Env], flags: bool) -> Result<Vec<EnvWrite>, Failure> {
    let named: HashSet<_> = envs.iter().map(EnvInput::identity).collect();
    let mut writes = Vec::new();
    for env in envs {
        let write = write(env, present, flags)?;
        if as_is(&write) {
            quoted_variable(&env.key, &env.value)?;
        }
        let twin = twin(&write, present);
        writes.push(write);
        writes.extend(twin.filter(|twin| flags && !named.contains(&(name(twin), true))));
    }
    writes.sort_by_key(|write| write.is_preview);
    Ok(writes)
}

/// Coolify makes a preview twin of each new variable, and leaves it behind when that changes. A
/// secret would stay readable in it, so the twin of one is written too, and of one that was; and it
/// would get to the build of a preview what must not.
fn twin(write: &EnvWrite, present: &[Env]) -> Option<EnvWrite> {
    if write.is_preview {
        return None;
    }
    let old = present.iter().find(|old| old.key == write.key.as_str() && old.is_preview);
    let copy = EnvWrite { is_preview: true, ..write.clone() };
    if write.is_shown_once || old.is_some_and(|old| old.is_shown_once) {
        return Some(copy);
    }
    match old {
        None => (write.is_buildtime == Some(false)).then_some(copy),
        Some(old) => {
            let value = old.value.clone().unwrap_or_else(|| write.value.clone());
            let kept = EnvWrite {
                value,
                is_literal: old.is_literal,
                is_multiline: old.is_multiline,
                is_buildtime: Some(false),
                ..copy
            };
            (old.is_buildtime && !is_for_build(&kept)).then_some(kept)
        }
    }
}

/// Flags that a call leaves out are kept: Coolify resets those that it is not told.
fn write(env: &EnvInput, present: &[Env], flags: bool) -> Result<EnvWrite, Failure> {
    let (key, is_preview) = env.identity();
    let old = present.iter().find(|old| old.key == key && old.is_preview == is_preview);
    let kept = |wanted: Option<bool>, flag: fn(&Env) -> bool| {
        wanted.unwrap_or_else(|| old.is_some_and(flag))
    };
    let mut write = EnvWrite {
        key: key_of(env)?,
        value: Secret::new(env.value.clone()),
        is_preview,
        is_literal: kept(env.is_literal, |old| old.is_literal),
        is_multiline: env.has_lines() || kept(env.is_multiline, |old| old.is_multiline),
        is_shown_once: kept(env.is_shown_once, |old| old.is_shown_once),
        is_buildtime: None,
    };
    if flags {
        write.is_buildtime = buildtime(&write, old);
    }
    Ok(write)
}

/// The name that [`super::check`] has let through.
fn key_of(env: &EnvInput) -> Result<EnvKey, Failure> {
    env.key.parse().map_err(|_| not_allowed(&env.key))
}

/// Whether the build gets it. A build argument may stay in an image's layers, which is no place for
/// a secret; and some act on the host. What was kept from the build for its value alone gets there
/// with a better one.
fn buildtime(write: &EnvWrite, old: Option<&Env>) -> Option<bool> {
    if write.is_shown_once || !is_for_build(write) {
        return Some(false);
    }
    let was_kept = |old: &Env| {
        let value = old.value.as_ref().filter(|_| !old.is_shown_once);
        let as_is = old.is_literal || old.is_multiline;
        value.is_some_and(|value| !build_variable(&old.key, value.expose(), as_is))
    };
    old.map(|old| old.is_buildtime || was_kept(old))
}

/// Whether Coolify writes the value as it is.
fn as_is(write: &EnvWrite) -> bool {
    write.is_literal || write.is_multiline
}

/// Whether the build may be given it.
fn is_for_build(write: &EnvWrite) -> bool {
    build_variable(name(write), write.value.expose(), as_is(write))
}

/// Whether the app is built from code.
fn builds(app: &AnyApp) -> bool {
    matches!(app, AnyApp::Application(app) if !app.runs_image())
}

/// What of these the build would get, if it did not act on the host.
fn kept_from_build(writes: &[EnvWrite]) -> Option<String> {
    let mut seen = HashSet::new();
    let names: Vec<_> = writes
        .iter()
        .filter(|write| !write.is_shown_once && !is_for_build(write))
        .map(name)
        .filter(|name| seen.insert(*name))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "The running app gets {}, its build does not: programs of the host would act on the \
             name or the value there. A value with $ or ` gets to the build with isLiteral: true; \
             for such a name use ARG or ENV in the Dockerfile.",
            names.join(", ")
        )
    })
}
