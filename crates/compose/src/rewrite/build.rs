//! `build` in a repository: the folder as Coolify finds it, and nothing that Coolify decides.

use std::collections::HashMap;

use super::environment;
use super::normalization::assignments;
use super::rewriter::{Rewriter, no_value};
use crate::file_location::Location;
use crate::refusals;
use crate::repository::{Repository, join_paths};
use crate::yaml_tree::Tree;

/// Options of a build that are not sent.
const DROPPED: [&str; 9] = [
    "cache_from",
    "cache_to",
    "no_cache",
    "platforms",
    "provenance",
    "pull",
    "sbom",
    "shm_size",
    "tags",
];

/// Rewrites the build of a service. The built image has no other name than the one that Coolify gives it: with the
/// name of a published image, every other app of the host would take it for that image.
pub(super) fn rewrite(
    rewriter: &mut Rewriter<'_>,
    repository: &Repository,
    at: &Location,
    service: &mut Tree,
) {
    if service.remove("image").is_some_and(|image| !image.is_null()) {
        rewriter.note(
            &at.key("image"),
            "dropped",
            "the service is built, and Coolify names the image",
        );
    }
    service.remove("pull_policy");
    let at = at.key("build");
    let mut build = match service.remove("build") {
        Some(Tree::Text(context)) => Tree::Map(vec![("context".to_owned(), Tree::Text(context))]),
        Some(Tree::Map(members)) => Tree::Map(members),
        // The judge reports it.
        Some(other) => return service.set("build", other),
        None => return,
    };
    for key in DROPPED {
        if build.remove(key).is_some() {
            rewriter.note(&at.key(key), "dropped", "it has no effect here");
        }
    }
    if let Some(Tree::List(args)) = build.get("args")
        && let Some(args) = assignments(args)
    {
        build.set("args", Tree::Map(args));
    }
    let environment = service.get("environment").map(Tree::members).unwrap_or_default();
    let environment: HashMap<_, _> =
        environment.iter().map(|(own, its)| (own.as_str(), its)).collect();
    for (name, value) in build.get("args").map(Tree::members).unwrap_or_default() {
        if environment.get(name.as_str()).is_some_and(|its| *its != value) {
            rewriter.refuse(&at.key("args").key(name), refusals::argument_of_container());
        }
    }
    let args = build.get_mut("args").map(Tree::members_mut).unwrap_or_default();
    for (name, value) in args {
        if let Tree::Text(text) = value {
            *text = environment::without_messages(rewriter, &at.key("args").key(name), text);
        }
    }
    let context = text(rewriter, &at, &build, "context", ".");
    let dockerfile = text(rewriter, &at, &build, "dockerfile", "Dockerfile");
    if let (Some(context), Some(dockerfile)) = (context, dockerfile) {
        match place(repository, &context, &dockerfile) {
            Ok((context, dockerfile)) => {
                build.set("context", Tree::Text(context));
                build.set("dockerfile", Tree::Text(dockerfile));
            }
            Err((key, problem)) => rewriter.refuse(&at.key(key), problem),
        }
    }
    service.set("build", build);
}

/// Returns the value of a key that is evaluated now: Coolify does not keep variables there.
fn text(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    build: &Tree,
    key: &str,
    default: &str,
) -> Option<String> {
    let Some(value) = build.get(key).filter(|value| !value.is_null()) else {
        return Some(default.to_owned());
    };
    match rewriter.values.evaluate(value.as_str()?) {
        Ok(text) => Some(text),
        Err(why) => {
            let problem = no_value(rewriter, why);
            rewriter.refuse(&at.key(key), problem);
            None
        }
    }
}

/// Returns the context as a path from the folder that is built, and the Dockerfile as one from the context.
fn place(
    repository: &Repository,
    context: &str,
    dockerfile: &str,
) -> Result<(String, String), (&'static str, crate::problem::Problem)> {
    let is_remote = context.contains("://") || context.starts_with("git@") || context.contains('#');
    if is_remote {
        return Err(("context", refusals::remote_context()));
    }
    let folder =
        repository.resolve(context).ok_or_else(|| ("context", refusals::outer_context()))?;
    let within =
        repository.within_base(&folder).ok_or_else(|| ("context", refusals::outer_context()))?;
    let file =
        join_paths("", dockerfile).filter(|file| !file.is_empty() && !dockerfile.starts_with('/'));
    let file = file.ok_or_else(|| ("dockerfile", refusals::outer_dockerfile()))?;
    let context = if within.is_empty() { ".".to_owned() } else { format!("./{within}") };
    Ok((context, file))
}
