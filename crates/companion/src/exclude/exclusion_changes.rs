//! The changes that a person makes to `exclude.json`.

use std::path::PathBuf;

use super::exclude_file::{ExcludedRepository, Exclusions};
use crate::git::Location;

/// The target of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The repository that contains a path, or what lies below it if it is in none.
    Path(PathBuf),
    /// A pattern of paths.
    Glob(String),
    /// A pattern of remotes.
    Remote(String),
}

/// The change of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays private.
    Exclude,
    /// It is sent.
    Include,
}

/// A target that was found on this machine.
pub(super) enum ExclusionTarget {
    Repository(Location, Vec<String>),
    Glob(String),
    Remote(String),
}

impl ExclusionTarget {
    pub(super) fn change(&self, rules: &mut Exclusions, change: Change) {
        match (self, change) {
            (Self::Repository(place, roots), Change::Exclude) => exclude(rules, place, roots),
            (Self::Repository(place, _), Change::Include) => include(rules, place),
            (Self::Glob(glob), Change::Exclude) => {
                toggle(&mut rules.globs, &mut rules.included_globs, glob, true);
            }
            (Self::Glob(glob), Change::Include) => {
                toggle(&mut rules.included_globs, &mut rules.globs, glob, rules.include_only);
            }
            (Self::Remote(remote), Change::Exclude) => {
                toggle(&mut rules.remotes, &mut rules.included_remotes, remote, true);
            }
            (Self::Remote(remote), Change::Include) => {
                let is_added = rules.include_only;
                toggle(&mut rules.included_remotes, &mut rules.remotes, remote, is_added);
            }
        }
    }
}

fn exclude(rules: &mut Exclusions, place: &Location, roots: &[String]) {
    rules.included.retain(|path| *path != place.common_dir);
    rules.repositories.retain(|repository| repository.common_dir != place.common_dir);
    rules
        .repositories
        .push(ExcludedRepository { common_dir: place.common_dir.clone(), roots: roots.to_vec() });
}

fn include(rules: &mut Exclusions, place: &Location) {
    rules.repositories.retain(|repository| repository.common_dir != place.common_dir);
    // Its first commits can still be those of an excluded one.
    if !rules.included.contains(&place.common_dir) {
        rules.included.push(place.common_dir.clone());
    }
}

/// Adds a text to one list, if it is to be there, and removes it from the other.
fn toggle(to: &mut Vec<String>, from: &mut Vec<String>, text: &str, is_added: bool) {
    from.retain(|other| other != text);
    if is_added && !to.iter().any(|other| other == text) {
        to.push(text.to_owned());
    }
}
