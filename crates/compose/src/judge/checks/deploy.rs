//! `deploy`, `restart`, limits of what a container uses.

use super::scalars::{cpus, literal, moment, size, spell, text_of, whole};
use crate::canonical::Plain;
use crate::judge::table::{Rule, Table, fields, mapping, one_of};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Value};

/// `deploy`: limits, a few replicas, when to restart.
pub(crate) fn deploy(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const DEPLOY: Table = &[
        ("resources", Rule::Take(|report, place, raw| nested(report, place, raw, RESOURCES))),
        ("replicas", Rule::Take(replicas)),
        ("restart_policy", Rule::Take(|report, place, raw| nested(report, place, raw, RESTART))),
        (
            "labels",
            Rule::Useless("labels of deploy are of no effect here", "Use the service's labels."),
        ),
        ("placement", Rule::Escape("it chooses among the platform's hosts", "Remove it.")),
    ];
    nested(report, place, raw, DEPLOY)
}

const RESOURCES: Table = &[
    ("limits", Rule::Take(|report, place, raw| nested(report, place, raw, LIMITS))),
    ("reservations", Rule::Take(|report, place, raw| nested(report, place, raw, LIMITS))),
];

const LIMITS: Table = &[
    ("cpus", Rule::Take(cpus)),
    ("memory", Rule::Take(size)),
    ("pids", Rule::Take(pids)),
    ("devices", Rule::Escape("it takes devices of the host", "Remove it.")),
    ("generic_resources", Rule::Escape("it takes devices of the host", "Remove it.")),
];

const RESTART: Table = &[
    (
        "condition",
        Rule::Take(|report, place, raw| one_of(report, place, raw, &["none", "on-failure", "any"])),
    ),
    ("delay", Rule::Take(moment)),
    ("window", Rule::Take(spell)),
    ("max_attempts", Rule::Take(|report, place, raw| whole(report, place, raw, 0..=1000))),
];

fn nested(report: &mut Report, place: &Place, raw: &Raw, table: Table) -> Option<Plain> {
    fields(report, place, raw, &[table]).map(Plain::Map)
}

/// How many containers of one service there are: one, which goes without saying. Coolify gives each
/// service's container a name (4.0 to 4.3), and docker compose starts no second one of that name.
pub(crate) fn replicas(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    if text_of(raw) != Some("1") {
        let fix = "Remove it; for more of the same, write a service each, such as with extends.";
        report.reject(place, "a service here is one container, for it has a fixed name", Some(fix));
    }
    None
}

/// How many processes a container has at most; -1 for no limit is not taken.
pub(crate) fn pids(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    whole(report, place, raw, 1..=65_536)
}

/// `restart`.
pub(crate) fn restart(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let tries = text_of(raw).and_then(|text| text.strip_prefix("on-failure:"));
    if tries.is_some_and(|tries| {
        (1..=4).contains(&tries.len()) && tries.bytes().all(|b| b.is_ascii_digit())
    }) {
        return text_of(raw).map(Plain::text);
    }
    one_of(report, place, raw, &["no", "always", "on-failure", "unless-stopped"])
}

/// `ulimits`: a number each, or `soft` and `hard`.
pub(crate) fn ulimits(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const BOTH: Table = &[("soft", Rule::Take(limit)), ("hard", Rule::Take(limit))];
    const KNOWN: [&str; 6] = ["nofile", "nproc", "core", "memlock", "stack", "fsize"];
    let mut members = Vec::new();
    for (name, value) in mapping(report, place, raw)? {
        let place = place.key(name);
        if !KNOWN.contains(&name.as_str()) {
            report.reject(&place, "it is not a limit that is taken here", Some("Remove it."));
            continue;
        }
        let limit = match value.value {
            Value::Map(_) => nested(report, &place, value, BOTH),
            _ => limit(report, &place, value),
        };
        members.extend(limit.map(|limit| (name.clone(), limit)));
    }
    Some(Plain::Map(members))
}

fn limit(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    whole(report, place, raw, -1..=1_073_741_824)
}

/// An item of `security_opt`.
pub(crate) fn security(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const TAKEN: [&str; 3] =
        ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"];
    if text_of(raw).is_some_and(|text| TAKEN.contains(&text)) {
        return Some(Plain::text("no-new-privileges:true"));
    }
    report.forbid(place, "it loosens what confines the container", Some("Remove it."));
    None
}

/// An item of `cap_drop`.
pub(crate) fn capability(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 32, |text| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    })
}
