//! Dependencies, links and ports of services.

use super::names;
use super::scalars::{boolean, literal, text_of};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields, list, mapping};
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::{Members, Tree};

/// Turns a list of names into a mapping of each to the same value.
fn to_mapping(
    report: &mut Report,
    location: &Location,
    names: &Tree,
    value: &Tree,
) -> Option<Tree> {
    let mut members = Members::new();
    for name in names.items().iter().filter_map(Tree::as_str) {
        if members.iter().any(|(known, _)| known == name) {
            report.add(location, refusals::duplicate_item());
            return None;
        }
        members.push((name.to_owned(), value.clone()));
    }
    Some(Tree::Map(members))
}

/// `network_mode`: `none`.
pub(crate) fn mode(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if text_of(node) == Some("none") {
        return Some(Tree::text("none"));
    }
    report.add(location, refusals::network_mode());
    None
}

/// `depends_on`, as a mapping.
pub(crate) fn depends_on(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const CONDITIONS: [&str; 3] =
        ["service_started", "service_healthy", "service_completed_successfully"];
    const DEPENDS: Table = &[
        ("condition", Rule::OneOf(&CONDITIONS)),
        ("restart", Rule::Accept(boolean)),
        ("required", Rule::Accept(boolean)),
    ];
    let started = || vec![("condition".to_owned(), Tree::text("service_started"))];
    let mut members = Vec::new();
    if let Tree::List(_) = node {
        let names = list(report, location, node, names::service)?;
        return to_mapping(report, location, &names, &Tree::Map(started()));
    }
    for (name, value) in mapping(report, location, node)? {
        let location = location.key(name);
        let options = if value.is_null() {
            Vec::new()
        } else {
            fields(report, &location, value, &[DEPENDS])?
        };
        let known = options.iter().any(|(key, _)| key == "condition");
        let first = if known { Vec::new() } else { started() };
        members.push((name.clone(), Tree::Map(first.into_iter().chain(options).collect())));
    }
    Some(Tree::Map(members))
}

/// Judges an item of `links`: a service, and perhaps another name for it.
pub(crate) fn link(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write service or service:alias, like db or db:database.";
    let link = literal(report, location, node, 127, rule, |text| {
        let (service, alias) = text.split_once(':').unwrap_or((text, text));
        names::is_service(service) && names::is_service(alias)
    })?;
    let alias = link.as_str().and_then(|text| text.rsplit(':').next());
    let problem = alias.and_then(|alias| names::reserved_name(alias, &report.rules));
    if let Some(problem) = problem {
        report.add(location, problem);
        return None;
    }
    Some(link)
}

/// Judges an item of `expose`: a port of the container.
pub(crate) fn port(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write one port of the container, like 3000, not a range.";
    literal(report, location, node, 9, rule, |text| port_of(text).is_some())
}

/// Returns the number of a port such as `3000` or `3000/tcp`.
pub(crate) fn port_of(text: &str) -> Option<u16> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    let known = matches!(protocol, "tcp" | "udp");
    (digits && known).then(|| number.parse().ok()).flatten()
}
