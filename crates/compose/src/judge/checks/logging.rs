//! `logging`, to files that Docker keeps on the host.

use super::scalars::{literal, log_size, text_of};
use crate::judge::table::{Rule, Table, fields};
use crate::location::Location;
use crate::refusals;
use crate::report::Report;
use crate::tree::Tree;

/// `logging`.
pub(crate) fn logging(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const LOGGING: Table = &[("driver", Rule::Accept(driver)), ("options", Rule::Accept(options))];
    fields(report, location, node, &[LOGGING]).map(Tree::Map)
}

fn driver(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let text = text_of(node).unwrap_or_default();
    if matches!(text, "json-file" | "local") {
        return Some(Tree::text(text));
    }
    report.add(location, refusals::remote_logging());
    None
}

fn options(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const OPTIONS: Table =
        &[("max-size", Rule::Accept(log_size)), ("max-file", Rule::Accept(files))];
    fields(report, location, node, &[OPTIONS]).map(Tree::Map)
}

/// Judges the number of files, as a string: Docker wants strings as options.
fn files(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 3, "Write a number from 1 to 20.", |text| {
        text.parse::<u8>().is_ok_and(|number| (1..=20).contains(&number))
    })
}
