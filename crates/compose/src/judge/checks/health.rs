//! `healthcheck`.

use super::scalars::{interpolated, moment, spell, switch, whole};
use super::shell;
use crate::canonical::Plain;
use crate::judge::table::{Rule, Table, fields, list};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Value};

/// `healthcheck`.
pub(crate) fn check(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const HEALTH: Table = &[
        ("test", Rule::Take(test)),
        ("interval", Rule::Take(moment)),
        ("timeout", Rule::Take(moment)),
        ("start_period", Rule::Take(spell)),
        ("start_interval", Rule::Take(moment)),
        ("retries", Rule::Take(|report, place, raw| whole(report, place, raw, 0..=1000))),
        ("disable", Rule::Take(switch)),
    ];
    fields(report, place, raw, &[HEALTH]).map(Plain::Map)
}

/// A command's text, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`.
fn test(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let Value::List(_) = &raw.value else { return interpolated(report, place, raw) };
    let test = list(report, place, raw, shell::argument)?;
    let first = test.items().first().and_then(Plain::as_str).unwrap_or_default();
    let fits = match first {
        "CMD" => test.items().len() > 1,
        "CMD-SHELL" => test.items().len() == 2,
        "NONE" => true,
        _ => false,
    };
    if !fits {
        let fix = "Write [CMD, program, argument], or one text for a shell.";
        report.reject(place, "it begins with none of CMD, CMD-SHELL, NONE", Some(fix));
    }
    fits.then_some(test)
}

/// Whether a service's `healthcheck` checks anything.
pub(crate) fn checks(service: &Plain) -> bool {
    let Some(health) = service.get("healthcheck") else { return false };
    let none = |test: &Plain| test.items().first().and_then(Plain::as_str) == Some("NONE");
    health.get("test").is_some_and(|test| !none(test))
        && health.get("disable") != Some(&Plain::Bool(true))
}
