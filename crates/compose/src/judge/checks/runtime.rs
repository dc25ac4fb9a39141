//! The settings with which Docker runs a container: `deploy`, `restart`, limits of resources, confinement, kernel
//! parameters and `logging`.

use super::environment::pairs;
use super::scalars::{cpus, integer, interval, literal, log_size, long_duration, memory, text_of};
use crate::file_location::Location;
use crate::judge::key_tables::{Rule, Table, fields, list, mapping, one_of};
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::Tree;

/// `deploy`: limits, one replica, and when to restart.
pub(crate) fn deploy(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const DEPLOY: Table =
        &[("resources", Rule::Fields(RESOURCES)), ("restart_policy", Rule::Fields(RESTART))];
    judge_nested(report, location, node, DEPLOY)
}

const RESOURCES: Table =
    &[("limits", Rule::Fields(LIMITS)), ("reservations", Rule::Fields(RESERVATIONS))];

/// Docker Compose knows no reservation of processes.
const RESERVATIONS: Table = &[
    ("cpus", Rule::Accept(cpus)),
    ("memory", Rule::Accept(memory)),
    ("devices", Rule::Refuse(refusals::reserved_devices)),
    ("generic_resources", Rule::Refuse(refusals::reserved_devices)),
];

const LIMITS: Table = &[
    ("cpus", Rule::Accept(cpus)),
    ("memory", Rule::Accept(memory)),
    ("pids", Rule::Accept(pids)),
    ("devices", Rule::Refuse(refusals::reserved_devices)),
    ("generic_resources", Rule::Refuse(refusals::reserved_devices)),
];

const RESTART: Table = &[
    ("condition", Rule::OneOf(&["none", "on-failure", "any"])),
    ("delay", Rule::Accept(interval)),
    ("window", Rule::Accept(long_duration)),
    (
        "max_attempts",
        Rule::Accept(|report, location, node| integer(report, location, node, 0..=1000)),
    ),
];

fn judge_nested(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    table: Table,
) -> Option<Tree> {
    fields(report, location, node, &[table]).map(Tree::Map)
}

/// The maximum number of processes of a container. -1, which means no limit, is refused.
pub(crate) fn pids(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    integer(report, location, node, 1..=65_536)
}

/// `restart`.
pub(crate) fn restart(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let tries = text_of(node).and_then(|text| text.strip_prefix("on-failure:"));
    if tries.is_some_and(|tries| {
        (1..=4).contains(&tries.len()) && tries.bytes().all(|b| b.is_ascii_digit())
    }) {
        return text_of(node).map(Tree::text);
    }
    one_of(report, location, node, &["no", "always", "on-failure", "unless-stopped"])
}

/// `ulimits`: a number for each, or `soft` and `hard`.
pub(crate) fn ulimits(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const BOTH: Table = &[("soft", Rule::Accept(limit)), ("hard", Rule::Accept(limit))];
    const KNOWN: [&str; 6] = ["nofile", "nproc", "core", "memlock", "stack", "fsize"];
    const BOUNDED: Table =
        &[("soft", Rule::Accept(judge_bounded)), ("hard", Rule::Accept(judge_bounded))];
    let mut members = Vec::new();
    for (name, value) in mapping(report, location, node)? {
        let location = location.key(name);
        if !KNOWN.contains(&name.as_str()) {
            report.add(&location, refusals::unknown_limit());
            continue;
        }
        let is_bounded = BOUNDED_LIMITS.contains(&name.as_str());
        if let Tree::Map(bounds) = value
            && !["soft", "hard"].iter().all(|key| bounds.iter().any(|(known, _)| known == key))
        {
            report.add(&location, refusals::half_limit());
            continue;
        }
        let limit = match value {
            Tree::Map(_) if is_bounded => judge_nested(report, &location, value, BOUNDED),
            Tree::Map(_) => judge_nested(report, &location, value, BOTH),
            _ if is_bounded => judge_bounded(report, &location, value),
            _ => limit(report, &location, value),
        };
        members.extend(limit.map(|limit| (name.clone(), limit)));
    }
    Some(Tree::Map(members))
}

/// The limits that all containers of the host share: processes, and memory that is not swapped.
const BOUNDED_LIMITS: [&str; 2] = ["nproc", "memlock"];

fn judge_bounded(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if text_of(node) == Some("-1") {
        report.add(location, refusals::unlimited());
        return None;
    }
    integer(report, location, node, 0..=1_048_576)
}

fn limit(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    integer(report, location, node, -1..=1_048_576)
}

/// `security_opt`. The one option that is accepted has several spellings, and Docker Compose takes no item twice.
pub(crate) fn security_options(
    report: &mut Report,
    location: &Location,
    node: &Tree,
) -> Option<Tree> {
    let options = list(report, location, node, security_option)?;
    Some(Tree::List(options.items().iter().take(1).cloned().collect()))
}

fn security_option(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const ACCEPTED: [&str; 3] =
        ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"];
    if text_of(node).is_some_and(|text| ACCEPTED.contains(&text)) {
        return Some(Tree::text("no-new-privileges:true"));
    }
    report.add(location, refusals::weakened_confinement());
    None
}

/// The capabilities that Docker gives a container by default.
const DEFAULT_CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// An item of `cap_add`: what Docker gives by default, perhaps after all were dropped.
pub(crate) fn default_capability(
    report: &mut Report,
    location: &Location,
    node: &Tree,
) -> Option<Tree> {
    let text = text_of(node).unwrap_or_default().to_ascii_uppercase();
    if DEFAULT_CAPABILITIES.contains(&text.trim_start_matches("CAP_")) {
        return Some(Tree::text(text));
    }
    report.add(location, refusals::added_capabilities());
    None
}

/// An item of `cap_drop`, in upper case: Docker takes both.
pub(crate) fn capability(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let name =
        literal(report, location, node, 32, "Write a capability, like ALL or NET_RAW.", |text| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
        })?;
    name.as_str().map(|name| Tree::Text(name.to_ascii_uppercase()))
}

/// Kernel parameters that each container has of its own (docker, "namespaced sysctls").
const NAMESPACED: [&str; 5] = ["net.ipv4.", "net.ipv6.", "net.core.", "fs.mqueue.", "kernel.shm"];

/// `sysctls`, as a mapping of strings.
pub(crate) fn sysctls(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let mut members = Vec::new();
    for pair in pairs(report, location, node)? {
        let value = pair.value.unwrap_or_default();
        let is_plain = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._- ".contains(&b))
        };
        let is_own = NAMESPACED.iter().any(|start| pair.name.starts_with(start));
        if is_own && is_plain(&pair.name) && is_plain(&value) {
            members.push((pair.name, Tree::Text(value)));
        } else {
            report.add(&pair.location, refusals::kernel_parameters());
        }
    }
    Some(Tree::Map(members))
}

/// `logging`.
pub(crate) fn logging(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    const LOGGING: Table = &[("driver", Rule::Accept(driver)), ("options", Rule::Accept(options))];
    fields(report, location, node, &[LOGGING]).map(Tree::Map)
}

/// Returns whether the logs of this driver stay on the host, where `apps.logs` reads them.
pub(crate) fn is_local_log_driver(driver: &str) -> bool {
    matches!(driver, "json-file" | "local")
}

fn driver(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let text = text_of(node).unwrap_or_default();
    if is_local_log_driver(text) {
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
