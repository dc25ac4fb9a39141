//! `logging`: to files that docker keeps, of a size.

use super::scalars::{literal, size, text_of};
use crate::canonical::Plain;
use crate::judge::table::{Rule, Table, fields};
use crate::report::{Place, Report};
use crate::yaml::Raw;

/// `logging`.
pub(crate) fn logging(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const LOGGING: Table = &[("driver", Rule::Take(driver)), ("options", Rule::Take(options))];
    fields(report, place, raw, &[LOGGING]).map(Plain::Map)
}

fn driver(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    let text = text_of(raw).unwrap_or_default();
    if matches!(text, "json-file" | "local") {
        return Some(Plain::text(text));
    }
    report.forbid(place, "it sends logs away from the host", Some("Use json-file or local."));
    None
}

fn options(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    const OPTIONS: Table = &[("max-size", Rule::Take(size)), ("max-file", Rule::Take(files))];
    fields(report, place, raw, &[OPTIONS]).map(Plain::Map)
}

/// Options are texts to docker, numbers too.
fn files(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 3, |text| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
    })
}
