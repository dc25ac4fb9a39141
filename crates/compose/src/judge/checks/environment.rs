//! `environment`: names, and values in which variables are supported.

use std::collections::HashSet;

use covibe_domain::interpreted_variables;

use super::scalars::{check_text, literal};
use crate::file_location::Location;
use crate::judge::key_tables::{items, mapping};
use crate::problem_list::Report;
use crate::refusals;
use crate::variables::{coolify_env_values, docker_compose_interpolation, interpolation_parts};
use crate::yaml_tree::Tree;

/// Returns whether a variable may have this name: letters, digits, `_`, `.` and `-`, starting with
/// a letter or `_`.
fn is_name(name: &str) -> bool {
    let is_name_byte = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=255).contains(&name.len())
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(is_name_byte)
}

/// `environment`, as a mapping.
pub(crate) fn environment(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let pairs = pairs(report, location, node)?;
    let checked = pairs.into_iter().filter_map(|pair| variable(report, pair));
    Some(Tree::Map(checked.collect()))
}

fn variable(report: &mut Report, pair: Pair) -> Option<(String, Tree)> {
    let Pair { location, name, value } = pair;
    if !is_name(&name) {
        report.add(&location, refusals::variable_name());
        return None;
    }
    if interpreted_variables::configures_compose(&name) {
        report.add(&location, refusals::configures_compose());
        return None;
    }
    let asks_for_domain = |text: &str| {
        interpolation_parts::names(text)
            .iter()
            .any(|it| interpreted_variables::is_domain_variable(it))
    };
    let is_generated = interpreted_variables::is_domain_variable(&name)
        || value.as_deref().is_some_and(asks_for_domain);
    if report.rules.builds && is_generated {
        report.add(&location, refusals::generated_domain());
        return None;
    }
    if interpreted_variables::is_domain_variable(&name) && name.contains(['.', '-']) {
        report.add(&location, refusals::odd_domain_variable());
        return None;
    }
    let value = value
        .filter(|value| !(interpreted_variables::is_domain_variable(&name) && value.is_empty()));
    if value.is_some() && interpreted_variables::is_domain_variable(&name) {
        report.add(&location, refusals::claimed_domain());
        return None;
    }
    if docker_compose_interpolation::belongs_to_shell(&name)
        && value.as_deref().is_none_or(|value| coolify_env_values::stores_name(&name, value))
    {
        report.add(&location, refusals::host_variable());
        return None;
    }
    let Some(value) = value else { return Some((name, Tree::Null)) };
    value_text(report, &location, &name, &value).map(|text| (name, Tree::Text(text)))
}

/// Returns a value as it is sent.
fn value_text(report: &mut Report, location: &Location, name: &str, value: &str) -> Option<String> {
    if !check_text(report, location, value) {
        return None;
    }
    let value = coolify_env_values::with_braces(value);
    if let Err(error) = coolify_env_values::check(&value) {
        report.add(location, refusals::invalid_variable(error));
        return None;
    }
    if name.contains('-') && coolify_env_values::stores_name(name, &value) {
        report.add(location, refusals::unstored_name());
        return None;
    }
    (check_text(report, location, &value) && check_one_line(report, location, &value))
        .then_some(value)
}

/// Refuses a line break in a value that Coolify writes into the file of variables beside the
/// compose file (4.3.11, `serviceParser`): the next line would be another variable there.
fn check_one_line(report: &mut Report, location: &Location, value: &str) -> bool {
    let is_accepted = !(coolify_env_values::is_parsed(value) && value.contains(['\n', '\r']));
    if !is_accepted {
        report.add(location, refusals::several_lines());
    }
    is_accepted
}

/// Judges the name of the variable that a config or secret has as its content.
pub(crate) fn source(report: &mut Report, location: &Location, node: &Tree) -> Option<Tree> {
    let rule = "Write the name of a variable: letters, digits and _.";
    literal(report, location, node, 255, rule, |text| {
        is_name(text) && docker_compose_interpolation::check(&format!("${{{text}}}")).is_ok()
    })
}

/// A name of a mapping or of a list of `NAME=value`, and its value if the author wrote one.
pub(super) struct Pair {
    pub(super) location: Location,
    pub(super) name: String,
    pub(super) value: Option<String>,
}

/// Returns the pairs of a mapping or a list, in order. Booleans and numbers become the text that
/// the author wrote, because Coolify would write `true` as `1`.
pub(super) fn pairs(report: &mut Report, location: &Location, node: &Tree) -> Option<Vec<Pair>> {
    let pairs: Vec<Option<Pair>> = match node {
        Tree::Map(_) => {
            let entries = mapping(report, location, node)?.iter();
            entries.map(|(key, value)| parse_entry(report, location.key(key), key, value)).collect()
        }
        Tree::List(_) => {
            let items = items(report, location, node)?.iter().enumerate();
            items.map(|(index, item)| parse_item(report, location.item(index), item)).collect()
        }
        _ => {
            report.add(location, refusals::neither_mapping_nor_list());
            return None;
        }
    };
    let pairs: Vec<Pair> = pairs.into_iter().flatten().collect();
    let mut known = HashSet::new();
    for pair in pairs.iter().filter(|pair| !known.insert(pair.name.as_str())) {
        report.add(&pair.location, refusals::duplicate_name());
    }
    Some(pairs)
}

fn parse_entry(report: &mut Report, location: Location, key: &str, value: &Tree) -> Option<Pair> {
    let value = match value {
        Tree::Null => None,
        Tree::Bool(on) => Some(on.to_string()),
        Tree::Int(number) => Some(number.to_string()),
        Tree::Text(text) => Some(text.clone()),
        Tree::List(_) | Tree::Map(_) => {
            report.add(&location, refusals::not_text());
            return None;
        }
    };
    Some(Pair { location, name: key.to_owned(), value })
}

fn parse_item(report: &mut Report, location: Location, item: &Tree) -> Option<Pair> {
    let Tree::Text(text) = item else {
        report.add(&location, refusals::not_an_assignment());
        return None;
    };
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text.as_str(), None),
    };
    Some(Pair { location, name: name.to_owned(), value })
}
