//! Decides whether a repository stays private, by reading files alone.

use std::fmt;
use std::path::Path;

use super::exclude_file::Exclusions;
use super::glob::{matches_inside, spellings};
use super::{GIT_MARKER, MARKER};
use crate::git::{Location, RepositoryConfig, locate};
use crate::home::CompanionHome;

/// The reason why a repository stays private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `exclude.json` cannot be read.
    Unreadable,
    /// The repository is in the list.
    Repository,
    /// A pattern matches its path.
    Glob(String),
    /// A pattern matches a remote.
    Remote(String),
    /// It contains the file [`MARKER`] or [`GIT_MARKER`].
    Marker,
    /// `covibe.exclude` is on in its configuration, or its configuration cannot be read.
    Config,
    /// It has the same first commits as a repository of the list, or they are not known.
    Roots,
    /// Only what is included is sent, and this is not.
    NotIncluded,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("exclude.json cannot be read"),
            Self::Repository => f.write_str("this repository is excluded"),
            Self::Glob(pattern) => write!(f, "the pattern {pattern} matches its path"),
            Self::Remote(pattern) => write!(f, "the pattern {pattern} matches a remote"),
            Self::Marker => write!(f, "it contains the file {MARKER}"),
            Self::Config => f.write_str("its git configuration says covibe.exclude"),
            Self::Roots => f.write_str("it has the same first commits as an excluded repository"),
            Self::NotIncluded => f.write_str("only included repositories are sent"),
        }
    }
}

/// The facts of a repository that only git knows. The hook decides without them, the watcher with them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The normalized remote, with `insteadOf` resolved.
    pub remote: Option<&'a str>,
    /// The first commits; none if they could not be found out.
    pub roots: Option<&'a [String]>,
}

/// Returns whether what happens at a path stays private. A path outside any repository has nothing that is sent.
pub fn is_excluded(home: &CompanionHome, path: &Path) -> bool {
    let Ok(rules) = Exclusions::load(home) else { return true };
    locate(path).is_none_or(|place| rules.reason(&place).is_some())
}

impl Exclusions {
    /// Returns why a repository stays private, as far as files say; none if it does not.
    pub fn reason(&self, place: &Location) -> Option<Reason> {
        if self.repositories.iter().any(|other| other.common_dir == place.common_dir) {
            return Some(Reason::Repository);
        }
        if has_marker(place) {
            return Some(Reason::Marker);
        }
        if let Some(pattern) = self.globs.iter().find(|pattern| is_match(pattern, place)) {
            return Some(Reason::Glob(pattern.clone()));
        }
        let Some(config) = RepositoryConfig::read(&place.common_dir) else {
            return Some(Reason::Config);
        };
        if config.is_excluded {
            return Some(Reason::Config);
        }
        let remotes: Vec<String> = config.normalized().collect();
        if let Some(pattern) = remotes.iter().find_map(|r| matching(&self.remotes, r)) {
            return Some(Reason::Remote(pattern));
        }
        let is_included = !self.include_only || self.includes(place, &remotes);
        (!is_included).then_some(Reason::NotIncluded)
    }

    /// Returns why a repository stays private, including by what git knows; none if it does not.
    pub fn reason_with(&self, place: &Location, facts: Facts<'_>) -> Option<Reason> {
        let resolved = facts.remote.and_then(|remote| matching(&self.remotes, remote));
        if let Some(pattern) = resolved {
            return Some(Reason::Remote(pattern));
        }
        let is_exception = self.included.contains(&place.common_dir);
        let mut excluded = self.repositories.iter().flat_map(|repository| &repository.roots);
        let has_root = match facts.roots {
            Some(roots) => excluded.any(|root| roots.contains(root)),
            None => excluded.next().is_some(),
        };
        if has_root && !is_exception {
            return Some(Reason::Roots);
        }
        let reason = self.reason(place)?;
        let resolved = facts.remote.is_some_and(|r| matching(&self.included_remotes, r).is_some());
        (reason != Reason::NotIncluded || !resolved).then_some(reason)
    }

    fn includes(&self, place: &Location, remotes: &[String]) -> bool {
        self.included.contains(&place.common_dir)
            || self.included_globs.iter().any(|pattern| is_match(pattern, place))
            || remotes.iter().any(|remote| matching(&self.included_remotes, remote).is_some())
    }
}

fn has_marker(place: &Location) -> bool {
    let main = place.common_dir.parent().filter(|_| place.common_dir.ends_with(".git"));
    let folders = [Some(place.worktree.as_path()), main];
    folders.into_iter().flatten().any(|folder| folder.join(MARKER).symlink_metadata().is_ok())
        || place.common_dir.join(GIT_MARKER).symlink_metadata().is_ok()
}

fn is_match(pattern: &str, place: &Location) -> bool {
    let paths = [&place.worktree, &place.common_dir].map(|path| path.to_string_lossy());
    spellings(pattern).iter().any(|p| paths.iter().any(|path| matches_inside(p, path)))
}

fn matching(patterns: &[String], remote: &str) -> Option<String> {
    let remote = remote.to_lowercase();
    patterns.iter().find(|pattern| matches_inside(&pattern.to_lowercase(), &remote)).cloned()
}
