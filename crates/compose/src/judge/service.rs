//! The keys of a service.

use std::rc::Rc;

use super::checks::{
    deploy, environment, files, health, image, labels, logging, names, networks, scalars, shell,
    volumes,
};
use super::refusals::REFUSED;
use super::table::{Rule, Table, fields, list, one_of};
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::yaml::{Raw, Value};

/// The key by which a service begins as another; left out once that is resolved.
pub(crate) const EXTENDS: &str = "extends";

/// What a service is: its image, and what runs in it.
const RUNS: Table = &[
    ("image", Rule::Take(image::image)),
    ("command", Rule::Take(shell::command)),
    ("entrypoint", Rule::Take(shell::command)),
    ("environment", Rule::Take(environment::environment)),
    ("healthcheck", Rule::Take(health::check)),
    ("labels", Rule::Take(labels::labels)),
    ("user", Rule::Take(user)),
    ("working_dir", Rule::Take(names::path)),
    ("hostname", Rule::Take(names::host)),
    ("domainname", Rule::Take(names::host)),
    ("init", Rule::Take(scalars::switch)),
    ("tty", Rule::Take(scalars::switch)),
    ("stdin_open", Rule::Take(scalars::switch)),
    ("read_only", Rule::Take(scalars::switch)),
    ("stop_signal", Rule::Take(signal)),
    ("stop_grace_period", Rule::Take(scalars::moment)),
    ("platform", Rule::Take(platform)),
    ("pull_policy", Rule::Take(pull_policy)),
    (EXTENDS, Rule::Take(extends)),
];

/// What it is connected with, within the file.
const CONNECTS: Table = &[
    ("expose", Rule::Take(|report, place, raw| list(report, place, raw, networks::port))),
    ("volumes", Rule::Take(|report, place, raw| list(report, place, raw, volumes::mount))),
    (
        "tmpfs",
        Rule::Take(|report, place, raw| scalars::one_or_more(report, place, raw, volumes::tmpfs)),
    ),
    ("networks", Rule::Take(networks::attached)),
    ("network_mode", Rule::Take(networks::mode)),
    ("depends_on", Rule::Take(networks::depends_on)),
    ("links", Rule::Take(|report, place, raw| list(report, place, raw, networks::link))),
    ("configs", Rule::Take(|report, place, raw| list(report, place, raw, files::mounted))),
    ("secrets", Rule::Take(|report, place, raw| list(report, place, raw, files::mounted))),
    ("profiles", Rule::Take(|report, place, raw| list(report, place, raw, names::part))),
];

/// How much it may use, and when it is started again.
const USES: Table = &[
    ("restart", Rule::Take(deploy::restart)),
    ("deploy", Rule::Take(deploy::deploy)),
    ("scale", Rule::Take(deploy::replicas)),
    ("logging", Rule::Take(logging::logging)),
    ("ulimits", Rule::Take(deploy::ulimits)),
    ("cap_drop", Rule::Take(|report, place, raw| list(report, place, raw, deploy::capability))),
    ("security_opt", Rule::Take(|report, place, raw| list(report, place, raw, deploy::security))),
    ("pids_limit", Rule::Take(deploy::pids)),
    ("cpus", Rule::Take(scalars::cpus)),
    ("cpu_shares", Rule::Take(|report, place, raw| scalars::whole(report, place, raw, 2..=1024))),
    ("mem_limit", Rule::Take(scalars::size)),
    ("mem_reservation", Rule::Take(scalars::size)),
    ("memswap_limit", Rule::Take(scalars::size_or_none)),
    (
        "mem_swappiness",
        Rule::Take(|report, place, raw| scalars::whole(report, place, raw, 0..=100)),
    ),
    ("shm_size", Rule::Take(scalars::size)),
    // Coolify's own: leaves the service out of the health that it shows.
    ("exclude_from_hc", Rule::Take(scalars::switch)),
    ("attach", Rule::Drop),
];

/// A service as it is sent, `extends` unresolved.
pub(crate) fn service(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let members = fields(report, place, raw, &[RUNS, CONNECTS, USES, REFUSED])?;
    // Coolify writes every empty collection as an empty mapping, where docker wants a list.
    Some(Plain::Map(members).without_empty_lists())
}

/// `user`, or `user:group`, by name or number.
fn user(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    };
    scalars::literal(report, place, raw, 64, |text| text.splitn(2, ':').all(is_name))
}

fn signal(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    scalars::literal(report, place, raw, 16, |text| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b"+-".contains(&b))
    })
}

fn platform(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    one_of(report, place, raw, &["linux/amd64", "linux/arm64", "linux/arm64/v8"])
}

/// When an image is pulled. `always` is not forced on a file: a registry that is down would keep apps from
/// starting again, and a tag that moved would change them. Names that are the host's own are refused.
fn pull_policy(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    if scalars::text_of(raw) == Some("never") {
        let fix = "Remove it: an image that the host does not have is pulled.";
        report.forbid(place, "it runs what others have put on the host", Some(fix));
        return None;
    }
    one_of(report, place, raw, &["always", "missing", "if_not_present"])
}

/// `extends: name` or `extends: {service: name}`, of the same file, as the name.
fn extends(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const EXTENDED: Table = &[
        ("service", Rule::Take(names::service)),
        ("file", Rule::Escape("it reads a file of the host", "Put the service into this file.")),
    ];
    let Value::Map(_) = raw.value else { return names::service(report, place, raw) };
    let before = report.count();
    let members = fields(report, place, raw, &[EXTENDED])?;
    let name = members.into_iter().next().map(|(_, name)| name);
    name.filter(|_| report.count() == before)
}

/// Every service of the file, those that pass.
pub(crate) fn services(
    report: &mut Report,
    place: &Place,
    entries: &[(String, Rc<Raw>)],
) -> Vec<(String, Plain)> {
    let mut services = Vec::new();
    for (name, raw) in entries {
        let place = place.key(name);
        if !names::is_service(name) {
            let fix = "Lower-case letters, digits and _ . -, at most 63, beginning with a letter.";
            report.reject(&place, "a service can't have this name", Some(fix));
        } else if let Some(reason) = names::reserved(name) {
            report.forbid(&place, reason, Some(names::RENAME));
        } else {
            let service = service(report, &place, raw);
            services.extend(service.map(|service| (name.clone(), service)));
        }
    }
    services
}
