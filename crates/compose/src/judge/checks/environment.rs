//! `environment`: names that are names, values in which variables are taken.

use covibe_domain::variables;

use super::pairs::{Pair, pairs};
use super::scalars::{literal, passes};
use crate::canonical::Plain;
use crate::report::{Place, Report};
use crate::variables::{interpolation, stored};
use crate::yaml::Raw;

/// Whether a variable may have this name: letters, digits, `_`, `.` and `-`, beginning with a letter
/// or `_`.
fn is_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=255).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(fine)
}

/// `environment`, as a mapping.
pub(crate) fn environment(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let pairs = pairs(report, place, raw)?;
    let checked = pairs.into_iter().filter_map(|pair| variable(report, pair));
    Some(Plain::Map(checked.collect()))
}

fn variable(report: &mut Report, pair: Pair) -> Option<(String, Plain)> {
    let Pair { place, name, value } = pair;
    if !is_name(&name) {
        let fix = "A name has letters, digits and _, and is written out.";
        report.reject(&place, "it is not the name of a variable", Some(fix));
        return None;
    }
    if variables::configures_compose(&name) {
        let fix = "Use a variable of another name.";
        report.forbid(&place, "it steers docker compose on the host", Some(fix));
        return None;
    }
    let value = value.filter(|value| !(variables::is_domain_variable(&name) && value.is_empty()));
    if value.is_some() && variables::is_domain_variable(&name) {
        let fix =
            "Leave out its value, and assign domains with composeDomains or apps.domains.set.";
        report.forbid(&place, "it claims a domain", Some(fix));
        return None;
    }
    if interpolation::of_shell(&name)
        && value.as_deref().is_none_or(|value| stored::keeps_name(&name, value))
    {
        let fix = "Write its value out, or use a variable of another name.";
        report.forbid(&place, "it passes on or steers what is the host's own", Some(fix));
        return None;
    }
    let Some(value) = value else { return Some((name, Plain::Null)) };
    text(report, &place, &name, &value).map(|text| (name, Plain::Text(text)))
}

/// A value as it is sent.
fn text(report: &mut Report, place: &Place, name: &str, value: &str) -> Option<String> {
    if !passes(report, place, value) {
        return None;
    }
    let value = stored::braced(value);
    if let Err(fault) = stored::check(&value) {
        fault.report(report, place);
        return None;
    }
    if name.contains('-') && stored::keeps_name(name, &value) {
        let fix = "Use a name of letters, digits and _.";
        report.reject(place, "Coolify keeps no such value under a name with -", Some(fix));
        return None;
    }
    (passes(report, place, &value) && one_line(report, place, &value)).then_some(value)
}

/// Refuses a break in a value that Coolify writes into the file of variables beside the compose file
/// (4.3.11, `serviceParser`): what follows it would be a variable of its own there.
fn one_line(report: &mut Report, place: &Place, value: &str) -> bool {
    let fits = !(stored::is_looked_into(value) && value.contains(['\n', '\r']));
    if !fits {
        let fix = "Write the value on one line, or set it with apps.envs.upsert.";
        report.reject(place, "a value with variables has more than one line", Some(fix));
    }
    fits
}

/// The name of a variable whose value a config or secret gets.
pub(crate) fn source(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 255, |text| {
        is_name(text) && interpolation::check(&format!("${{{text}}}")).is_ok()
    })
}
