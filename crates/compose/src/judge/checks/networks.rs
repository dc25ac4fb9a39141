//! Networks of the file itself, and who is found on them by which name.

use super::names;
use super::scalars::{literal, switch, text_of};
use crate::canonical::{Members, Plain};
use crate::judge::table::{Rule, Table, fields, list, mapping, one_of};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Value};

const OWN: &str =
    "Remove it: services of one file find each other by name on networks of their own.";

/// A service's `networks`, as a mapping.
pub(crate) fn attached(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const ATTACHED: Table = &[
        ("aliases", Rule::Take(|report, place, raw| list(report, place, raw, names::alias))),
        ("priority", Rule::Drop),
        ("ipv4_address", Rule::Escape("it claims an address", OWN)),
        ("ipv6_address", Rule::Escape("it claims an address", OWN)),
        ("link_local_ips", Rule::Escape("it claims an address", OWN)),
        ("mac_address", Rule::Escape("it claims an address", OWN)),
        ("driver_opts", Rule::Escape("it configures the host's network", OWN)),
    ];
    let mut members = Vec::new();
    if let Value::List(_) = raw.value {
        let names = list(report, place, raw, names::part)?;
        return keyed(report, place, &names, &Plain::Null);
    }
    for (name, value) in mapping(report, place, raw)? {
        let place = place.key(name);
        let options =
            if value.is_null() { Vec::new() } else { fields(report, &place, value, &[ATTACHED])? };
        let value = if options.is_empty() { Plain::Null } else { Plain::Map(options) };
        members.push((name.clone(), value));
    }
    Some(Plain::Map(members))
}

/// A service's networks as they are sent. Coolify leaves out a network whose options are null (4.0 to
/// 4.3): where none has options they are a list of names, else those without get the service's name as
/// an alias, which it has anyway.
pub(crate) fn joined(service: &str, networks: &Plain) -> Plain {
    let has_options = |options: &Plain| !options.members().is_empty();
    let members = networks.members();
    if !members.iter().any(|(_, options)| has_options(options)) {
        let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
        names.sort();
        return Plain::List(names.into_iter().map(Plain::text).collect());
    }
    let own = || vec![("aliases".to_owned(), Plain::List(vec![Plain::text(service)]))];
    let each = members.iter().map(|(name, options)| {
        let options = if has_options(options) { options.clone() } else { Plain::Map(own()) };
        (name.clone(), options)
    });
    Plain::Map(each.collect())
}

/// A list of names as a mapping of them to one value.
fn keyed(report: &mut Report, place: &Place, names: &Plain, value: &Plain) -> Option<Plain> {
    let mut members = Members::new();
    for name in names.items().iter().filter_map(Plain::as_str) {
        if members.iter().any(|(known, _)| known == name) {
            report.reject(place, "a name appears twice", Some("Keep one of them."));
            return None;
        }
        members.push((name.to_owned(), value.clone()));
    }
    Some(Plain::Map(members))
}

/// `network_mode`: `none`.
pub(crate) fn mode(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    if text_of(raw) == Some("none") {
        return Some(Plain::text("none"));
    }
    let fix = "Remove it: services of one file find each other by name.";
    report.forbid(place, "it leaves the app's own networks", Some(fix));
    None
}

/// A declaration at top level.
pub(crate) fn declaration(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const DECLARATION: Table = &[
        (
            "driver",
            Rule::Take(|report, place, raw| {
                if text_of(raw) == Some("bridge") {
                    return Some(Plain::text("bridge"));
                }
                report.forbid(place, "the network is not a bridge of its own", Some(OWN));
                None
            }),
        ),
        ("internal", Rule::Take(switch)),
        ("labels", Rule::Drop),
        ("external", Rule::Escape("it joins a network from outside of this app", OWN)),
        ("name", Rule::Escape("it can join a network of another app", OWN)),
        ("driver_opts", Rule::Escape("it configures the host's network", OWN)),
        ("ipam", Rule::Escape("it claims addresses of the host's network", OWN)),
        ("attachable", Rule::Escape("it lets others join the network", OWN)),
        ("enable_ipv6", Rule::Escape("it configures the host's network", OWN)),
        ("enable_ipv4", Rule::Escape("it configures the host's network", OWN)),
    ];
    let members =
        if raw.is_null() { Vec::new() } else { fields(report, place, raw, &[DECLARATION])? };
    Some(if members.is_empty() { Plain::Null } else { Plain::Map(members) })
}

/// `depends_on`, as a mapping.
pub(crate) fn depends_on(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const CONDITIONS: [&str; 3] =
        ["service_started", "service_healthy", "service_completed_successfully"];
    const DEPENDS: Table = &[
        ("condition", Rule::Take(|report, place, raw| one_of(report, place, raw, &CONDITIONS))),
        ("restart", Rule::Take(switch)),
        ("required", Rule::Take(switch)),
    ];
    let started = || vec![("condition".to_owned(), Plain::text("service_started"))];
    let mut members = Vec::new();
    if let Value::List(_) = raw.value {
        let names = list(report, place, raw, names::service)?;
        return keyed(report, place, &names, &Plain::Map(started()));
    }
    for (name, value) in mapping(report, place, raw)? {
        let place = place.key(name);
        let options =
            if value.is_null() { Vec::new() } else { fields(report, &place, value, &[DEPENDS])? };
        let known = options.iter().any(|(key, _)| key == "condition");
        let first = if known { Vec::new() } else { started() };
        members.push((name.clone(), Plain::Map(first.into_iter().chain(options).collect())));
    }
    Some(Plain::Map(members))
}

/// An item of `links`: a service, and perhaps another name for it.
pub(crate) fn link(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let link = literal(report, place, raw, 127, |text| {
        let (service, alias) = text.split_once(':').unwrap_or((text, text));
        names::is_service(service) && names::is_service(alias)
    })?;
    let alias = link.as_str().and_then(|text| text.rsplit(':').next());
    if let Some(reason) = alias.and_then(names::reserved) {
        report.forbid(place, reason, Some(names::RENAME));
        return None;
    }
    Some(link)
}

/// An item of `expose`: a port of the container.
pub(crate) fn port(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 9, |text| port_of(text).is_some())
}

/// The number of a port like `3000` or `3000/tcp`.
pub(crate) fn port_of(text: &str) -> Option<u16> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let digits = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    let known = matches!(protocol, "tcp" | "udp");
    (digits && known).then(|| number.parse().ok()).flatten()
}
