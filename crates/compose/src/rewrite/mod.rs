//! Rewriting a file as its project publishes it into one that Coolify runs as it is meant.
//!
//! Each step changes the tree, and notes what it changed and why. What no step handles is left to
//! the judge.

mod build;
mod configs_and_secrets;
mod configs_of_files;
mod dropped_keys;
pub(crate) mod env_files;
mod environment;
mod extends;
mod host_names;
mod image;
mod long_waits;
mod mounts;
mod networks;
mod normalization;
mod numeric_strings;
mod ports;
mod resource_limits;
mod restart_policies;
mod rewriter;
mod service_selection;
mod variable_evaluation;
pub(crate) mod variable_rows;

pub(crate) use self::rewriter::Rewriter;
use self::rewriter::each_service;
pub(crate) use self::rewriter::services;
use crate::file_location::Location;
use crate::refusals;
use crate::yaml_tree::Tree;

/// A step for one service: its name, its location and its tree.
type Step = fn(&mut Rewriter<'_>, &str, &Location, &mut Tree);

const STEPS: [Step; 11] = [
    image::rewrite,
    ports::rewrite,
    mounts::rewrite,
    // What it leaves empty is dropped next.
    restart_policies::rewrite,
    env_files::rewrite,
    dropped_keys::rewrite,
    environment::rewrite,
    configs_and_secrets::rewrite_reading,
    variable_evaluation::rewrite,
    resource_limits::rewrite,
    numeric_strings::rewrite,
];

/// Rewrites a file. Returns nothing if its services can't be found.
pub(crate) fn file(rewriter: &mut Rewriter<'_>, mut file: Tree) -> Option<Tree> {
    normalization::bound(rewriter, &Location::file(), &mut file);
    normalization::evaluate_dependencies(rewriter, &mut file);
    for at in normalization::normalize(&mut file) {
        rewriter.note(&at, "took the last of several values", "Docker Compose does the same");
    }
    normalization::extend(rewriter, &mut file)?;
    service_selection::select(rewriter, &mut file);
    restart_policies::mark_awaited(rewriter, &mut file);
    networks::rewrite(rewriter, &mut file);
    mounts::name(rewriter, &file);
    each_service(&mut file, |name, at, service| {
        for step in STEPS {
            step(rewriter, name, at, service);
        }
    });
    long_waits::rewrite(rewriter, &mut file);
    variable_rows::rewrite(rewriter, &mut file);
    mounts::declare(rewriter, &mut file);
    configs_and_secrets::inline(rewriter, &mut file);
    configs_and_secrets::rewrite(rewriter, &mut file);
    dropped_keys::top_level(rewriter, &mut file);
    // Some steps take a text without a value for an empty one.
    if rewriter.values.is_exceeded() {
        rewriter.refuse(&Location::file(), refusals::long_values());
    }
    Some(file)
}

/// Returns the file in one form, with nothing else rewritten.
pub(crate) fn normalized(mut file: Tree) -> Tree {
    normalization::normalize(&mut file);
    file
}
