//! The parts of a text with variables, as Docker Compose reads them.

use super::docker_compose_interpolation::{closing_brace, name_length};

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Text without a `$`.
    Text(&'a str),
    /// `$$`, which stands for one `$`.
    Dollar,
    /// A variable.
    Variable(Variable<'a>),
    /// A `$` that begins nothing.
    Stray,
}

/// `$NAME`, or `${NAME}` with perhaps an operator and its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable<'a> {
    pub(crate) name: &'a str,
    /// `:-`, `-`, `:?`, `?`, `:+`, `+`, or nothing.
    pub(crate) operator: &'a str,
    pub(crate) operand: &'a str,
}

impl<'a> Variable<'a> {
    /// Returns the default, if there is one.
    pub(crate) fn default(&self) -> Option<&'a str> {
        self.operator.ends_with('-').then_some(self.operand)
    }

    /// Returns whether Docker Compose fails without a value.
    pub(crate) fn is_required(&self) -> bool {
        self.operator.ends_with('?')
    }
}

/// Returns the parts of a text, in order.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find('$') {
        if at > 0 {
            parts.push(Part::Text(&rest[..at]));
        }
        let (part, length) = part(&rest[at + 1..]);
        parts.push(part);
        rest = &rest[at + 1 + length..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Returns the part that a `$` before the text begins, and its length after the `$`.
fn part(after: &str) -> (Part<'_>, usize) {
    if after.starts_with('$') {
        return (Part::Dollar, 1);
    }
    let Some(inside) = after.strip_prefix('{') else {
        let length = name_length(after);
        let variable = Variable { name: &after[..length], operator: "", operand: "" };
        let part = if length > 0 { Part::Variable(variable) } else { Part::Stray };
        return (part, length);
    };
    let found = closing_brace(inside).and_then(|end| Some((variable(&inside[..end])?, end + 2)));
    found.map_or((Part::Stray, 0), |(variable, length)| (Part::Variable(variable), length))
}

fn variable(inside: &str) -> Option<Variable<'_>> {
    let (name, rest) = inside.split_at(name_length(inside));
    let operators = [":-", ":?", ":+", "-", "?", "+", ""];
    let operator = operators.iter().find(|operator| rest.starts_with(**operator))?;
    let (operator, operand) = rest.split_at(operator.len());
    let is_complete = !name.is_empty() && (!operator.is_empty() || operand.is_empty());
    is_complete.then_some(Variable { name, operator, operand })
}

/// Returns the names of all variables of a text, those in operands too.
pub fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in parts(text) {
        if let Part::Variable(variable) = part {
            names.push(variable.name);
            names.extend(self::names(variable.operand));
        }
    }
    names
}

/// Returns the text with those variables replaced for which `replacement` returns a text. Operands
/// of the others are treated alike.
pub(crate) fn replace_variables(
    text: &str,
    replacement: &mut impl FnMut(&Variable<'_>) -> Option<String>,
) -> String {
    let mut out = String::new();
    for part in parts(text) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Dollar => out.push_str("$$"),
            Part::Stray => out.push('$'),
            Part::Variable(variable) => {
                if let Some(text) = replacement(&variable) {
                    out.push_str(&text);
                } else {
                    let Variable { name, operator, operand } = variable;
                    let operand = replace_variables(operand, replacement);
                    out.extend(["${", name, operator, &operand, "}"]);
                }
            }
        }
    }
    out
}

/// Returns the text with each `$` that begins nothing doubled.
pub(crate) fn with_stray_doubled(text: &str) -> String {
    with_doubled(text, |_| true)
}

/// Returns the text with each `$` doubled that begins nothing and is not before a brace: Docker Compose refuses a brace
/// that it can't read.
pub(crate) fn with_bare_doubled(text: &str) -> String {
    with_doubled(text, |after| !after.starts_with('{'))
}

fn with_doubled(text: &str, is_meant: fn(&str) -> bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        let (part, length) = part(after);
        let end = at + 1 + length;
        let is_stray = part == Part::Stray && is_meant(after);
        out.push_str(if is_stray { &rest[..at] } else { &rest[..end] });
        if is_stray {
            out.push_str("$$");
        }
        rest = &rest[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_include_variables_inside_defaults() {
        assert_eq!(names("a $A ${B:-${C-d}} $$E ${F:?no} $ ${G"), ["A", "B", "C", "F"]);
    }

    #[test]
    fn replaces_variables_at_any_depth() {
        let mut upper =
            |variable: &Variable<'_>| (variable.name == "A").then(|| variable.name.repeat(2));
        assert_eq!(replace_variables("$A-${B:-${A:?x}}$$A$", &mut upper), "AA-${B:-AA}$$A$");
    }

    #[test]
    fn dollar_signs_that_begin_no_variable_are_doubled() {
        assert_eq!(
            with_stray_doubled("^a$ $1 $$ $A ${A:-b} ${x y}"),
            "^a$$ $$1 $$ $A ${A:-b} $${x y}"
        );
    }
}
