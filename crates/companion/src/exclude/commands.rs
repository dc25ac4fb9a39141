//! The commands `exclude` and `include`.

use std::fs;
use std::path::Path;

use covibe_domain::boxed;
use serde::Serialize;

use super::GIT_MARKER;
use super::exclude_file::Exclusions;
use super::exclusion_changes::{Change, ExclusionTarget, Target};
use super::exclusion_decision::{Facts, Reason};
use super::purge::{Purged, purge_repository};
use crate::command_error::Problem;
use crate::git::{Git, Location, locate};
use crate::home::CompanionHome;
use crate::repos::{Registry, RepositoryEntry};

/// The outcome of a command.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listing {
    /// The sentences for a person.
    pub lines: Vec<String>,
    /// The things that were deleted.
    pub purged: Purged,
    /// The rules as they are now.
    pub rules: Exclusions,
}

/// Excludes or includes a target. An exclusion also deletes what is noted of the repositories that it concerns, and asks
/// the servers to forget them.
///
/// # Errors
///
/// A problem if the target is not usable, or a file cannot be read or written.
#[boxed]
pub async fn change_exclusions(
    home: &CompanionHome,
    change: Change,
    target: &Target,
) -> Result<Listing, Problem> {
    let found = find(target).await?;
    let rules = Exclusions::update(home, |rules| found.change(rules, change))?;
    let mut lines = Vec::new();
    let mut purged = Purged::default();
    match change {
        Change::Exclude => {
            if let ExclusionTarget::Repository(place, _) = &found {
                // It may be on a disk that cannot be written; the list has the repository, too.
                let _ = fs::write(place.common_dir.join(GIT_MARKER), "");
            }
            purged = purge_excluded(home, &rules, &found)?;
            lines.push(format!("Excluded: {}.", describe(&found)));
            lines.extend(remark(&found));
            lines.push(describe_purged(purged));
        }
        Change::Include => {
            lines.push(format!("Included: {}.", describe(&found)));
            lines.extend(still_excluded(&rules, &found));
        }
    }
    Ok(Listing { lines, purged, rules })
}

/// Returns the rules, and why the repository at a path stays private.
///
/// # Errors
///
/// A problem if `exclude.json` cannot be read.
pub fn list_exclusions(home: &CompanionHome, here: &Path) -> Result<Listing, Problem> {
    let rules = Exclusions::load(home)?;
    let paths = rules.repositories.iter().map(|r| format!("repository {}", r.common_dir.display()));
    let mut lines: Vec<String> = paths.collect();
    lines.extend(rules.globs.iter().map(|glob| format!("path       {glob}")));
    lines.extend(rules.remotes.iter().map(|remote| format!("remote     {remote}")));
    if rules.include_only {
        lines.push("Only these are sent:".to_owned());
        lines.extend(rules.included.iter().map(|path| format!("repository {}", path.display())));
        lines.extend(rules.included_globs.iter().map(|glob| format!("path       {glob}")));
        lines.extend(rules.included_remotes.iter().map(|remote| format!("remote     {remote}")));
    }
    if lines.is_empty() {
        lines.push("Nothing is excluded.".to_owned());
    }
    if let Some(place) = locate(here) {
        let state = match rules.reason(&place) {
            Some(reason) => format!("remains private: {reason}"),
            None => "is sent".to_owned(),
        };
        lines.push(format!("This repository {state}."));
    }
    Ok(Listing { lines, purged: Purged::default(), rules })
}

/// Turns the mode on or off in which everything stays private that is not included.
///
/// # Errors
///
/// A problem if a file cannot be read or written.
pub fn set_include_only(home: &CompanionHome, is_on: bool) -> Result<Listing, Problem> {
    let rules = Exclusions::update(home, |rules| rules.include_only = is_on)?;
    let purged = if is_on { purge_registered(home, &rules, None)? } else { Purged::default() };
    let line = if is_on {
        "Only repositories that `covibe-local include` names are sent."
    } else {
        "Repositories are sent unless they are excluded."
    };
    Ok(Listing { lines: vec![line.to_owned()], purged, rules })
}

async fn find(target: &Target) -> Result<ExclusionTarget, Problem> {
    match target {
        Target::Glob(glob) => check_pattern(glob).map(ExclusionTarget::Glob),
        Target::Remote(remote) => check_pattern(remote).map(ExclusionTarget::Remote),
        Target::Path(path) => {
            let path = fs::canonicalize(path).map_err(|error| {
                Problem::usage(format!("{} cannot be read: {error}.", path.display()))
                    .hint("Pass a folder that exists, or a pattern: covibe-local exclude --glob '~/private/**'")
            })?;
            let Some(place) = locate(&path) else {
                return check_pattern(&path.to_string_lossy()).map(ExclusionTarget::Glob);
            };
            let roots = match Git::find() {
                Some(git) => git.roots(&place).await.unwrap_or_default(),
                None => Vec::new(),
            };
            Ok(ExclusionTarget::Repository(place, roots))
        }
    }
}

/// Refuses a pattern that would be stored and match nothing.
fn check_pattern(pattern: &str) -> Result<String, Problem> {
    let pattern = pattern.trim();
    let has_name = pattern.split('/').any(|name| !name.is_empty());
    if !has_name || pattern.len() > 1000 || pattern.chars().any(char::is_control) {
        return Err(Problem::usage("The pattern is empty, too long, or has control characters.")
            .hint("Run `covibe-local exclude --glob '~/private/**'`."));
    }
    Ok(pattern.to_owned())
}

fn purge_excluded(
    home: &CompanionHome,
    rules: &Exclusions,
    found: &ExclusionTarget,
) -> Result<Purged, Problem> {
    let explicit = match found {
        ExclusionTarget::Repository(place, _) => Some(place),
        ExclusionTarget::Glob(_) | ExclusionTarget::Remote(_) => None,
    };
    purge_registered(home, rules, explicit)
}

/// Deletes what is noted of the registered repositories that are excluded, and of the one that was named.
fn purge_registered(
    home: &CompanionHome,
    rules: &Exclusions,
    named: Option<&Location>,
) -> Result<Purged, Problem> {
    let registry = Registry::load(home);
    let is_excluded = |path: &Path, entry: &RepositoryEntry| {
        let facts = Facts { remote: entry.remote.as_deref(), roots: Some(&entry.roots) };
        entry.places(path).iter().any(|place| rules.reason_with(place, facts).is_some())
    };
    let mut total = Purged::default();
    let mut add = |purged: Purged| {
        total.events += purged.events;
        total.items += purged.items;
        total.requests += purged.requests;
    };
    for (path, entry) in registry.repositories.iter().filter(|(path, e)| is_excluded(path, e)) {
        add(purge_repository(home, path, &entry.sent)?);
    }
    if let Some(place) = named.filter(|place| registry.get(&place.common_dir).is_none()) {
        add(purge_repository(home, &place.common_dir, &[])?);
    }
    // Events of repositories that are not registered yet.
    let private = |worktree: &Path| locate(worktree).is_none_or(|p| rules.reason(&p).is_some());
    let events = crate::inbox::Inbox::new(home).purge(|record| private(&record.worktree));
    total.events += events;
    Ok(total)
}

fn describe(found: &ExclusionTarget) -> String {
    match found {
        ExclusionTarget::Repository(place, _) => {
            format!("the repository {}", place.common_dir.display())
        }
        ExclusionTarget::Glob(glob) => format!("repositories below {glob}"),
        ExclusionTarget::Remote(remote) => format!("repositories with a remote {remote}"),
    }
}

fn remark(found: &ExclusionTarget) -> Option<String> {
    match found {
        ExclusionTarget::Repository(..) => Some(
            "This includes its worktrees and folders, but not the repositories nested in it: use \
             --glob for those."
                .to_owned(),
        ),
        ExclusionTarget::Glob(_) | ExclusionTarget::Remote(_) => None,
    }
}

fn describe_purged(purged: Purged) -> String {
    let Purged { events, items, requests } = purged;
    format!(
        "Deleted on this machine: {events} events and {items} unsent items. Servers that were \
         asked to delete their data: {requests}. The MCP tools keep working."
    )
}

/// Says which other rule still excludes what was included.
fn still_excluded(rules: &Exclusions, found: &ExclusionTarget) -> Option<String> {
    let ExclusionTarget::Repository(place, roots) = found else { return None };
    if place.common_dir.join(GIT_MARKER).exists() {
        let _ = fs::remove_file(place.common_dir.join(GIT_MARKER));
    }
    let facts = Facts { remote: None, roots: Some(roots) };
    let reason = rules.reason_with(place, facts)?;
    let next = match &reason {
        Reason::Glob(glob) => format!("run `covibe-local include --glob '{glob}'`"),
        Reason::Remote(remote) => format!("run `covibe-local include --remote '{remote}'`"),
        Reason::Marker => "remove the file".to_owned(),
        Reason::Config => "run `git config --unset covibe.exclude`".to_owned(),
        _ => "see `covibe-local exclude --list`".to_owned(),
    };
    Some(format!("It remains private: {reason}; {next}."))
}
