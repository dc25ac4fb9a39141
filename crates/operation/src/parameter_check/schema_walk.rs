//! Walks a value along its schema and collects the problems.

use std::collections::BTreeMap;

use covibe_domain::{Failure, Timestamp};
use serde_json::{Map, Value, json};

use super::problem_texts::{describe_expected, describe_type, nearest, quotable_name, range};
use super::schema_node::{Node, Pattern, Spellings, Words};
use super::value_spelling::{canonicalize, is_left_out, unpack};
use crate::json_flaws::{JsonFlaw, LESS, MAX_VALUES, ONCE};

/// The member of an open object with the declared members that the caller spelled in another way: an object from
/// declared names to the caller's. Present only if there are any.
pub const SPELLED: &str = " spelled";

/// The maximum number of problems that one failure names.
const MAX_PROBLEMS: usize = 8;

/// The maximum number of members of an open object.
const MAX_MEMBERS: usize = 40;

#[derive(Debug)]
struct Problem {
    /// The path of the parameter.
    at: String,
    text: String,
    hint: Option<String>,
}

/// The state of a check.
#[derive(Debug)]
struct Findings {
    problems: Vec<Problem>,
    /// The number of values that texts with JSON may still contain.
    values_left: usize,
}

/// Checks `params` against a schema's root.
pub(super) fn check(root: &Node, params: &mut Value) -> Result<(), Failure> {
    let mut found = Findings { problems: Vec::new(), values_left: MAX_VALUES };
    walk(root, params, "", &mut found);
    let Findings { problems, .. } = found;
    match problems.len() {
        0 => Ok(()),
        1 => Err(failure(&problems)),
        _ => Err(failure(&problems)
            .detail("problems", json!(texts(&problems)))
            .detail("fields", json!(fields(&problems)))),
    }
}

fn failure(problems: &[Problem]) -> Failure {
    let first = problems.first();
    let failure = Failure::invalid(first.map(|p| p.text.clone()).unwrap_or_default());
    match first.and_then(|problem| problem.hint.clone()) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn texts(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.text.as_str()).collect()
}

/// Returns the problems by the paths of the parameters.
fn fields(problems: &[Problem]) -> BTreeMap<&str, Vec<&str>> {
    let mut fields = BTreeMap::<_, Vec<_>>::new();
    for problem in problems {
        fields.entry(problem.at.as_str()).or_default().push(problem.text.as_str());
    }
    fields
}

fn walk(node: &Node, value: &mut Value, at: &str, found: &mut Findings) {
    if found.problems.len() >= MAX_PROBLEMS {
        return;
    }
    if let Err(flaw) = unpack(node, value, &mut found.values_left) {
        return found.problems.push(text_flaw_problem(at, &flaw));
    }
    canonicalize(node, value);
    let name = if at.is_empty() { "params" } else { at };
    let mut fail =
        |text: String| found.problems.push(Problem { at: name.to_owned(), text, hint: None });
    match (node, value) {
        (Node::Object { members, required, ignored, open, .. }, Value::Object(map)) => {
            map.retain(|name, _| !ignored.contains(name));
            if let Some(spellings) = open {
                respell(members, spellings, map);
                if map.len() > MAX_MEMBERS {
                    let (count, most) = (map.len(), MAX_MEMBERS);
                    return fail(format!("`{name}` must have at most {most} fields; got {count}."));
                }
            }
            walk_object(members, (required, open.is_some()), map, at, found);
        }
        (Node::Array { items, min, max, .. }, Value::Array(list)) => {
            let count = list.len() as u64;
            if count < *min || count > *max {
                return fail(format!("`{name}` must have {min} to {max} entries; got {count}."));
            }
            for (index, item) in list.iter_mut().enumerate() {
                walk(items, item, &format!("{at}[{index}]"), found);
            }
        }
        (Node::Text { min, max, pattern, words, .. }, Value::String(text)) => {
            let problem = text_problem(name, text, (*min, *max), pattern.as_ref(), words);
            let hint =
                (!words.is_empty()).then(|| format!("Allowed: {}.", words.listed.join(", ")));
            found.problems.extend(problem.map(|text| Problem { at: name.to_owned(), text, hint }));
        }
        (Node::Instant, Value::String(text)) => {
            if Timestamp::parse(text).is_none() {
                fail(format!("`{name}` must be a time such as 2026-11-20T08:00:00Z."));
            }
        }
        (Node::Integer { min, max }, Value::Number(number)) => {
            if !number.as_i64().is_some_and(|n| (*min..=*max).contains(&n)) {
                fail(format!("`{name}` must be a whole number{}.", range(*min, *max)));
            }
        }
        (Node::Boolean { .. }, Value::Bool(_))
        | (Node::Object { is_switch: true, .. }, Value::Bool(false))
        | (Node::Any, _) => {}
        (node, value) => found.problems.push(mismatch(name, node, value)),
    }
}

fn walk_object(
    members: &BTreeMap<String, Node>,
    (required, open): (&[String], bool),
    map: &mut Map<String, Value>,
    at: &str,
    found: &mut Findings,
) {
    map.retain(|name, value| match members.get(name) {
        Some(node) if !required.contains(name) => !is_left_out(node, value),
        _ => true,
    });
    // Unknown names come first: a misspelled name explains why the right one is missing.
    let unknowns = map.keys().filter(|name| !open && !members.contains_key(*name));
    found
        .problems
        .extend(unknowns.take(MAX_PROBLEMS).map(|name| unknown_member(name, members, at)));
    let missing = required.iter().filter(|name| !map.contains_key(*name));
    found.problems.extend(missing.map(|name| {
        let at = path(at, name);
        Problem { text: format!("`{at}` is missing."), at, hint: None }
    }));
    for (name, value) in map.iter_mut() {
        if let Some(node) = members.get(name) {
            walk(node, value, &path(at, name), found);
        }
    }
}

/// Renames declared members that are spelled in another way to their declared names, and keeps the
/// spellings of the caller.
fn respell(members: &BTreeMap<String, Node>, spellings: Spellings, map: &mut Map<String, Value>) {
    let camel = |name: &str| {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |text, word| {
            let (head, tail) = word.split_at(word.ceil_char_boundary(1));
            text + &head.to_ascii_uppercase() + tail
        })
    };
    let declared = |name: String| match spellings.iter().find(|(other, _)| *other == name) {
        Some((_, declared)) => (*declared).to_owned(),
        None => name,
    };
    let known = |name: &String| {
        Some((name.clone(), declared(camel(name)))).filter(|(_, to)| members.contains_key(to))
    };
    let snakes: Vec<_> =
        map.keys().filter(|name| !members.contains_key(*name)).filter_map(known).collect();
    let mut spelled = Map::new();
    for (from, to) in snakes {
        // If both spellings are present, the second one stays and is reported as unknown.
        if !map.contains_key(&to)
            && let Some(value) = map.remove(&from)
        {
            spelled.insert(to.clone(), Value::String(from));
            map.insert(to, value);
        }
    }
    // The name is ours alone: what a caller sent under it is dropped.
    map.remove(SPELLED);
    if !spelled.is_empty() {
        map.insert(SPELLED.to_owned(), Value::Object(spelled));
    }
}

fn unknown_member(name: &str, members: &BTreeMap<String, Node>, at: &str) -> Problem {
    let known = members.keys().map(String::as_str);
    let hint = match nearest(name, known.clone()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None if members.is_empty() => "This tool takes no parameters.".to_owned(),
        None => format!("Known: {}.", known.collect::<Vec<_>>().join(", ")),
    };
    let at = path(at, &quotable_name(name));
    Problem { text: format!("Unknown parameter `{at}`."), at, hint: Some(hint) }
}

/// Returns the problem of a text with JSON that is not unpacked.
fn text_flaw_problem(at: &str, flaw: &JsonFlaw) -> Problem {
    let (at, text, hint) = match flaw {
        JsonFlaw::Duplicate(name) => {
            let at = path(at, &quotable_name(name));
            let text = format!("`{at}` is given twice.");
            (at, text, ONCE)
        }
        JsonFlaw::TooManyValues => {
            let at = if at.is_empty() { "params" } else { at };
            (at.to_owned(), format!("`{at}` has more than 10,000 values."), LESS)
        }
    };
    Problem { at, text, hint: Some(hint.to_owned()) }
}

/// Returns the problem of a value of another type.
fn mismatch(name: &str, node: &Node, value: &Value) -> Problem {
    let text =
        format!("`{name}` must be {}; got {}.", describe_expected(node), describe_type(value));
    let is_unclear = matches!((node, value), (Node::Text { .. }, Value::Number(_)));
    let hint = is_unclear.then(|| "Put it in quotes, so that no digit is lost.".to_owned());
    Problem { at: name.to_owned(), text, hint }
}

fn path(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn text_problem(
    name: &str,
    text: &str,
    (min, max): (u64, u64),
    pattern: Option<&Pattern>,
    words: &Words,
) -> Option<String> {
    let length = text.chars().count() as u64;
    if !words.is_empty() && !words.listed.iter().any(|word| word == text) {
        return Some(format!("`{name}` must be one of: {}.", words.listed.join(", ")));
    }
    if length < min || length > max {
        return Some(format!("`{name}` must have {min} to {max} characters; it has {length}."));
    }
    // No database, shell or environment accepts one.
    if text.contains('\0') {
        return Some(format!("`{name}` contains a NUL character."));
    }
    let pattern = pattern.filter(|pattern| !pattern.regex.is_match(text))?;
    Some(format!("`{name}` must be {}.", pattern.rule))
}
