//! Tables of keys, each with the check of its value; all other keys are refused.

use crate::file_location::Location;
use crate::problem::Problem;
use crate::problem_list::Report;
use crate::refusals;
use crate::yaml_tree::{Members, Tree};

/// Judges one value: returns the value that is sent for it, or reports its problems.
pub(crate) type Check = fn(&mut Report, &Location, &Tree) -> Option<Tree>;

/// The treatment of a key.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// It is sent if its value passes the check.
    Accept(Check),
    /// It is sent with the items of its list that pass the check.
    Each(Check),
    /// It is sent with the members of its mapping that the table accepts.
    Fields(Table),
    /// It is sent if its value is one of the words.
    OneOf(&'static [&'static str]),
    /// It is not sent.
    Drop,
    /// It is refused with this problem, whatever its value.
    Refuse(fn() -> Problem),
}

/// The maximum number of members of one mapping or list.
pub(crate) const MOST_MEMBERS: usize = 500;

/// The known keys of one kind of mapping.
pub(crate) type Table = &'static [(&'static str, Rule)];

impl Rule {
    /// Returns whether some values of the key are sent.
    const fn is_accepted(self) -> bool {
        !matches!(self, Self::Drop | Self::Refuse(_))
    }

    /// Judges the value of a key. A null counts as an absent value.
    fn judge(self, report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
        if let Self::Refuse(problem) = self {
            report.add(location, problem());
        }
        match self {
            _ if node.is_null() => None,
            Self::Accept(check) => check(report, location, node),
            Self::Each(check) => list(report, location, node, check),
            Self::Fields(table) => fields(report, location, node, &[table]).map(Tree::Map),
            Self::OneOf(words) => one_of(report, location, node, words),
            Self::Drop | Self::Refuse(_) => None,
        }
    }
}

/// Judges a mapping whose keys are on one of the tables.
pub(crate) fn fields(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    tables: &[Table],
) -> Option<Members> {
    let entries = mapping(report, location, node)?;
    let mut members = Members::new();
    for (key, value) in entries {
        let location = location.key(key);
        let mut rows = tables.iter().flat_map(|table| table.iter());
        if let Some((_, rule)) = rows.find(|(known, _)| known == key) {
            let judged = rule.judge(report, &location, value);
            members.extend(judged.map(|tree| (key.clone(), tree)));
        } else {
            report.add(&location, refusals::unknown_key(similar_key(key, tables)));
        }
    }
    Some(members)
}

/// Returns the accepted key that differs from this one only in case or punctuation.
fn similar_key(key: &str, tables: &[Table]) -> Option<&'static str> {
    let folded = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let found = tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|(known, rule)| rule.is_accepted() && folded(known) == folded(key));
    found.map(|(known, _)| *known)
}

/// Returns the entries of a mapping.
pub(crate) fn mapping<'a>(
    report: &mut Report,
    location: &Location,
    node: &'a Tree,
) -> Option<&'a [(String, Tree)]> {
    match node {
        Tree::Map(entries) if entries.len() <= MOST_MEMBERS => return Some(entries),
        Tree::Map(_) => report.add(location, refusals::too_many_members()),
        _ => report.add(location, refusals::not_mapping()),
    }
    None
}

/// Judges each item of a list.
pub(crate) fn list(
    report: &mut Report,
    location: &Location,
    node: &Tree,
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
    node: &'a Tree,
) -> Option<&'a [Tree]> {
    match node {
        Tree::List(items) if items.len() <= MOST_MEMBERS => return Some(items),
        Tree::List(_) => report.add(location, refusals::too_many_members()),
        _ => report.add(location, refusals::not_list()),
    }
    None
}

/// Judges a value that is one of the words.
pub(crate) fn one_of(
    report: &mut Report,
    location: &Location,
    node: &Tree,
    words: &[&str],
) -> Option<Tree> {
    match node {
        Tree::Text(text) if words.contains(&text.as_str()) => Some(Tree::text(text.as_str())),
        _ => {
            report.add(location, refusals::unknown_word(words));
            None
        }
    }
}
