//! Variables that Coolify keeps as rows of the app: one value for the whole file.

use super::rewriter::{Rewriter, each_service, services};
use std::collections::{HashMap, HashSet};

use crate::file_location::Location;
use crate::refusals;
use crate::variables::interpolation_parts::{self, Part, Variable};
use crate::yaml_tree::Tree;

const ONE_DEFAULT: &str = "Coolify keeps one default of a variable for the whole file";
const FOLLOWS: &str = "the variable follows the domain only where the service declares it";

/// Writes out second defaults, and declares the variables of domains that are only referred to.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    check_values(rewriter, file);
    let defaults = defaults(file);
    each_service(file, |_, at, service| {
        for key in ["environment", "command", "entrypoint"] {
            if let Some(value) = service.get_mut(key) {
                write_out(rewriter, &at.key(key), value, &defaults);
            }
        }
        if let Some(test) = service.get_mut("healthcheck").and_then(|check| check.get_mut("test")) {
            write_out(rewriter, &at.key("healthcheck").key("test"), test, &defaults);
        }
    });
    let at = Location::file().key("configs");
    for (name, config) in file.get_mut("configs").map(Tree::members_mut).unwrap_or_default() {
        if let Some(content) = config.get_mut("content") {
            write_out(rewriter, &at.key(name).key("content"), content, &defaults);
        }
    }
    declare(rewriter, file);
}

/// Writes out the defaults in a value that differ from those of the rows.
fn write_out(
    rewriter: &mut Rewriter<'_>,
    at: &Location,
    value: &mut Tree,
    defaults: &HashMap<String, String>,
) {
    match value {
        Tree::Text(text) => {
            let (mut changed, mut empty) = (false, Vec::new());
            let mut other = |variable: &Variable<'_>| {
                let own = variable.default()?;
                let is_other = defaults.get(variable.name).is_some_and(|first| first != own);
                if !is_other || rewriter.values.is_set(variable.name) {
                    return None;
                }
                let written = rewriter.values.written_out(own, &mut empty).ok();
                changed |= written.is_some();
                written
            };
            let written = interpolation_parts::replace_variables(text, &mut other);
            if changed {
                *text = written;
                rewriter.changes.needed.empty.extend(empty);
                rewriter.note(at, "wrote out its default", ONE_DEFAULT);
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                write_out(rewriter, &at.item(index), item, defaults);
            }
        }
        Tree::Map(members) => {
            for (name, member) in members {
                write_out(rewriter, &at.key(name), member, defaults);
            }
        }
        _ => {}
    }
}

/// Returns the default that Coolify keeps of each variable: that of the first value which begins
/// with it, or has it in a default at the beginning. The message of a required variable is one
/// (seen with 4.3.11).
pub(crate) fn defaults(file: &Tree) -> HashMap<String, String> {
    let mut defaults = HashMap::new();
    for value in values(file) {
        for variable in row_variables(value) {
            let message = Some(variable.operand).filter(|_| variable.is_required());
            if let Some(default) = variable.default().or(message) {
                let first = || default.to_owned();
                defaults.entry(variable.name.to_owned()).or_insert_with(first);
            }
        }
    }
    defaults
}

/// Returns the variables that Coolify makes rows of: the one that a value begins with, and those in
/// its default.
fn row_variables(value: &str) -> Vec<Variable<'_>> {
    if !value.starts_with('$') || interpolation_parts::has_deeply_nested_variables(value) {
        return Vec::new();
    }
    let Some(Part::Variable(first)) = interpolation_parts::parts(value).first().copied() else {
        return Vec::new();
    };
    let mut found = vec![first];
    let mut at = 0;
    while let Some(variable) = found.get(at).copied() {
        at += 1;
        let nested = interpolation_parts::parts(variable.operand).into_iter();
        found.extend(nested.filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            _ => None,
        }));
    }
    found
}

fn values(file: &Tree) -> impl Iterator<Item = &str> {
    services(file).iter().flat_map(|(_, service)| {
        let variables = service.get("environment").map(Tree::members).unwrap_or_default();
        variables.iter().filter_map(|(_, value)| value.as_str())
    })
}

/// Refuses a `$` in the values of variables that Coolify writes bare into the file that it
/// generates.
fn check_values(rewriter: &mut Rewriter<'_>, file: &Tree) {
    let mut bare: Vec<_> = written_bare(file).into_iter().collect();
    bare.sort_unstable();
    for name in bare {
        if rewriter.values.get(&name).is_some_and(|value| value.contains('$')) {
            let at = Location::file().key("envs").key(&name);
            rewriter.refuse(&at, refusals::dollar_in_row());
        }
    }
}

/// Returns the variables whose values Coolify writes bare into the generated file: all that it
/// makes rows of, except for `K: ${K}` (seen with 4.3.11).
pub(crate) fn written_bare(file: &Tree) -> HashSet<String> {
    let mut found = HashSet::new();
    for (_, service) in services(file) {
        for (key, value) in service.get("environment").map(Tree::members).unwrap_or_default() {
            let text = value.as_str().unwrap_or_default();
            if text != format!("${{{key}}}") && text != format!("${key}") {
                let names = row_variables(text).into_iter().map(|it| it.name.to_owned());
                found.extend(names);
            }
        }
    }
    found
}

/// Declares each `SERVICE_URL_*` and `SERVICE_FQDN_*` that is only referred to, in the service that
/// it names.
fn declare(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let is_of_domain =
        |name: &str| name.starts_with("SERVICE_URL_") || name.starts_with("SERVICE_FQDN_");
    let environments = services(file).iter().filter_map(|(_, service)| service.get("environment"));
    let declared = environments.flat_map(Tree::members).map(|(name, _)| name.as_str());
    let mut known: HashSet<&str> = declared.collect();
    let all = values(file).flat_map(interpolation_parts::names);
    let referred = all.filter(|name| is_of_domain(name) && known.insert(name));
    let referred: Vec<String> = referred.map(str::to_owned).collect();
    each_service(file, |service_name, at, service| {
        let own = service_name.to_ascii_uppercase().replace(['-', '.'], "_");
        let is_own = |name: &str| {
            let rest = name.split_once('_').and_then(|(_, rest)| rest.split_once('_'));
            let named = rest.map(|(_, named)| named).unwrap_or_default();
            let port = named.strip_prefix(&own).and_then(|rest| rest.strip_prefix('_'));
            named == own || port.is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
        };
        let declared: Vec<_> = referred.iter().filter(|name| is_own(name)).collect();
        if declared.is_empty() {
            return;
        }
        for name in &declared {
            rewriter.note(&at.key("environment").key(name), "declared", FOLLOWS);
        }
        let mut environment = service.remove("environment").unwrap_or(Tree::Map(Vec::new()));
        if let Tree::Map(members) = &mut environment {
            members.extend(declared.into_iter().map(|name| (name.clone(), Tree::Null)));
        }
        service.set("environment", environment);
    });
}
