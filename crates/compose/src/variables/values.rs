//! The values of variables, and texts evaluated with them.

use std::collections::HashMap;

use covibe_domain::variables::configures_compose;

use super::interpolation::belongs_to_shell;
use super::parts::{Part, Variable, parts};

/// How deep operands may be nested.
const DEEPEST: usize = 8;

/// Returns whether Coolify generates the value of a variable of this name.
pub(crate) fn is_magic(name: &str) -> bool {
    name.starts_with("SERVICE_")
}

/// The variables of a call, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values<'a>(HashMap<&'a str, &'a str>);

/// Why a text has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// A variable has neither a value nor a default.
    Missing(String),
    /// A `$` begins no variable, or operands are nested too deep.
    Malformed,
    /// The variable is the host's.
    OfHost,
}

impl<'a> Values<'a> {
    /// Returns the values of these variables.
    pub(crate) fn new(envs: &[(&'a str, &'a str)]) -> Self {
        Self(envs.iter().copied().collect())
    }

    /// Returns the value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// Returns whether a variable has a value that Docker Compose accepts for a required one.
    pub(crate) fn has(&self, variable: &Variable<'_>) -> bool {
        let value = self.get(variable.name);
        value.is_some_and(|value| !(variable.operator.starts_with(':') && value.is_empty()))
    }

    /// Evaluates a text as Docker Compose does, except that a variable without a value fails.
    pub(crate) fn evaluated(&self, text: &str) -> Result<String, NoValue> {
        self.evaluated_or(text, DEEPEST, &mut |name| Err(NoValue::Missing(name.to_owned())))
    }

    /// Evaluates a text as Docker Compose does. Variables whose values Coolify generates stay.
    pub(crate) fn written_out(&self, text: &str) -> Result<String, NoValue> {
        let mut out = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Dollar => out.push_str("$$"),
                Part::Stray => return Err(NoValue::Malformed),
                Part::Variable(variable) if is_magic(variable.name) => {
                    out.extend(["${", variable.name, "}"]);
                }
                Part::Variable(variable) => {
                    let mut empty = |_: &str| Ok(String::new());
                    let value = self.of(&variable, DEEPEST, &mut empty)?;
                    out.push_str(&value.replace('$', "$$"));
                }
            }
        }
        Ok(out)
    }

    fn evaluated_or(
        &self,
        text: &str,
        depth: usize,
        missing: &mut impl FnMut(&str) -> Result<String, NoValue>,
    ) -> Result<String, NoValue> {
        let depth = depth.checked_sub(1).ok_or(NoValue::Malformed)?;
        let mut out = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Dollar => out.push('$'),
                Part::Stray => return Err(NoValue::Malformed),
                Part::Variable(variable) => out.push_str(&self.of(&variable, depth, missing)?),
            }
        }
        Ok(out)
    }

    fn of(
        &self,
        variable: &Variable<'_>,
        depth: usize,
        missing: &mut impl FnMut(&str) -> Result<String, NoValue>,
    ) -> Result<String, NoValue> {
        let Variable { name, operator, operand } = *variable;
        if configures_compose(name) || belongs_to_shell(name) {
            return Err(NoValue::OfHost);
        }
        let value = self.get(name).filter(|value| !(operator.starts_with(':') && value.is_empty()));
        match (operator.trim_start_matches(':'), value) {
            ("+", Some(_)) | ("-", None) => self.evaluated_or(operand, depth, missing),
            ("+", None) => Ok(String::new()),
            (_, Some(value)) => Ok(value.to_owned()),
            (_, None) => missing(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_as_docker_compose_does() {
        let values = Values::new(&[("A", "a"), ("E", "")]);
        for (text, value) in [
            ("$A-${A}", "a-a"),
            ("${B:-x}${B-y}", "xy"),
            ("${E:-x}${E-y}", "x"),
            ("${A:+z}${B:+z}", "z"),
            ("${B:-${A:-n}}$$", "a$"),
            ("${A:?no}", "a"),
        ] {
            assert_eq!(values.evaluated(text).as_deref(), Ok(value), "{text}");
        }
        for (text, why) in [
            ("$B", NoValue::Missing("B".to_owned())),
            ("${B:?say}", NoValue::Missing("B".to_owned())),
            ("a$", NoValue::Malformed),
            ("${HOME:-x}", NoValue::OfHost),
        ] {
            assert_eq!(values.evaluated(text), Err(why), "{text}");
        }
        assert_eq!(
            values.written_out("${A}$$${B}${SERVICE_USER_X}").unwrap(),
            "a$$${SERVICE_USER_X}"
        );
    }
}
