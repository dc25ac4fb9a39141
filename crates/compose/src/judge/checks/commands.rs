//! Commands: one string, or a list of arguments.

use super::scalars::interpolated;
use crate::judge::table::list;
use crate::location::Location;
use crate::report::Report;
use crate::tree::Tree;

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
pub(crate) fn argument(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    match node {
        Tree::Bool(on) => Some(Tree::text(on.to_string())),
        _ => interpolated(report, location, node),
    }
}
