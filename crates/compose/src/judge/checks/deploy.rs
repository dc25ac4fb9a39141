//! `deploy`, `restart`, and limits of a container's resources.

use super::scalars::{cpus, integer, literal, long_duration, short_duration, size, text_of};
use crate::judge::table::{Rule, Table, fields, mapping, one_of};
use crate::location::Location;
use crate::refusals::{keys, values};
use crate::report::Report;
use crate::tree::Tree;
use crate::yaml::{Node, Value};

/// `deploy`: limits, one replica, and when to restart.
pub(crate) fn deploy(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    const DEPLOY: Table = &[
        ("resources", Rule::Fields(RESOURCES)),
        ("replicas", Rule::Accept(replicas)),
        ("restart_policy", Rule::Fields(RESTART)),
        ("labels", Rule::Refuse(keys::labels_of_deploy)),
        ("placement", Rule::Refuse(keys::host_placement)),
    ];
    nested(report, location, node, DEPLOY)
}

const RESOURCES: Table =
    &[("limits", Rule::Fields(LIMITS)), ("reservations", Rule::Fields(LIMITS))];

const LIMITS: Table = &[
    ("cpus", Rule::Accept(cpus)),
    ("memory", Rule::Accept(size)),
    ("pids", Rule::Accept(pids)),
    ("devices", Rule::Refuse(keys::reserved_devices)),
    ("generic_resources", Rule::Refuse(keys::reserved_devices)),
];

const RESTART: Table = &[
    ("condition", Rule::OneOf(&["none", "on-failure", "any"])),
    ("delay", Rule::Accept(short_duration)),
    ("window", Rule::Accept(long_duration)),
    (
        "max_attempts",
        Rule::Accept(|report, location, node| integer(report, location, node, 0..=1000)),
    ),
];

fn nested(report: &mut Report, location: &Location, node: &Node, table: Table) -> Option<Tree> {
    fields(report, location, node, &[table]).map(Tree::Map)
}

/// The number of containers of a service: 1, which is the default and not sent. Coolify gives each
/// service's container a fixed name (4.0 to 4.3), so that Docker Compose can't start a second one.
pub(crate) fn replicas(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    if text_of(node) != Some("1") {
        report.add(location, values::several_replicas());
    }
    None
}

/// The most processes of a container. -1, which means no limit, is refused.
pub(crate) fn pids(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    integer(report, location, node, 1..=65_536)
}

/// `restart`.
pub(crate) fn restart(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    let tries = text_of(node).and_then(|text| text.strip_prefix("on-failure:"));
    if tries.is_some_and(|tries| {
        (1..=4).contains(&tries.len()) && tries.bytes().all(|b| b.is_ascii_digit())
    }) {
        return text_of(node).map(Tree::text);
    }
    one_of(report, location, node, &["no", "always", "on-failure", "unless-stopped"])
}

/// `ulimits`: a number for each, or `soft` and `hard`.
pub(crate) fn ulimits(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    const BOTH: Table = &[("soft", Rule::Accept(limit)), ("hard", Rule::Accept(limit))];
    const KNOWN: [&str; 6] = ["nofile", "nproc", "core", "memlock", "stack", "fsize"];
    let mut members = Vec::new();
    for (name, value) in mapping(report, location, node)? {
        let location = location.key(name);
        if !KNOWN.contains(&name.as_str()) {
            report.add(&location, values::unknown_limit());
            continue;
        }
        let limit = match value.value {
            Value::Map(_) => nested(report, &location, value, BOTH),
            _ => limit(report, &location, value),
        };
        members.extend(limit.map(|limit| (name.clone(), limit)));
    }
    Some(Tree::Map(members))
}

fn limit(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    integer(report, location, node, -1..=1_073_741_824)
}

/// An item of `security_opt`.
pub(crate) fn security_option(
    report: &mut Report,
    location: &Location,
    node: &Node,
) -> Option<Tree> {
    const ACCEPTED: [&str; 3] =
        ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"];
    if text_of(node).is_some_and(|text| ACCEPTED.contains(&text)) {
        return Some(Tree::text("no-new-privileges:true"));
    }
    report.add(location, values::weakened_confinement());
    None
}

/// An item of `cap_drop`.
pub(crate) fn capability(report: &mut Report, location: &Location, node: &Node) -> Option<Tree> {
    literal(report, location, node, 32, |text| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    })
}
