//! Tables of keys, each with the check of its value; all other keys are refused.

use std::rc::Rc;

use crate::location::Location;
use crate::problem::Problem;
use crate::refusals::values;
use crate::report::Report;
use crate::tree::{Members, Tree};
use crate::yaml::{Node, Scalar, Value};

/// Judges one value: returns what is sent for it, or reports its problems.
pub(crate) type Check = fn(&mut Report, &Location, &Node) -> Option<Tree>;

/// What happens to a key.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// It is sent if its value passes the check.
    Accept(Check),
    /// It is not sent.
    Drop,
    /// It is refused with this problem, whatever its value.
    Refuse(fn() -> Problem),
}

/// The most members of one mapping or list.
const MOST_MEMBERS: usize = 500;

/// The known keys of one kind of mapping.
pub(crate) type Table = &'static [(&'static str, Rule)];

/// Judges a mapping whose keys are on one of the tables. A null counts as an absent value.
pub(crate) fn fields(
    report: &mut Report,
    location: &Location,
    node: &Node,
    tables: &[Table],
) -> Option<Members> {
    let entries = mapping(report, location, node)?;
    let mut members = Members::new();
    for (key, value) in entries {
        let location = location.key(key);
        if let Some(check) = check_of(report, &location, key, tables)
            && !value.is_null()
            && let Some(plain) = check(report, &location, value)
        {
            members.push((key.clone(), plain));
        }
    }
    Some(members)
}

/// Returns the check of a key that is accepted; other keys are reported or dropped.
fn check_of(
    report: &mut Report,
    location: &Location,
    key: &str,
    tables: &[Table],
) -> Option<Check> {
    let mut rows = tables.iter().flat_map(|table| table.iter());
    match rows.find(|(known, _)| *known == key).map(|(_, rule)| *rule) {
        Some(Rule::Accept(check)) => return Some(check),
        Some(Rule::Drop) => {}
        Some(Rule::Refuse(problem)) => report.add(location, problem()),
        None if is_extension(key) => {}
        None => report.add(location, values::unknown_key(near(key, tables))),
    }
    None
}

/// Returns whether Compose ignores the key. Such keys are not sent.
pub(crate) fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

/// Returns the accepted key that differs from this one only in case or punctuation.
fn near(key: &str, tables: &[Table]) -> Option<&'static str> {
    let folded = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let found = tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|(known, rule)| matches!(rule, Rule::Accept(_)) && folded(known) == folded(key));
    found.map(|(known, _)| *known)
}

/// Returns the entries of a mapping.
pub(crate) fn mapping<'a>(
    report: &mut Report,
    location: &Location,
    node: &'a Node,
) -> Option<&'a [(String, Rc<Node>)]> {
    match &node.value {
        Value::Map(entries) if entries.len() <= MOST_MEMBERS => return Some(entries),
        Value::Map(_) => report.add(location, values::too_many_members()),
        _ => report.add(location, values::not_mapping()),
    }
    None
}

/// Judges each item of a list.
pub(crate) fn list(
    report: &mut Report,
    location: &Location,
    node: &Node,
    check: Check,
) -> Option<Tree> {
    let items = items(report, location, node)?;
    let mut checked = Vec::new();
    for (index, item) in items.iter().enumerate() {
        checked.extend(check(report, &location.item(index), item));
    }
    Some(Tree::List(checked))
}

/// Returns the items of a list.
pub(crate) fn items<'a>(
    report: &mut Report,
    location: &Location,
    node: &'a Node,
) -> Option<&'a [Rc<Node>]> {
    match &node.value {
        Value::List(items) if items.len() <= MOST_MEMBERS => return Some(items),
        Value::List(_) => report.add(location, values::too_many_members()),
        _ => report.add(location, values::not_list()),
    }
    None
}

/// Judges a value that is one of the words.
pub(crate) fn one_of(
    report: &mut Report,
    location: &Location,
    node: &Node,
    words: &[&str],
) -> Option<Tree> {
    match &node.value {
        Value::Scalar(Scalar::Text(text)) if words.contains(&text.as_str()) => {
            Some(Tree::text(text.as_str()))
        }
        _ => {
            report.add(location, values::unknown_word(words));
            None
        }
    }
}
