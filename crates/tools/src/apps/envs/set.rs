//! Writing variables, and looking whether they are there.

use std::collections::HashSet;

use covibe_coolify::{Env, EnvWrite};
use covibe_domain::{Failure, Kind, Secret};

use super::{EnvInput, check_compose, check_unflagged};
use crate::context::{AnyApp, Coolify};

/// What became of variables that were set.
pub(crate) struct Set {
    /// Their names.
    pub(crate) names: Vec<String>,
    /// Whether any of them was missing, or other, before.
    pub(crate) changed: bool,
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
    let writes = writes(envs, &before, app.has_env_flags());
    if let Err(failure) = coolify.upsert_app_envs(app, &writes).await {
        return Err(told(coolify, app, &writes, failure).await);
    }
    let after = coolify.app_envs(app).await.map_err(Failure::in_doubt)?;
    let (names, lost) = sorted(&writes, &after);
    if !lost.is_empty() {
        return Err(overtaken(&lost));
    }
    let changed = !writes.iter().all(|write| holds(&before, write));
    Ok(Set { names, changed })
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
    let lost: HashSet<_> =
        writes.iter().filter(|write| !holds(present, write)).map(|write| &write.key).collect();
    let mut seen = HashSet::new();
    let names = writes.iter().map(|write| write.key.clone()).filter(|key| seen.insert(key.clone()));
    names.partition(|name| !lost.contains(name))
}

/// Whether a variable is there as it was written. Coolify trims values, and does not tell those of
/// secrets.
fn holds(present: &[Env], write: &EnvWrite) -> bool {
    let same = |env: &&Env| env.key == write.key && env.is_preview == write.is_preview;
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
/// app's variables can be for previews or the build.
fn writes(envs: &[EnvInput], present: &[Env], flags: bool) -> Vec<EnvWrite> {
    let named: HashSet<_> = envs.iter().map(EnvInput::identity).collect();
    let mut writes = Vec::new();
    for env in envs {
        let write = write(env, present, flags);
        let twin = twin(&write, present);
        writes.push(write);
        writes.extend(twin.filter(|twin| flags && !named.contains(&(&*twin.key, true))));
    }
    writes
}

/// Coolify makes a preview twin of each new variable, and leaves it behind when that changes. A
/// secret would stay readable in it, so the twin of one is written too, and of one that was.
fn twin(write: &EnvWrite, present: &[Env]) -> Option<EnvWrite> {
    let was_secret =
        || present.iter().any(|old| old.key == write.key && old.is_preview && old.is_shown_once);
    let is_due = !write.is_preview && (write.is_shown_once || was_secret());
    is_due.then(|| EnvWrite { is_preview: true, ..write.clone() })
}

/// Flags that a call leaves out are kept: Coolify resets those that it is not told.
fn write(env: &EnvInput, present: &[Env], flags: bool) -> EnvWrite {
    let (key, is_preview) = env.identity();
    let old = present.iter().find(|old| old.key == key && old.is_preview == is_preview);
    let kept = |wanted: Option<bool>, flag: fn(&Env) -> bool| {
        wanted.unwrap_or_else(|| old.is_some_and(flag))
    };
    let is_shown_once = kept(env.is_shown_once, |old| old.is_shown_once);
    // A build argument may stay in an image's layers, which is no place for a secret.
    let buildtime = if is_shown_once { Some(false) } else { old.map(|old| old.is_buildtime) };
    EnvWrite {
        key: env.key.clone(),
        value: Secret::new(env.value.clone()),
        is_preview,
        is_literal: kept(env.is_literal, |old| old.is_literal),
        is_multiline: env.has_lines() || kept(env.is_multiline, |old| old.is_multiline),
        is_shown_once,
        is_buildtime: buildtime.filter(|_| flags),
    }
}
