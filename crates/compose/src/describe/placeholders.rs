//! Values that stand for one that the reader is to choose: `changeme`, or a password that the file
//! repeats.

use std::collections::HashMap;

use crate::rewrite::services;
use crate::rewrite_changes::Placeholders;
use crate::variables::interpolation_parts::{self, Part};
use crate::variables::variable_values::Values;
use crate::yaml_tree::Tree;

/// The beginnings of placeholders, without punctuation and in lower case.
const STARTS: [&str; 14] = [
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "replacewith",
    "mysecret",
    "mypassword",
    "yoursecret",
    "yourpassword",
    "yourkey",
    "supersecret",
    "verysecret",
    "pleasechange",
];

/// Parts of the names of passwords and keys.
const CREDENTIALS: [&str; 5] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "_KEY"];

/// Passwords that products are delivered with.
const DEFAULTS: [&str; 10] = [
    "admin",
    "example",
    "guest",
    "minioadmin",
    "password",
    "postgres",
    "redis",
    "root",
    "secret",
    "test",
];

/// A value that the file gives, and what sets another one.
struct GivenValue<'a> {
    place: String,
    key: &'a str,
    /// The variable whose default it is.
    variable: Option<&'a str>,
    text: &'a str,
}

/// Returns where a file has values that look like placeholders.
pub(crate) fn placeholders(file: &Tree, values: &Values<'_>) -> Placeholders {
    let given: Vec<_> =
        services(file).iter().flat_map(|(name, it)| given_values(name, it)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for each in &given {
        *counts.entry(each.text).or_default() += 1;
    }
    let is_repeated = |text: &str| counts.get(text).is_some_and(|count| *count > 1);
    let mut found = Placeholders::default();
    for each in &given {
        let is_weak =
            is_credential(each) && (DEFAULTS.contains(&each.text) || is_repeated(each.text));
        match each.variable {
            _ if !is_weak && !is_placeholder(each.text) => {}
            Some(name) if values.is_set(name) => {}
            Some(name) => drop(found.variables.insert(name.to_owned())),
            None => drop(found.literals.insert(each.place.clone())),
        }
    }
    found
}

/// Returns the values that a service has as a whole: texts, and the defaults of variables.
fn given_values<'a>(service: &'a str, tree: &'a Tree) -> impl Iterator<Item = GivenValue<'a>> {
    let environment = tree.get("environment").map(Tree::members).unwrap_or_default();
    environment.iter().filter_map(move |(key, value)| {
        let (variable, text) = match interpolation_parts::parts(value.as_str()?)[..] {
            [Part::Text(text)] => (None, text),
            [Part::Variable(variable)] => (Some(variable.name), variable.default()?),
            _ => return None,
        };
        let is_text = !text.is_empty() && !text.contains('$');
        is_text.then(|| GivenValue { place: format!("{service}.{key}"), key, variable, text })
    })
}

fn is_credential(given: &GivenValue<'_>) -> bool {
    let names = [Some(given.key), given.variable].into_iter().flatten();
    let is = |name: &str| CREDENTIALS.iter().any(|word| name.to_ascii_uppercase().contains(word));
    names.into_iter().any(is)
}

fn is_placeholder(text: &str) -> bool {
    let plain = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let plain = plain.to_ascii_lowercase();
    STARTS.iter().any(|start| plain.starts_with(start))
        || text.starts_with("STRONG_")
        || (text.starts_with('<') && text.ends_with('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders_of(environment: &str) -> (Vec<String>, Vec<String>) {
        let file = format!(
            "services: {{web: {{image: x, environment: {environment}}}, db: {{image: y, environment: \
             {{DB_PASSWORD: '${{DB_PASSWORD:-shared}}'}}}}}}"
        );
        let file = Tree::from(&*crate::yaml::read(&file).unwrap());
        let found = placeholders(&file, &Values::new(&[("SET", "x")], &[]));
        (found.variables.into_iter().collect(), found.literals.into_iter().collect())
    }

    #[test]
    fn reports_placeholder_values_that_the_user_must_replace() {
        for (environment, variables, literals) in [
            ("{A: changeme}", &[][..], &["web.A"][..]),
            ("{A: 'change-me-please', B: 'Replace_me'}", &[], &["web.A", "web.B"]),
            ("{A: '${KEY:-mysecret}'}", &["KEY"], &[]),
            ("{A: STRONG_PASSWORD, B: '<your key>'}", &[], &["web.A", "web.B"]),
            ("{POSTGRES_PASSWORD: postgres}", &[], &["web.POSTGRES_PASSWORD"]),
            ("{DB_PASSWORD: '${DB_PASSWORD:-shared}'}", &["DB_PASSWORD"], &[]),
        ] {
            let names =
                |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
            assert_eq!(
                placeholders_of(environment),
                (names(variables), names(literals)),
                "{environment}"
            );
        }
    }

    #[test]
    fn does_not_report_chosen_or_generated_values() {
        for environment in [
            "{A: '${SET:-changeme}'}",
            "{A: '${SERVICE_PASSWORD_A}'}",
            "{POSTGRES_DB: postgres, POSTGRES_USER: postgres}",
            "{SECRET: 4f1b7c9e}",
            "{A: 'see ${KEY:-changeme}'}",
            "{A: }",
        ] {
            assert_eq!(placeholders_of(environment), (Vec::new(), Vec::new()), "{environment}");
        }
    }
}
