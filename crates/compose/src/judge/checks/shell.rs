//! Commands: one text, or a list of arguments.

use super::scalars::interpolated;
use crate::canonical::Plain;
use crate::judge::table::list;
use crate::report::{Place, Report};
use crate::yaml::{Raw, Scalar, Value};

/// A command. An empty list is written as an empty text, which says the same and which Coolify does
/// not turn into an empty mapping.
pub(crate) fn command(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    match &raw.value {
        Value::List(items) if items.is_empty() => Some(Plain::text("")),
        Value::List(_) => list(report, place, raw, argument),
        _ => argument(report, place, raw),
    }
}

/// An argument; `true` is the text, for nothing else can be meant.
pub(crate) fn argument(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    match raw.value {
        Value::Scalar(Scalar::Bool(on)) => Some(Plain::text(on.to_string())),
        _ => interpolated(report, place, raw),
    }
}
