//! The file's top level.

use super::checks::{files, names, volumes};
use super::key_tables::{Check, Rule, Table, fields, mapping};
use super::{dependencies, internal_references, resource_limits, service};
use crate::file_location::Location;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::{Members, Tree};

/// The maximum number of services of one file.
pub(crate) const MOST_SERVICES: usize = 50;

const TOP: Table = &[
    ("version", Rule::Refuse(refusals::file_version)),
    ("services", Rule::Accept(services)),
    ("networks", Rule::Refuse(refusals::declared_networks)),
    (
        "volumes",
        Rule::Accept(|report, location, node| {
            resources(report, location, node, volumes::declaration)
        }),
    ),
    (
        "configs",
        Rule::Accept(|report, location, node| resources(report, location, node, files::config)),
    ),
    (
        "secrets",
        Rule::Accept(|report, location, node| resources(report, location, node, files::secret)),
    ),
    ("name", Rule::Refuse(refusals::project_name)),
    ("include", Rule::Refuse(refusals::included_files)),
    ("models", Rule::Refuse(refusals::host_models)),
];

/// Judges a file: returns what is sent, and reports every problem.
pub(crate) fn file(report: &mut Report, node: &Tree) -> Option<Tree> {
    let mut members = fields(report, &Location::file(), node, &[TOP])?;
    members.retain(|(_, value)| !value.members().is_empty());
    let file = Tree::Map(members);
    // Parts that are refused still name each other.
    internal_references::check(report, node);
    dependencies::check_circles(report, node);
    if report.count() == 0 {
        dependencies::check_waits(report, &file);
        resource_limits::check(report, &file);
        internal_references::check_places(report, &file);
    }
    Some(file.without_empty_lists())
}

fn services(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let entries = mapping(report, location, node)?;
    if entries.len() > MOST_SERVICES {
        report.add(location, refusals::too_many_services());
        return None;
    }
    Some(Tree::Map(service::services(report, location, entries)))
}

/// Judges the declarations of one kind of resource, by name.
fn resources(report: &mut Report, location: &Location, node: &Tree, check: Check) -> Option<Tree> {
    let mut members = Members::new();
    for (name, node) in mapping(report, location, node)? {
        let location = location.key(name);
        if !names::is_resource(name) {
            report.add(&location, refusals::resource_name());
            continue;
        }
        members.extend(check(report, &location, node).map(|tree| (name.clone(), tree)));
    }
    Some(Tree::Map(members))
}
