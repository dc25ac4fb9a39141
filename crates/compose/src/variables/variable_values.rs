//! The values of variables, and texts evaluated with them.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use covibe_domain::interpreted_variables::{configures_compose, is_domain_variable};

use super::docker_compose_interpolation::{DEEPEST, belongs_to_shell};
use super::interpolation_parts::{Part, Variable, parts};

/// The longest text with values in it, in bytes: that of any value of a file.
const LONGEST: usize = 65_536;

/// The maximum number of bytes of all values that are put into the texts of a file.
const MOST_BYTES: usize = 512 * 1024;

/// Returns whether Coolify generates the value of a variable of this name.
pub(crate) fn is_magic(name: &str) -> bool {
    name.starts_with("SERVICE_")
}

/// The variables that are set, by name.
#[derive(Clone, Default)]
pub(crate) struct Values<'a> {
    known: HashMap<&'a str, &'a str>,
    /// Those whose values can't be read.
    secret: HashSet<&'a str>,
    /// The bytes of the values that were put into texts so far.
    written: Cell<usize>,
    /// True once a text became too long.
    is_exceeded: Cell<bool>,
}

/// The reason why a text has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoValue {
    /// A variable has neither a value nor a default.
    Missing(String),
    /// A variable is set, and its value can't be read.
    Secret(String),
    /// A `$` begins no variable, or operands are nested too deep.
    Malformed,
    /// The variable is the host's.
    OfHost,
    /// With the values of its variables, the text or all texts of the file are too long.
    TooLong,
}

impl<'a> Values<'a> {
    /// Returns the values of these variables; those in `secret` are set, too.
    pub(crate) fn new(known: &[(&'a str, &'a str)], secret: &[&'a str]) -> Self {
        let (known, secret) = (known.iter().copied().collect(), secret.iter().copied().collect());
        Self { known, secret, ..Self::default() }
    }

    /// Returns whether a text became too long since these values are known: it was not evaluated.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.is_exceeded.get()
    }

    /// Returns the value of a variable, if it is set and can be read.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.known.get(name).copied()
    }

    /// Returns whether a variable is set.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.known.contains_key(name) || self.secret.contains(name)
    }

    /// Returns whether a variable has a value that Docker Compose accepts for a required one.
    pub(crate) fn has(&self, variable: &Variable<'_>) -> bool {
        let value = self.get(variable.name);
        let is_empty = |value: &str| variable.operator.starts_with(':') && value.is_empty();
        value.map_or_else(|| self.secret.contains(variable.name), |value| !is_empty(value))
    }

    /// Returns a text that means the same without variables, except those whose values Coolify
    /// generates, which stay at any depth. Variables without a value become empty, and are added to
    /// `empty`.
    pub(crate) fn written_out(
        &self,
        text: &str,
        empty: &mut Vec<String>,
    ) -> Result<String, NoValue> {
        self.write_out(text, DEEPEST, empty)
    }

    fn write_out(
        &self,
        text: &str,
        depth: usize,
        empty: &mut Vec<String>,
    ) -> Result<String, NoValue> {
        let depth = depth.checked_sub(1).ok_or(NoValue::Malformed)?;
        let mut out = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Dollar => out.push_str("$$"),
                Part::Stray => return Err(NoValue::Malformed),
                Part::Variable(variable) => match self.meaning(&variable)? {
                    Meaning::Value(value) => self.append(&mut out, &value.replace('$', "$$"))?,
                    Meaning::Operand(operand) => {
                        out.push_str(&self.write_out(operand, depth, empty)?);
                    }
                    Meaning::Generated => out.push_str(&generated_variable(&variable)),
                    Meaning::Nothing => {}
                    Meaning::Unset if variable.is_required() => {
                        return Err(missing_variable(variable.name));
                    }
                    Meaning::Unset => empty.push(variable.name.to_owned()),
                },
            }
        }
        Ok(out)
    }

    /// Evaluates a text as Docker Compose does, except that a variable without a value fails.
    pub(crate) fn evaluate(&self, text: &str) -> Result<String, NoValue> {
        self.evaluated_to(text, DEEPEST)
    }

    fn evaluated_to(&self, text: &str, depth: usize) -> Result<String, NoValue> {
        let depth = depth.checked_sub(1).ok_or(NoValue::Malformed)?;
        let mut out = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Dollar => out.push('$'),
                Part::Stray => return Err(NoValue::Malformed),
                Part::Variable(variable) => match self.meaning(&variable)? {
                    Meaning::Value(value) => self.append(&mut out, value)?,
                    Meaning::Operand(operand) => out.push_str(&self.evaluated_to(operand, depth)?),
                    Meaning::Nothing => {}
                    Meaning::Generated | Meaning::Unset => {
                        let default =
                            variable.default().ok_or_else(|| missing_variable(variable.name))?;
                        out.push_str(&self.evaluated_to(default, depth)?);
                    }
                },
            }
        }
        Ok(out)
    }

    /// Appends a value to a text that is evaluated.
    fn append(&self, out: &mut String, value: &str) -> Result<(), NoValue> {
        let written = self.written.get().saturating_add(value.len());
        self.written.set(written);
        if written > MOST_BYTES || out.len().saturating_add(value.len()) > LONGEST {
            self.is_exceeded.set(true);
            return Err(NoValue::TooLong);
        }
        out.push_str(value);
        Ok(())
    }

    /// Returns the variables for which a text has no value, each once.
    pub(crate) fn names_without_value(&self, text: &str) -> Vec<String> {
        let (mut missing, mut known) = (Vec::new(), HashSet::new());
        for part in parts(text) {
            let Part::Variable(variable) = part else { continue };
            let own = ["${", variable.name, variable.operator, variable.operand, "}"].concat();
            if let Err(NoValue::Missing(name)) = self.evaluate(&own)
                && known.insert(name.clone())
            {
                missing.push(name);
            }
        }
        missing
    }

    /// Returns the replacement of a variable by Docker Compose.
    fn meaning<'t>(&self, variable: &Variable<'t>) -> Result<Meaning<'t>, NoValue>
    where
        'a: 't,
    {
        let Variable { name, operator, operand } = *variable;
        if configures_compose(name) || belongs_to_shell(name) {
            return Err(NoValue::OfHost);
        }
        let is_empty = |value: &&str| operator.starts_with(':') && value.is_empty();
        let value = self.get(name).filter(|value| !is_empty(value));
        let is_secret = value.is_none() && self.secret.contains(name);
        let is_generated = value.is_none() && is_magic(name);
        Ok(match (operator.trim_start_matches(':'), value) {
            ("+", _) if value.is_some() || is_secret || is_generated => Meaning::Operand(operand),
            ("+", _) => Meaning::Nothing,
            _ if is_generated => Meaning::Generated,
            _ if is_secret => return Err(NoValue::Secret(name.to_owned())),
            (_, Some(value)) => Meaning::Value(value),
            ("-", None) => Meaning::Operand(operand),
            (_, None) => Meaning::Unset,
        })
    }
}

/// The replacement of a variable.
enum Meaning<'t> {
    /// Its value.
    Value(&'t str),
    /// The text after its operator, with variables.
    Operand(&'t str),
    /// The value that Coolify generates.
    Generated,
    /// An empty text, because it is not set.
    Nothing,
    /// It has neither a value nor a default.
    Unset,
}

/// Returns a variable whose value Coolify may generate, with its default if that is plain text.
fn generated_variable(variable: &Variable<'_>) -> String {
    let Variable { name, operator, operand } = *variable;
    let is_plain = !operand.contains('$') && !is_domain_variable(name);
    match variable.default().filter(|_| is_plain) {
        Some(default) => ["${", name, operator, default, "}"].concat(),
        None => ["${", name, "}"].concat(),
    }
}

fn missing_variable(name: &str) -> NoValue {
    NoValue::Missing(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_variables_as_docker_compose_does() {
        let values = Values::new(&[("A", "a"), ("E", "")], &["S"]);
        for (text, value) in [
            ("$A-${A}", "a-a"),
            ("${B:-x}${B-y}", "xy"),
            ("${E:-x}${E-y}", "x"),
            ("${A:+z}${B:+z}", "z"),
            ("${B:-${A:-n}}$$", "a$"),
            ("${A:?no}", "a"),
        ] {
            assert_eq!(values.evaluate(text).as_deref(), Ok(value), "{text}");
        }
        for (text, why) in [
            ("$B", NoValue::Missing("B".to_owned())),
            ("${B:?say}", NoValue::Missing("B".to_owned())),
            ("a$", NoValue::Malformed),
            ("${HOME:-x}", NoValue::OfHost),
            ("${S:-x}", NoValue::Secret("S".to_owned())),
            ("${SERVICE_USER_X}", NoValue::Missing("SERVICE_USER_X".to_owned())),
        ] {
            assert_eq!(values.evaluate(text), Err(why), "{text}");
        }
    }

    #[test]
    fn texts_beyond_64_kib_and_files_beyond_512_kib_of_values_are_not_evaluated() {
        let (most, long) = ("x".repeat(LONGEST), "x".repeat(LONGEST / 2 + 1));
        let values = Values::new(&[("A", &most), ("B", &long)], &[]);
        assert_eq!(values.evaluate("$A").as_deref().map(str::len), Ok(LONGEST));
        assert!(!values.is_exceeded());
        for text in ["$B$B", "${C:-$B$B}"] {
            assert_eq!(values.evaluate(text), Err(NoValue::TooLong), "{text}");
            assert_eq!(values.written_out(text, &mut Vec::new()), Err(NoValue::TooLong));
        }
        assert!(values.is_exceeded());

        let values = Values::new(&[("A", &most)], &[]);
        assert!((0..8).all(|_| values.evaluate("$A").is_ok()));
        assert_eq!(values.evaluate("$A"), Err(NoValue::TooLong));
        assert_eq!(values.evaluate("a").as_deref(), Ok("a"));
    }

    #[test]
    fn keeps_generated_values_at_any_depth_when_writing_out() {
        let values = Values::new(&[("A", "a$"), ("E", "")], &["S"]);
        for (text, written, unset) in [
            ("${A}$$${B}${SERVICE_USER_X}", "a$$$$${SERVICE_USER_X}", &["B"][..]),
            ("${B:-p://${SERVICE_PASSWORD_X}@${A}}", "p://${SERVICE_PASSWORD_X}@a$$", &[]),
            ("${E:-${B:-${SERVICE_USER_X:-n}}}", "${SERVICE_USER_X:-n}", &[]),
            (
                "${SERVICE_URL_X:-n}${SERVICE_USER_X:-${A}}",
                "${SERVICE_URL_X}${SERVICE_USER_X}",
                &[],
            ),
            ("${B:+${SERVICE_USER_X}}${S:+s}", "s", &[]),
        ] {
            let mut empty = Vec::new();
            assert_eq!(values.written_out(text, &mut empty).as_deref(), Ok(written), "{text}");
            assert_eq!(empty, unset, "{text}");
        }
        for (text, why) in [
            ("${B:?say}", NoValue::Missing("B".to_owned())),
            ("${C:-${E:?say}}", NoValue::Missing("E".to_owned())),
            ("${S}", NoValue::Secret("S".to_owned())),
        ] {
            assert_eq!(values.written_out(text, &mut Vec::new()), Err(why), "{text}");
        }
    }
}
