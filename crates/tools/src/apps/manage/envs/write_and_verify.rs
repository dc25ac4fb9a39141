//! Writes the environment variables of an app, and reads them back.

use std::collections::HashSet;

use covibe_compose::StoredVariables;
use covibe_coolify::{Env, EnvWrite};
use covibe_domain::{Failure, Kind, Secret};
use covibe_workspace::{AnyApp, Coolify};

use super::errors::{lost_variables, partial_write};
use super::planned_writes::{is_for_build, writes};
use super::references::check_references;
use super::total_size::check_size;
use super::value_escaping::changed_values;
use super::variable_checks::{check_compose, check_no_previews, check_routes};
use super::variable_input::EnvInput;

/// The effect of setting variables.
pub(crate) struct WrittenEnvs {
    /// The names of the variables.
    pub(crate) names: Vec<String>,
    /// True if any of them was seen to be missing or different before.
    pub(crate) changed: bool,
    /// True if Coolify did not return the earlier value of any of them, which may have been another one.
    pub(crate) replaced_hidden: bool,
    /// The variables that arrive changed, and those that the build does not get.
    pub(crate) warning: Option<String>,
}

/// Sets variables of an app that [`super::check()`] has accepted.
pub(super) async fn write(
    coolify: &Coolify,
    app: &AnyApp,
    envs: &[EnvInput],
) -> Result<WrittenEnvs, Failure> {
    if app.is_compose() {
        check_compose(envs)?;
    }
    if let AnyApp::Service(service) = app {
        check_routes(service, envs)?;
    }
    if !app.has_env_flags() {
        check_no_previews(envs)?;
    }
    let before = coolify.app_envs(app).await?;
    if let AnyApp::Service(service) = app {
        let file = service.compose().map(StoredVariables::from_file).unwrap_or_default();
        check_references(&file, &before, envs)?;
    }
    let writes = writes(envs, &before, app.has_env_flags())?;
    check_size(&before, &writes, app.has_env_flags())?;
    if let Err(failure) = coolify.upsert_app_envs(app, &writes).await {
        return Err(explain(coolify, app, &writes, failure).await);
    }
    let after = coolify.app_envs(app).await.map_err(Failure::in_doubt)?;
    let (names, lost) = partition(&writes, &after);
    if !lost.is_empty() {
        return Err(lost_variables(&lost));
    }
    let changed = !writes.iter().all(|write| contains(&before, write));
    let replaced_hidden = writes.iter().any(|write| hides(&before, write));
    let of_build = is_built(app).then(|| build_warnings(envs, &writes));
    let of_build = of_build.into_iter().flatten();
    let warnings: Vec<_> = changed_values(&writes).into_iter().chain(of_build).collect();
    let warning = (!warnings.is_empty()).then(|| warnings.join(" "));
    Ok(WrittenEnvs { names, changed, replaced_hidden, warning })
}

/// Adds the variables that were written to a refusal: Coolify refuses several one by one.
async fn explain(
    coolify: &Coolify,
    app: &AnyApp,
    writes: &[EnvWrite],
    failure: Failure,
) -> Failure {
    if failure.kind != Kind::Rejected || !failure.is_in_doubt() {
        return failure;
    }
    let Ok(after) = coolify.app_envs(app).await else { return failure };
    let (written, lost) = partition(writes, &after);
    partial_write(failure, written, lost)
}

/// Returns the names of the variables that are as they were written, and those of the others.
fn partition(writes: &[EnvWrite], present: &[Env]) -> (Vec<String>, Vec<String>) {
    let lost = writes.iter().filter(|write| !contains(present, write));
    let lost: HashSet<_> = lost.map(|write| write.key.as_str()).collect();
    let names = unique_names(writes.iter());
    names.into_iter().partition(|name| !lost.contains(name.as_str()))
}

fn unique_names<'a>(writes: impl Iterator<Item = &'a EnvWrite>) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = writes.map(|write| write.key.as_str()).filter(|name| seen.insert(*name));
    names.map(str::to_owned).collect()
}

/// Returns whether a variable is as it was written. Coolify trims values, and does not return those
/// of secrets.
fn contains(present: &[Env], write: &EnvWrite) -> bool {
    find(present, write).is_some_and(|env| {
        let value = env.value.as_ref().map(Secret::expose);
        value.is_none_or(|value| value.trim() == write.value.expose().trim())
            && env.is_literal == write.is_literal
            && env.is_multiline == write.is_multiline
            && env.is_shown_once == write.is_shown_once
            && write.is_buildtime.is_none_or(|wanted| wanted == env.is_buildtime)
    })
}

/// Returns whether the variable is present without its value.
fn hides(present: &[Env], write: &EnvWrite) -> bool {
    find(present, write).is_some_and(|env| env.value.is_none())
}

fn find<'a>(present: &'a [Env], write: &EnvWrite) -> Option<&'a Env> {
    let same = |env: &&Env| env.key == write.key.as_str() && env.is_preview == write.is_preview;
    present.iter().find(same)
}

/// Returns whether the app is built from code.
fn is_built(app: &AnyApp) -> bool {
    matches!(app, AnyApp::Application(app) if !app.runs_image())
}

/// Returns warnings about variables that the build does not get although the call does not ask for
/// that, and about secrets that it gets.
fn build_warnings(envs: &[EnvInput], writes: &[EnvWrite]) -> Vec<String> {
    // The preview copy of a variable follows it.
    let asked = |write: &EnvWrite| {
        let of_key = || envs.iter().filter(|env| env.identity().0 == write.key.as_str());
        let own = of_key().find(|env| env.identity().1 == write.is_preview);
        own.or(of_key().next()).and_then(|env| env.is_build_time)
    };
    let is_steering =
        |write: &&EnvWrite| !is_for_build(write) && asked(write).unwrap_or(!write.is_shown_once);
    let is_withheld = |write: &&EnvWrite| {
        write.is_shown_once && asked(write).is_none() && write.is_buildtime == Some(false)
    };
    let is_revealed = |write: &&EnvWrite| write.is_shown_once && write.is_buildtime == Some(true);
    let of = |is: &dyn Fn(&&EnvWrite) -> bool, text: &str| {
        let names = unique_names(writes.iter().filter(is)).join(", ");
        (!names.is_empty()).then(|| text.replace("{}", &names))
    };
    [
        of(
            &is_steering,
            "The running app gets {}, but its build does not: programs on the host would interpret \
             the name or the value. A value with $ or a backtick reaches the build with \
             `isLiteral: true`; for such a name use ARG or ENV in the Dockerfile.",
        ),
        of(
            &is_withheld,
            "The running app gets {}, but its build does not: builds do not get variables that are \
             shown once. If the build needs it, pass `isBuildTime: true`.",
        ),
        of(&is_revealed, "The build gets {}: it may stay readable in a layer of the image."),
    ]
    .into_iter()
    .flatten()
    .collect()
}
