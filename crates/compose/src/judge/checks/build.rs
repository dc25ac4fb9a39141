//! `build`: a folder of the repository that the file is part of.

use super::environment;
use super::scalars::literal;
use crate::judge::table::{Rule, Table, fields};
use crate::location::Location;
use crate::refusals;
use crate::report::Report;
use crate::tree::Tree;

const BUILD: Table = &[
    ("context", Rule::Accept(path)),
    ("dockerfile", Rule::Accept(path)),
    ("target", Rule::Accept(stage)),
    ("args", Rule::Accept(environment::environment)),
    ("dockerfile_inline", Rule::Refuse(refusals::inline_dockerfile)),
    ("labels", Rule::Refuse(refusals::image_labels)),
    ("additional_contexts", Rule::Refuse(refusals::more_contexts)),
    ("secrets", Rule::Refuse(refusals::build_secrets)),
    ("ssh", Rule::Refuse(refusals::build_secrets)),
    ("network", Rule::Refuse(refusals::build_of_host)),
    ("privileged", Rule::Refuse(refusals::build_of_host)),
    ("entitlements", Rule::Refuse(refusals::build_of_host)),
    ("extra_hosts", Rule::Refuse(refusals::build_of_host)),
    ("isolation", Rule::Refuse(refusals::build_of_host)),
    ("ulimits", Rule::Refuse(refusals::build_of_host)),
];

/// Judges a build. Coolify writes the paths into a shell without quotes (4.3.11,
/// `modify_dockerfiles_for_compose`).
pub(crate) fn build(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if !report.rules.builds {
        report.add(location, refusals::build_section());
        return None;
    }
    fields(report, location, node, &[BUILD]).map(Tree::Map)
}

fn path(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Rename it: letters, digits and . _ - / only, and no `..`.";
    literal(report, location, node, 200, rule, is_path)
}

/// Returns whether a path is one that no shell interprets.
fn is_path(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    text.bytes().all(is_plain)
        && !text.starts_with(['/', '-'])
        && text.split('/').all(|segment| !segment.is_empty() && segment != "..")
}

fn stage(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write the name of a stage of the Dockerfile: letters, digits and _ . -";
    literal(report, location, node, 100, rule, |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}
