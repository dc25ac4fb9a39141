//! Variables in what a container runs: they stay, and Coolify's parser is kept from misreading
//! them.

use std::collections::HashSet;

use covibe_domain::interpreted_variables::is_domain_variable;

use super::rewriter::{Rewriter, no_value};
use crate::file_location::Location;
use crate::refusals;
use crate::variables::interpolation_parts::{self, Part, Variable};
use crate::variables::variable_values::is_magic;
use crate::yaml_tree::Tree;

const OVERWRITTEN: &str = "it refers to a variable of the service that Coolify would overwrite";

const PATH: &str = "Coolify writes the whole URL of the service into the variable";

/// The longest path of a URL, in bytes.
const LONGEST_PATH: usize = 200;

/// Returns whether a text is the path of a URL, as templates give it to the variable of a domain.
fn is_path(text: &str) -> bool {
    let is_of_path = |b: u8| b.is_ascii_alphanumeric() || b"/._~%-".contains(&b);
    text.starts_with('/') && text.len() <= LONGEST_PATH && text.bytes().all(is_of_path)
}

/// Rewrites the environment, the commands and the health check's command of a service.
pub(super) fn rewrite(
    rewriter: &mut Rewriter<'_>,
    service_name: &str,
    at: &Location,
    service: &mut Tree,
) {
    let names: HashSet<String> = service
        .get("environment")
        .map(Tree::members)
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    for (name, value) in service.get_mut("environment").map(Tree::members_mut).unwrap_or_default() {
        let at = at.key("environment").key(name);
        match value {
            Tree::Null if is_magic(name) => {}
            Tree::Text(path) if is_domain_variable(name) && is_path(path) => {
                if path.len() > 1 {
                    rewriter.changes.paths.push((service_name.to_owned(), path.clone()));
                    rewriter.note(&at, "moved its path into the URL", PATH);
                }
                *value = Tree::Null;
            }
            Tree::Null => rewriter.changes.needed.optional += 1,
            Tree::Text(text) => {
                double(rewriter, &at, text, interpolation_parts::with_bare_doubled);
                if overwrites(text, name, &names) {
                    write_out(rewriter, &at, text);
                } else {
                    *text = without_messages(rewriter, &at, text);
                }
            }
            _ => {}
        }
    }
    for key in ["command", "entrypoint"] {
        if let Some(value) = service.get_mut(key) {
            command(rewriter, &at.key(key), value);
        }
    }
    if let Some(test) = service.get_mut("healthcheck").and_then(|check| check.get_mut("test")) {
        command(rewriter, &at.key("healthcheck").key("test"), test);
    }
}

/// Returns whether a value begins with a variable, and names another variable of the service, or its
/// own with something beside it: Coolify would give that one the value of the row, and nothing else
/// (seen with 4.3.11).
fn overwrites(text: &str, own: &str, names: &HashSet<String>) -> bool {
    if !text.starts_with('$') {
        return false;
    }
    let is_own = is_own(text, own);
    interpolation_parts::names(text)
        .into_iter()
        .any(|name| !is_magic(name) && names.contains(name) && (name != own || !is_own))
}

/// Returns whether a value is the variable of its own name alone, or begins with `${OWN}`, which Coolify
/// leaves as it is.
fn is_own(text: &str, own: &str) -> bool {
    let is_alone = || matches!(interpolation_parts::parts(text)[..], [Part::Variable(variable)] if variable.name == own);
    text.starts_with(&format!("${{{own}}}")) || is_alone()
}

fn write_out(rewriter: &mut Rewriter<'_>, at: &Location, text: &mut String) {
    let mut empty = Vec::new();
    match rewriter.values.written_out(text, &mut empty) {
        Ok(written) => {
            *text = written;
            rewriter.changes.needed.empty.extend(empty);
            rewriter.note(at, "written out", OVERWRITTEN);
        }
        Err(why) => {
            let problem = no_value(rewriter, why);
            rewriter.refuse(at, problem);
        }
    }
}

/// Returns the text with `${X}` for `${X:?message}`: Coolify would make the message the value (seen
/// with 4.3.11). Notes the variables without a value.
pub(super) fn without_messages(rewriter: &mut Rewriter<'_>, at: &Location, text: &str) -> String {
    if !text.contains('$') {
        return text.to_owned();
    }
    let (mut missing, mut empty, mut drops_message) = (Vec::new(), Vec::new(), false);
    let mut plain = |variable: &Variable<'_>| -> Option<String> {
        let (name, has_value) = (variable.name, rewriter.values.has(variable));
        if variable.is_required() {
            drops_message = true;
            if !has_value && !is_magic(name) {
                missing.push((name.to_owned(), variable.operand.to_owned()));
            }
            return Some(format!("${{{name}}}"));
        }
        if variable.operator.is_empty() && !has_value && !is_magic(name) {
            empty.push(name.to_owned());
        }
        None
    };
    let rewritten = interpolation_parts::replace_variables(text, &mut plain);
    rewriter.changes.needed.empty.extend(empty);
    for (name, message) in missing {
        rewriter.refuse(at, refusals::demanded_variable(&name, &message));
        rewriter.changes.needed.required.insert(name);
    }
    if drops_message {
        let why = "the error message would become the value";
        rewriter.note(at, "dropped the message", why);
    }
    if drops_message { rewritten } else { text.to_owned() }
}

/// Doubles each `$` of a text that begins no variable.
fn double(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    text: &mut String,
    doubled: fn(&str) -> String,
) {
    let doubled = doubled(text);
    if doubled != *text {
        rewriter.note(at, "doubled a $", "some versions of Docker Compose refuse it");
        *text = doubled;
    }
}

/// Rewrites a command: one text, or a list.
fn command(rewriter: &mut Rewriter<'_>, at: &Location, value: &mut Tree) {
    match value {
        Tree::Text(text) => {
            double(rewriter, at, text, interpolation_parts::with_stray_doubled);
            *text = without_messages(rewriter, at, text);
        }
        Tree::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                command(rewriter, &at.item(index), item);
            }
        }
        _ => {}
    }
}
