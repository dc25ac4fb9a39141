//! Networks of the file, and the names of services on them.

use super::names;
use super::scalars::{boolean, literal, text_of};
use crate::judge::table::{Rule, Table, fields, list, mapping};
use crate::location::Location;
use crate::refusals::networks as refusals;
use crate::report::Report;
use crate::tree::{Members, Tree};
use crate::yaml::{Node, Value};

/// A service's `networks`, as a mapping.
pub(crate) fn attached(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    const ATTACHED: Table = &[
        ("aliases", Rule::Each(names::alias)),
        ("priority", Rule::Drop),
        ("ipv4_address", Rule::Refuse(refusals::claimed_address)),
        ("ipv6_address", Rule::Refuse(refusals::claimed_address)),
        ("link_local_ips", Rule::Refuse(refusals::claimed_address)),
        ("mac_address", Rule::Refuse(refusals::claimed_address)),
        ("driver_opts", Rule::Refuse(refusals::network_options)),
    ];
    let mut members = Vec::new();
    if let Value::List(_) = node.value {
        let names = list(report, location, node, names::resource)?;
        return keyed(report, location, &names, &Tree::Null);
    }
    for (name, value) in mapping(report, location, node)? {
        let location = location.key(name);
        let options = if value.is_null() {
            Vec::new()
        } else {
            fields(report, &location, value, &[ATTACHED])?
        };
        let value = if options.is_empty() { Tree::Null } else { Tree::Map(options) };
        members.push((name.clone(), value));
    }
    Some(Tree::Map(members))
}

/// Returns a service's networks in the form that Coolify keeps. Coolify removes a network whose options
/// are null (4.0 to 4.3). So the networks become a list of names if none has options; else those
/// without options get the service's name as an alias, which it has anyway.
pub(crate) fn as_sent(service: &str, networks: &Tree) -> Tree {
    let has_options = |options: &Tree| !options.members().is_empty();
    let members = networks.members();
    if !members.iter().any(|(_, options)| has_options(options)) {
        let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
        names.sort();
        return Tree::List(names.into_iter().map(Tree::text).collect());
    }
    let own = || vec![("aliases".to_owned(), Tree::List(vec![Tree::text(service)]))];
    let each = members.iter().map(|(name, options)| {
        let options = if has_options(options) { options.clone() } else { Tree::Map(own()) };
        (name.clone(), options)
    });
    Tree::Map(each.collect())
}

/// Turns a list of names into a mapping of each to the same value.
fn keyed(report: &mut Report, location: &Location, names: &Tree, value: &Tree) -> Option<Tree> {
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
pub(crate) fn mode(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    if text_of(node) == Some("none") {
        return Some(Tree::text("none"));
    }
    report.add(location, refusals::network_mode());
    None
}

/// Judges a declaration at top level.
pub(crate) fn declaration(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    const DECLARATION: Table = &[
        (
            "driver",
            Rule::Accept(|report, location, node| {
                if text_of(node) == Some("bridge") {
                    return Some(Tree::text("bridge"));
                }
                report.add(location, refusals::other_driver());
                None
            }),
        ),
        ("internal", Rule::Accept(boolean)),
        ("labels", Rule::Drop),
        ("external", Rule::Refuse(refusals::external_network)),
        ("name", Rule::Refuse(refusals::network_name)),
        ("driver_opts", Rule::Refuse(refusals::network_options)),
        ("ipam", Rule::Refuse(refusals::address_management)),
        ("attachable", Rule::Refuse(refusals::attachable_network)),
        ("enable_ipv6", Rule::Refuse(refusals::network_options)),
        ("enable_ipv4", Rule::Refuse(refusals::network_options)),
    ];
    let members =
        if node.is_null() { Vec::new() } else { fields(report, location, node, &[DECLARATION])? };
    Some(if members.is_empty() { Tree::Null } else { Tree::Map(members) })
}

/// `depends_on`, as a mapping.
pub(crate) fn depends_on(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    const CONDITIONS: [&str; 3] =
        ["service_started", "service_healthy", "service_completed_successfully"];
    const DEPENDS: Table = &[
        ("condition", Rule::OneOf(&CONDITIONS)),
        ("restart", Rule::Accept(boolean)),
        ("required", Rule::Accept(boolean)),
    ];
    let started = || vec![("condition".to_owned(), Tree::text("service_started"))];
    let mut members = Vec::new();
    if let Value::List(_) = node.value {
        let names = list(report, location, node, names::service)?;
        return keyed(report, location, &names, &Tree::Map(started()));
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
pub(crate) fn link(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    let link = literal(report, location, node, 127, |text| {
        let (service, alias) = text.split_once(':').unwrap_or((text, text));
        names::is_service(service) && names::is_service(alias)
    })?;
    let alias = link.as_str().and_then(|text| text.rsplit(':').next());
    if let Some(problem) = alias.and_then(names::reserved) {
        report.add(location, problem);
        return None;
    }
    Some(link)
}

/// Judges an item of `expose`: a port of the container.
pub(crate) fn port(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    literal(report, location, node, 9, |text| port_of(text).is_some())
}

/// Returns the number of a port such as `3000` or `3000/tcp`.
pub(crate) fn port_of(text: &str) -> Option<u16> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    let known = matches!(protocol, "tcp" | "udp");
    (digits && known).then(|| number.parse().ok()).flatten()
}
