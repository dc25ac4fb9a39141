//! Commands: one string, or a list of arguments; and `healthcheck`, which runs one.

use super::scalars::{boolean, integer, interpolated, interval, long_duration, short_duration};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields, list};
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// Judges a command. An empty list becomes an empty string, which means the same: Coolify would
/// turn the list into an empty mapping.
pub(crate) fn command(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    match node {
        Tree::List(items) if items.is_empty() => Some(Tree::text("")),
        Tree::List(_) => list(report, location, node, argument),
        _ => argument(report, location, node),
    }
}

/// Judges an argument. A boolean becomes its text.
fn argument(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    match node {
        Tree::Bool(on) => Some(Tree::text(on.to_string())),
        _ => interpolated(report, location, node),
    }
}

/// `healthcheck`.
pub(crate) fn healthcheck(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const HEALTH: Table = &[
        ("test", Rule::Accept(test)),
        ("interval", Rule::Accept(interval)),
        ("timeout", Rule::Accept(short_duration)),
        ("start_period", Rule::Accept(long_duration)),
        ("start_interval", Rule::Accept(interval)),
        (
            "retries",
            Rule::Accept(|report, location, node| integer(report, location, node, 0..=1000)),
        ),
        ("disable", Rule::Accept(boolean)),
    ];
    fields(report, location, node, &[HEALTH]).map(Tree::Map)
}

/// Judges a command as one string, or as a list that starts with `CMD`, `CMD-SHELL` or `NONE`.
fn test(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let Tree::List(_) = node else { return interpolated(report, location, node) };
    let test = list(report, location, node, argument)?;
    let first = test.items().first().and_then(Tree::as_str).unwrap_or_default();
    let is_accepted = match first {
        "CMD" => test.items().len() > 1,
        "CMD-SHELL" => test.items().len() == 2,
        "NONE" => true,
        _ => false,
    };
    if !is_accepted {
        report.add(location, refusals::health_test());
    }
    is_accepted.then_some(test)
}

/// Returns whether a service has an active healthcheck.
pub(crate) fn has_healthcheck(service: &Tree) -> bool {
    let Some(health) = service.get("healthcheck") else { return false };
    let none = |test: &Tree| test.items().first().and_then(Tree::as_str) == Some("NONE");
    health.get("test").is_some_and(|test| !none(test))
        && health.get("disable") != Some(&Tree::Bool(true))
}
