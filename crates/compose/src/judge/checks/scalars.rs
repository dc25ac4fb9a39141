//! Strings, numbers, booleans, sizes and durations.

use covibe_domain::interpreted_variables::refers_to_shared;

use super::sizes::{self, bytes};
use crate::file_location::Location;
use crate::judge::key_tables::list;
use crate::problem_list::Report;
use crate::refusals;
use crate::variables::docker_compose_interpolation;
use crate::yaml_tree::Tree;

/// The longest string, in bytes.
const LONGEST: usize = 65_536;

/// Returns the text of a string, or of a number as it was written.
pub(crate) fn text_of(node: &Tree) -> Option<&str> {
    match node {
        Tree::Text(text) => Some(text),
        _ => None,
    }
}

/// Judges a string or number in which variables are supported.
pub(crate) fn interpolated(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    match text_of(node) {
        Some(text) => check_text(report, location, text).then(|| Tree::text(text)),
        None => reject_not_text(report, location),
    }
}

/// Checks the length and the variables of a text.
pub(crate) fn check_text(report: &mut Report, location: &Location, text: &str) -> bool {
    if text.len() > LONGEST {
        report.add(location, refusals::long_text());
        return false;
    }
    if refers_to_shared(text) {
        report.add(location, refusals::shared_variable());
        return false;
    }
    if let Err(error) = docker_compose_interpolation::check(text) {
        report.add(location, refusals::invalid_variable(error));
        return false;
    }
    true
}

/// Judges a string or number without variables, of at most `max` bytes, that `is_valid`. `rule` says in a sentence what
/// is.
pub(crate) fn literal(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    max: usize,
    rule: &'static str,
    is_valid: impl Fn(&str) -> bool,
) -> Option<Tree> {
    let Some(text) = text_of(node) else { return reject_not_text(report, location) };
    if text.contains('$') {
        report.add(location, refusals::unsupported_variable());
    } else if text.len() > max || !is_valid(text) {
        report.add(location, refusals::wrong_form(rule));
    } else {
        return Some(Tree::text(text));
    }
    None
}

fn reject_not_text(report: &mut Report, location: &Location) -> Option<Tree> {
    report.add(location, refusals::not_text());
    None
}

/// Judges `true` or `false`.
pub(crate) fn boolean(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    if let Tree::Bool(on) = node {
        return Some(Tree::Bool(*on));
    }
    report.add(location, refusals::not_boolean());
    None
}

/// Judges an integer within the range, in decimal digits without leading zeros.
pub(crate) fn integer(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    range: std::ops::RangeInclusive<i64>,
) -> Option<Tree> {
    let number = text_of(node)
        .and_then(|text| text.parse::<i64>().ok().filter(|number| number.to_string() == text));
    if let Some(number) = number.filter(|number| range.contains(number)) {
        return Some(Tree::Int(number));
    }
    report.add(location, refusals::integer_out_of_range(&range));
    None
}

/// Judges a number of processors, such as `0.5`.
pub(crate) fn cpus(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    literal(report, location, node, 8, "Write a number of processors, like 0.5.", |text| {
        let mut parts = text.splitn(2, '.');
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        parts.all(digits)
    })
}

/// Judges a size, such as `512m`, `1.5G` or `512MiB`.
pub(crate) fn size(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write a number and b, k, m or g, like 512m or 1.5g.";
    let size = literal(report, location, node, 20, rule, |text| sizes::bytes(text).is_some())?;
    size.as_str().and_then(sizes::sent_size).map(Tree::Text)
}

/// Returns whether a size, such as `64m`, is within a number of bytes.
pub(crate) fn is_within(text: &str, most: u64) -> bool {
    bytes(text).is_some_and(|bytes| bytes <= most)
}

/// The maximum memory that a container may hold in files: 2 GiB, of a host that tenants share.
pub(crate) const MOST_MEMORY_FILES: u64 = 2 << 30;

/// Judges the size of files that are kept in memory.
pub(crate) fn memory_files(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    bounded_size(report, location, node, MOST_MEMORY_FILES, "Use at most 2g.")
}

/// Judges the size of a log file.
pub(crate) fn log_size(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    bounded_size(report, location, node, 100 << 20, "Use at most 100m.")
}

/// Judges the memory of a container. 0, which means no limit, is refused, and so is more than the
/// operator allows.
pub(crate) fn memory(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let text = size(report, location, node)?;
    let most = report.rules.max_memory.clone();
    let limit = most.as_deref().and_then(bytes).unwrap_or(u64::MAX);
    if text.as_str().and_then(bytes).is_some_and(|memory| (1..=limit).contains(&memory)) {
        return Some(text);
    }
    report.add(location, refusals::memory_out_of_range(most.as_deref()));
    None
}

fn bounded_size(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    most: u64,
    fix: &'static str,
) -> Option<Tree> {
    let text = size(report, location, node)?;
    if text.as_str().is_some_and(|text| is_within(text, most)) {
        return Some(text);
    }
    report.add(location, refusals::large_size(fix));
    None
}

/// Judges a duration of at most a minute. Docker may wait this long for a container to stop, and a
/// worker of Coolify's waits with it.
pub(crate) fn grace_period(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    duration(report, location, node, 0.0..=60.0, "Use at most 1m.")
}

/// Judges a duration of at most ten minutes.
pub(crate) fn short_duration(
    report: &mut Report,
    location: &Location,
    node: &Tree,
) -> Option<Tree> {
    duration(report, location, node, 0.0..=600.0, "Use at most 10m, like 1m30s.")
}

/// Judges the interval of something that the host repeats: at least a second, at most ten minutes.
pub(crate) fn interval(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    duration(report, location, node, 1.0..=600.0, "Use at least 1s and at most 10m.")
}

/// Judges a duration of at most an hour.
pub(crate) fn long_duration(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    duration(report, location, node, 0.0..=3600.0, "Use at most 1h, like 1m30s.")
}

/// Judges a duration within a range of seconds, which `fix` says in words.
fn duration(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    range: std::ops::RangeInclusive<f64>,
    fix: &'static str,
) -> Option<Tree> {
    let rule = "Write numbers with their units, like 90s or 1m30s.";
    let text = literal(report, location, node, 20, rule, |text| seconds(text).is_some())?;
    if text.as_str().and_then(seconds).is_some_and(|length| range.contains(&length)) {
        return Some(text);
    }
    report.add(location, refusals::duration_out_of_range(fix));
    None
}

/// Reads a duration such as `1m30s`, in seconds.
pub(crate) fn seconds(text: &str) -> Option<f64> {
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

/// Judges one value or a list of them, and returns a list.
pub(crate) fn one_or_list(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    check: crate::judge::key_tables::Check,
) -> Option<Tree> {
    match node {
        leaf if leaf.is_leaf() => Some(Tree::List(vec![check(report, location, node)?])),
        _ => list(report, location, node, check),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_in_seconds_and_rejects_malformed_ones() {
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
