//! The variables of a file that Coolify stores, and the rows that it keeps of them.

use std::collections::{HashMap, HashSet};

use crate::rewrite::{services, variable_rows};
use crate::rewrite_pipeline::read_stored;
use crate::variables::interpolation_parts;
use crate::yaml_tree::Tree;

/// The variables of a file that Coolify stores, and the rows that it keeps of them.
#[derive(Debug, Default)]
pub struct StoredVariables {
    named: HashSet<String>,
    defaults: HashMap<String, String>,
    bare: HashSet<String>,
    /// The names of the variables of domains without `SERVICE_URL_` or `SERVICE_FQDN_`.
    routed: HashSet<String>,
}

impl StoredVariables {
    /// Returns the variables of a file; an empty set for a file that can't be read.
    pub fn from_file(text: &str) -> Self {
        let Some(file) = read_stored(text) else { return Self::default() };
        let mut named = HashSet::new();
        note_names(&file, &mut named);
        let declared = services(&file).iter().filter_map(|(_, service)| service.get("environment"));
        let declared = declared.flat_map(Tree::members).map(|(name, _)| name);
        let routed = named.iter().chain(declared).filter_map(|name| domain_name(name));
        let routed = routed.flat_map(|name| [Some(name), without_port(name)]).flatten();
        let routed = routed.map(str::to_owned).collect();
        Self {
            named,
            defaults: variable_rows::defaults(&file),
            bare: variable_rows::written_bare(&file),
            routed,
        }
    }

    /// Returns whether the file refers to a variable anywhere.
    pub fn names(&self, variable: &str) -> bool {
        self.named.contains(variable)
    }

    /// Returns whether a variable belongs to a domain that the file does not name: Coolify makes
    /// the URL and the host of each domain that a file declares or refers to, with and without the
    /// port.
    pub fn has_lost_domain(&self, variable: &str) -> bool {
        domain_name(variable).is_some_and(|name| !self.routed.contains(name))
    }

    /// Returns the value that Coolify gives the row of a variable which nobody has set; empty if
    /// the file gives none.
    pub fn default_of(&self, variable: &str) -> &str {
        self.defaults.get(variable).map_or("", String::as_str)
    }

    /// Returns whether Coolify writes the value of a variable into the file that it generates
    /// without escaping `$` (seen with 4.3.11).
    pub fn writes_bare(&self, variable: &str) -> bool {
        self.bare.contains(variable)
    }
}

/// Returns the name of a variable of a domain without `SERVICE_URL_` or `SERVICE_FQDN_`; `None` for
/// others.
fn domain_name(variable: &str) -> Option<&str> {
    variable.strip_prefix("SERVICE_URL_").or_else(|| variable.strip_prefix("SERVICE_FQDN_"))
}

fn without_port(name: &str) -> Option<&str> {
    let (name, port) = name.rsplit_once('_')?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(name)
}

/// Adds the names of all variables in the texts of a file.
fn note_names(tree: &Tree, names: &mut HashSet<String>) {
    match tree {
        Tree::Text(text) => {
            names.extend(interpolation_parts::names(text).into_iter().map(str::to_owned));
        }
        Tree::List(items) => items.iter().for_each(|item| note_names(item, names)),
        Tree::Map(members) => members.iter().for_each(|(_, member)| note_names(member, names)),
        Tree::Null | Tree::Bool(_) | Tree::Int(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
services:
  web:
    image: nginx:1
    environment:
      LEVEL: ${LEVEL:-info}
      URL: ${BASE:-http://${HOST:-web}:${PORT}}/x
      SAME: ${SAME}
      PLAIN: a ${INSIDE:-b} c
      NEXT: ${LEVEL:-debug}
    command: [run, $IN_COMMAND]
";

    #[test]
    fn default_of_returns_the_default_of_a_variable_in_the_file() {
        let variables = StoredVariables::from_file(FILE);
        for (name, default) in [
            ("LEVEL", "info"),
            ("BASE", "http://${HOST:-web}:${PORT}"),
            ("HOST", "web"),
            ("PORT", ""),
            ("INSIDE", ""),
        ] {
            assert_eq!(variables.default_of(name), default, "{name}");
        }
    }

    #[test]
    fn names_of_variables_are_found_in_every_text_of_the_file() {
        let variables = StoredVariables::from_file(FILE);
        for name in ["LEVEL", "BASE", "HOST", "PORT", "SAME", "INSIDE", "IN_COMMAND"] {
            assert!(variables.names(name), "{name}");
        }
        assert!(
            !variables.names("NEXT") && !StoredVariables::from_file("services: [").names("LEVEL")
        );
    }

    #[test]
    fn generated_variables_of_removed_services_count_as_lost_domains() {
        let variables = StoredVariables::from_file(
            "services: {web: {image: x, environment: {SERVICE_URL_WEB_3000: , API: '${SERVICE_FQDN_API}'}}}",
        );
        for (name, is) in [
            ("SERVICE_URL_WEB", false),
            ("SERVICE_FQDN_WEB_3000", false),
            ("SERVICE_URL_API", false),
            ("SERVICE_URL_OLD", true),
            ("SERVICE_FQDN_OLD_80", true),
            ("SERVICE_PASSWORD_OLD", false),
            ("LEVEL", false),
        ] {
            assert_eq!(variables.has_lost_domain(name), is, "{name}");
        }
    }

    #[test]
    fn writes_bare_reports_variables_that_stand_alone_as_a_value() {
        let variables = StoredVariables::from_file(FILE);
        for (name, is) in [
            ("BASE", true),
            ("HOST", true),
            ("PORT", true),
            ("LEVEL", true),
            ("SAME", false),
            ("INSIDE", false),
            ("IN_COMMAND", false),
        ] {
            assert_eq!(variables.writes_bare(name), is, "{name}");
        }
    }
}
