//! Texts, numbers and switches.

use covibe_domain::variables::refers_to_shared;

use crate::canonical::Plain;
use crate::judge::table::list;
use crate::report::{Place, Report};
use crate::variables::interpolation;
use crate::yaml::{Raw, Scalar, Value};

/// The longest text, in bytes.
const LONGEST: usize = 65_536;

/// The text of a text or a number, the latter as it was written.
pub(crate) fn text_of(raw: &Raw) -> Option<&str> {
    match &raw.value {
        Value::Scalar(Scalar::Text(text) | Scalar::Number(text)) => Some(text),
        _ => None,
    }
}

/// A text or number in which variables are taken.
pub(crate) fn interpolated(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    match text_of(raw) {
        Some(text) => passes(report, place, text).then(|| Plain::text(text)),
        None => not_a_text(report, place),
    }
}

/// Checks the length and the variables of a text.
pub(crate) fn passes(report: &mut Report, place: &Place, text: &str) -> bool {
    if text.len() > LONGEST {
        report.reject(place, "it is longer than 64 KiB", None);
        return false;
    }
    if refers_to_shared(text) {
        let fix = Some("Pass the value itself, or set it with apps.envs.upsert.");
        report.forbid(place, "it reads a variable that is shared between workspaces", fix);
        return false;
    }
    if let Err(fault) = interpolation::check(text) {
        fault.report(report, place);
        return false;
    }
    true
}

/// A text or number without variables, of at most `max` bytes, that `fits`.
pub(crate) fn literal(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    max: usize,
    fits: impl Fn(&str) -> bool,
) -> Option<Plain> {
    let Some(text) = text_of(raw) else { return not_a_text(report, place) };
    if text.contains('$') {
        let fix = "Write the value out: variables are taken in environment, command, entrypoint, \
                   healthcheck.test, labels, configs and an image's tag.";
        report.reject(place, "a variable is not taken here", Some(fix));
    } else if text.len() > max || !fits(text) {
        report.reject(place, "it does not have the form that is taken here", None);
    } else {
        return Some(Plain::text(text));
    }
    None
}

fn not_a_text(report: &mut Report, place: &Place) -> Option<Plain> {
    report.reject(place, "it is not a text", Some("Quote it."));
    None
}

/// `true` or `false`.
pub(crate) fn switch(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    if let Value::Scalar(Scalar::Bool(on)) = raw.value {
        return Some(Plain::Bool(on));
    }
    report.reject(place, "it is neither true nor false", Some("Write true or false."));
    None
}

/// A whole number within the range, in decimal digits without leading zeros.
pub(crate) fn whole(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    range: std::ops::RangeInclusive<i64>,
) -> Option<Plain> {
    let number = text_of(raw)
        .and_then(|text| text.parse::<i64>().ok().filter(|number| number.to_string() == text));
    if let Some(number) = number.filter(|number| range.contains(number)) {
        return Some(Plain::Int(number));
    }
    let fix = format!("A whole number from {} to {}.", range.start(), range.end());
    report.reject(place, "it is not a whole number in range", Some(&fix));
    None
}

/// A number of processors, like `0.5`.
pub(crate) fn cpus(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 8, |text| {
        let mut parts = text.splitn(2, '.');
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        parts.all(digits)
    })
}

/// A size, like `512m` or `1gb`.
pub(crate) fn size(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    literal(report, place, raw, 20, |text| {
        let lower = text.to_ascii_lowercase();
        let unit = lower.trim_start_matches(|c: char| c.is_ascii_digit());
        let (number, unit) = (lower.len() - unit.len(), unit);
        let is_unit =
            matches!(unit, "" | "b" | "k" | "m" | "g" | "kb" | "mb" | "gb" | "ki" | "mi" | "gi");
        number > 0 && is_unit
    })
}

/// A size, or `-1` for no limit.
pub(crate) fn size_or_none(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    if text_of(raw) == Some("-1") { Some(Plain::text("-1")) } else { size(report, place, raw) }
}

/// A duration of at most ten minutes: so long docker may wait for a container that is to stop, and
/// whoever changes or removes the app waits with it.
pub(crate) fn moment(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    duration(report, place, raw, 600.0, "At most 10m, like 1m30s.")
}

/// A duration of at most an hour.
pub(crate) fn spell(report: &mut Report, place: &Place, raw: &Raw) -> Option<Plain> {
    duration(report, place, raw, 3600.0, "At most 1h, like 10m.")
}

/// A duration of at most so many seconds.
fn duration(report: &mut Report, place: &Place, raw: &Raw, most: f64, fix: &str) -> Option<Plain> {
    let text = literal(report, place, raw, 20, |text| seconds(text).is_some())?;
    if text.as_str().and_then(seconds).is_some_and(|length| length <= most) {
        return Some(text);
    }
    report.reject(place, "it is too long", Some(fix));
    None
}

/// How many seconds a text like `1m30s` says.
fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
    let (mut sum, mut rest) = (0.0, text);
    while !rest.is_empty() && text != "0" {
        let of_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, unit) = rest.split_at(rest.find(|c| !of_number(c))?);
        let (name, length) = UNITS.iter().find(|(name, _)| unit.starts_with(name))?;
        sum += number.parse::<f64>().ok().filter(|_| !number.starts_with('.'))? * length;
        rest = &unit[name.len()..];
    }
    (!text.is_empty()).then_some(sum)
}

/// A text or a list of them, as a list.
pub(crate) fn one_or_more(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    check: crate::judge::table::Check,
) -> Option<Plain> {
    match &raw.value {
        Value::Scalar(_) => Some(Plain::List(vec![check(report, place, raw)?])),
        _ => list(report, place, raw, check),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, length) in
            [("0", 0.0), ("90s", 90.0), ("1m30s", 90.0), ("1.5h", 5400.0), ("500ms", 0.5)]
        {
            assert_eq!(seconds(text), Some(length), "{text}");
        }
        for bad in ["", "1", "s", "1m30", "1..5s", ".5s", "-1s", "1d", "1 s", "00", "1e3s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
