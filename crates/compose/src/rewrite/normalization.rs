//! One form for what may be written in several, and `extends` of services of the same file.

use super::rewriter::{Rewriter, each_service};
use std::collections::{HashMap, HashSet};

use super::extends::{self, EXTENDS};
use crate::file_location::Location;
use crate::judge::MOST_SERVICES;
use crate::problem::Problem;
use crate::refusals;
use crate::variables::interpolation_parts::has_deeply_nested_variables;
use crate::yaml_tree::{Members, Tree};

/// The maximum number of values of all services once they are merged with what they extend; a file has at most
/// as many before.
const MOST_NODES: usize = 20_000;

/// The maximum number of bytes of those values and of their keys; a file has at most as many before, with what its aliases
/// and merge keys copy.
const MOST_BYTES: usize = 512 * 1024;

/// The maximum work that the variables of one text may be: their number times its length.
const MOST_WORK: usize = 4_000_000;

/// The maximum number of variables of one text, with each `$` counted.
const MOST_VARIABLES: usize = 10_000;

/// Refuses texts whose variables would take long to read, and empties them.
pub(super) fn bound(rewriter: &mut Rewriter<'_>, at: &Location, value: &mut Tree) {
    match value {
        Tree::Text(text) => {
            if let Some(problem) = excess_problem(text) {
                rewriter.refuse(at, problem);
                text.clear();
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                bound(rewriter, &at.item(index), item);
            }
        }
        Tree::Map(members) => {
            for (key, member) in members {
                bound(rewriter, &at.key(key), member);
            }
        }
        _ => {}
    }
}

/// Returns the problem of a text whose variables would take long to read.
fn excess_problem(text: &str) -> Option<Problem> {
    if text.matches("${").count().saturating_mul(text.len()) > MOST_WORK {
        return Some(refusals::malformed_variable());
    }
    if has_deeply_nested_variables(text) {
        return Some(refusals::nested_variables());
    }
    (text.matches('$').count() > MOST_VARIABLES).then(refusals::many_variables)
}

/// Evaluates the items of lists of dependencies, which Docker Compose does; it keeps the keys of mappings.
pub(super) fn evaluate_dependencies(rewriter: &Rewriter<'_>, file: &mut Tree) {
    each_service(file, |_, _, service| {
        let Some(Tree::List(names)) = service.get_mut("depends_on") else { return };
        for name in names {
            let evaluated = name.as_str().map(|name| rewriter.values.evaluate(name));
            if let Some(Ok(evaluated)) = evaluated {
                *name = Tree::Text(evaluated);
            }
        }
    });
}

/// Keys of a service that are true or false.
const SWITCHES: [&str; 5] = ["init", "tty", "stdin_open", "read_only", "exclude_from_hc"];

/// Reads a word as Docker Compose does where it wants true or false.
fn switch(value: &mut Tree) {
    let word = value.as_str().map(str::to_ascii_lowercase);
    match word.as_deref() {
        Some("true" | "yes" | "y" | "on") => *value = Tree::Bool(true),
        Some("false" | "no" | "n" | "off") => *value = Tree::Bool(false),
        _ => {}
    }
}

/// Turns lists of `NAME=value` and of dependencies into mappings, and words into true or false. Returns where a name has
/// several values.
pub(super) fn normalize(file: &mut Tree) -> Vec<Location> {
    let mut several = Vec::new();
    each_service(file, |_, at, service| {
        for key in SWITCHES {
            service.get_mut(key).into_iter().for_each(switch);
        }
        for key in ["environment", "labels"] {
            if let Some(Tree::List(items)) = service.get(key)
                && let Some((named, repeated)) = read_assignments(items)
            {
                several.extend(repeated.iter().map(|name| at.key(key).key(name)));
                service.set(key, Tree::Map(named));
            }
        }
        if let Some(Tree::List(items)) = service.get("depends_on") {
            let started =
                || Tree::Map(vec![("condition".to_owned(), Tree::text("service_started"))]);
            let names: Option<Vec<&str>> = items.iter().map(Tree::as_str).collect();
            if let Some(names) = names.filter(|names| is_set(names)) {
                let members = names.into_iter().map(|name| (name.to_owned(), started()));
                service.set("depends_on", Tree::Map(members.collect()));
            }
        }
        if let Some(Tree::Map(base)) = service.get(EXTENDS)
            && let [(key, name @ Tree::Text(_))] = &base[..]
            && key == "service"
        {
            let name = name.clone();
            service.set(EXTENDS, name);
        }
    });
    several
}

/// Returns the members of a list of `NAME=value` and `NAME`; `None` if it has other items, which the judge reports.
pub(super) fn assignments(items: &[Tree]) -> Option<Members> {
    let member = |item: &Tree| {
        let (name, value) = match item.as_str()?.split_once('=') {
            Some((name, value)) => (name, Tree::text(value)),
            None => (item.as_str()?, Tree::Null),
        };
        Some((name.to_owned(), value))
    };
    items.iter().map(member).collect()
}

/// Returns the members of a list of assignments, and the names that occur several times, whose last value counts.
fn read_assignments(items: &[Tree]) -> Option<(Members, Vec<String>)> {
    let all = assignments(items)?;
    let (mut members, mut repeated) = (Members::new(), Vec::new());
    let mut places: HashMap<String, usize> = HashMap::new();
    for (name, value) in all {
        if let Some(place) = places.get(&name) {
            members[*place].1 = value;
            repeated.push(name);
        } else {
            places.insert(name.clone(), members.len());
            members.push((name, value));
        }
    }
    repeated.sort_unstable();
    repeated.dedup();
    Some((members, repeated))
}

fn is_set(names: &[&str]) -> bool {
    let mut known = HashSet::new();
    names.iter().all(|name| known.insert(name))
}

/// Returns the number of values in a tree, and that of the bytes of its texts and keys.
fn size(tree: &Tree) -> (usize, usize) {
    let members = tree.members().iter().map(|(key, member)| (key.len(), member));
    let inner = members.chain(tree.items().iter().map(|item| (0, item)));
    let own = (1, tree.as_str().map_or(0, str::len));
    inner.fold(own, |(nodes, bytes), (key, value)| {
        let (more, longer) = size(value);
        (nodes + more, bytes + key + longer)
    })
}

/// Merges each service with the one that it extends.
pub(super) fn extend(rewriter: &mut Rewriter<'_>, file: &mut Tree) -> Option<()> {
    let Some(written) = file.get("services") else { return Some(()) };
    let at = Location::file().key("services");
    if written.members().len() > MOST_SERVICES {
        rewriter.refuse(&at, refusals::too_many_services());
        return None;
    }
    if written.members().iter().any(|(_, service)| service.get(EXTENDS).is_some()) {
        let resolved = extends::resolve(rewriter.report, &at, written.members())?;
        let resolved = Tree::Map(resolved);
        let (nodes, bytes) = size(&resolved);
        if nodes > MOST_NODES || bytes > MOST_BYTES {
            rewriter.refuse(&at, refusals::too_much_extended());
            return None;
        }
        file.set("services", resolved);
    }
    Some(())
}
