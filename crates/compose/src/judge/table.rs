//! Tables of the keys that are taken, each with its check; everything else is refused.

use std::rc::Rc;

use crate::canonical::{Members, Plain};
use crate::report::{Place, Report};
use crate::yaml::{Raw, Scalar, Value};

/// Reads one value: what is sent for it, or nothing and a report of what is wrong.
pub(crate) type Check = fn(&mut Report, &Place, &Raw) -> Option<Plain>;

/// What becomes of a key.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// It is taken when its value passes.
    Take(Check),
    /// It is left out of what is sent.
    Drop,
    /// It would reach out of the workspace: why, and what to do instead.
    Escape(&'static str, &'static str),
    /// It has no use here: why, and what to do instead.
    Useless(&'static str, &'static str),
}

/// The most members of one mapping or list.
const MOST: usize = 500;

const TOO_MANY: &str = "it has more than 500 members";

/// The keys of one kind of mapping.
pub(crate) type Table = &'static [(&'static str, Rule)];

/// The members of a mapping whose keys are on one of the tables. A null is an absent value.
pub(crate) fn fields(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    tables: &[Table],
) -> Option<Members> {
    let entries = mapping(report, place, raw)?;
    let mut members = Members::new();
    for (key, value) in entries {
        let place = place.key(key);
        if let Some(check) = rule(report, &place, key, tables)
            && !value.is_null()
            && let Some(plain) = check(report, &place, value)
        {
            members.push((key.clone(), plain));
        }
    }
    Some(members)
}

/// The check of a key that is taken; a refusal is reported.
fn rule(report: &mut Report, place: &Place, key: &str, tables: &[Table]) -> Option<Check> {
    let mut rows = tables.iter().flat_map(|table| table.iter());
    match rows.find(|(known, _)| *known == key).map(|(_, rule)| *rule) {
        Some(Rule::Take(check)) => return Some(check),
        Some(Rule::Drop) => {}
        Some(Rule::Escape(why, instead)) => report.forbid(place, why, Some(instead)),
        Some(Rule::Useless(why, instead)) => report.reject(place, why, Some(instead)),
        None if is_extension(key) => {}
        None => unknown(report, place, key, tables),
    }
    None
}

/// Whether compose ignores this key: those are left out of what is sent.
pub(crate) fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

fn unknown(report: &mut Report, place: &Place, key: &str, tables: &[Table]) {
    let folded = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let near = tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|(known, rule)| matches!(rule, Rule::Take(_)) && folded(known) == folded(key));
    let fix = near.map(|(known, _)| format!("Write {known}."));
    let fix = fix.as_deref().unwrap_or("Remove it.");
    report.reject(place, "it is not on the list of keys that are taken here", Some(fix));
}

/// The entries of a mapping.
pub(crate) fn mapping<'a>(
    report: &mut Report,
    place: &Place,
    raw: &'a Raw,
) -> Option<&'a [(String, Rc<Raw>)]> {
    match &raw.value {
        Value::Map(entries) if entries.len() <= MOST => return Some(entries),
        Value::Map(_) => report.reject(place, TOO_MANY, None),
        _ => report.reject(place, "it is not a mapping", None),
    }
    None
}

/// The items of a list, each checked.
pub(crate) fn list(report: &mut Report, place: &Place, raw: &Raw, check: Check) -> Option<Plain> {
    let items = items(report, place, raw)?;
    let mut checked = Vec::new();
    for (index, item) in items.iter().enumerate() {
        checked.extend(check(report, &place.at(index), item));
    }
    Some(Plain::List(checked))
}

/// The items of a list.
pub(crate) fn items<'a>(report: &mut Report, place: &Place, raw: &'a Raw) -> Option<&'a [Rc<Raw>]> {
    match &raw.value {
        Value::List(items) if items.len() <= MOST => return Some(items),
        Value::List(_) => report.reject(place, TOO_MANY, None),
        _ => report.reject(place, "it is not a list", None),
    }
    None
}

/// One of the words, written as a text.
pub(crate) fn one_of(
    report: &mut Report,
    place: &Place,
    raw: &Raw,
    words: &[&str],
) -> Option<Plain> {
    let fix = format!("One of: {}.", words.join(", "));
    match &raw.value {
        Value::Scalar(Scalar::Text(text)) if words.contains(&text.as_str()) => {
            Some(Plain::text(text.as_str()))
        }
        _ => {
            report.reject(place, "it is none of the values that are taken here", Some(&fix));
            None
        }
    }
}
