//! The parts of a text with variables, as Docker Compose reads them.

use std::collections::HashMap;

use super::docker_compose_interpolation::{DEEPEST, name_length};

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

/// Returns the parts of a text, in order. Each brace is looked at once, so that the time is linear.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let closing = closing_braces(text);
    let (mut parts, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find('$').map(|at| from + at) {
        if at > from {
            parts.push(Part::Text(&text[from..at]));
        }
        let (part, length) = part(text, at + 1, &closing);
        parts.push(part);
        from = at + 1 + length;
    }
    if from < text.len() {
        parts.push(Part::Text(&text[from..]));
    }
    parts
}

/// Returns the part that a `$` before this position begins, and its length after the `$`.
fn part<'a>(text: &'a str, at: usize, closing: &HashMap<usize, usize>) -> (Part<'a>, usize) {
    let after = &text[at..];
    if after.starts_with('$') {
        return (Part::Dollar, 1);
    }
    if !after.starts_with('{') {
        let length = name_length(after);
        let variable = Variable { name: &after[..length], operator: "", operand: "" };
        let part = if length > 0 { Part::Variable(variable) } else { Part::Stray };
        return (part, length);
    }
    let inside = closing.get(&at).map(|end| &text[at + 1..*end]);
    let found = inside.and_then(|inside| Some((variable(inside)?, inside.len() + 2)));
    found.map_or((Part::Stray, 0), |(variable, length)| (Part::Variable(variable), length))
}

/// Returns the positions of the braces that close others, by the positions of those. All braces of the text count, as for
/// [`super::docker_compose_interpolation::closing_brace`].
fn closing_braces(text: &str) -> HashMap<usize, usize> {
    let (mut open, mut closing) = (Vec::new(), HashMap::new());
    if !text.contains("${") {
        return closing;
    }
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(at),
            b'}' => closing.extend(open.pop().map(|begin| (begin, at))),
            _ => {}
        }
    }
    closing
}

/// Returns whether variables of a text are nested deeper in defaults of others than any reader of this crate follows them.
pub fn has_deeply_nested_variables(text: &str) -> bool {
    // The innermost variable needs no default.
    nesting(text) > DEEPEST + 1
}

/// Returns the maximum number of variables in braces that contain each other.
fn nesting(text: &str) -> usize {
    // For each open brace, whether it belongs to a variable, and the depth within it.
    let mut open: Vec<(bool, usize)> = Vec::new();
    let (mut deepest, mut follows_dollar) = (0, false);
    for byte in text.bytes() {
        if byte == b'{' {
            open.push((follows_dollar, 0));
        } else if byte == b'}'
            && let Some((is_variable, below)) = open.pop()
        {
            let depth = below + usize::from(is_variable);
            deepest = depth.max(deepest);
            if let Some((_, outer)) = open.last_mut() {
                *outer = depth.max(*outer);
            }
        }
        // Two of them stand for one.
        follows_dollar = byte == b'$' && !follows_dollar;
    }
    deepest
}

fn variable(inside: &str) -> Option<Variable<'_>> {
    let (name, rest) = inside.split_at(name_length(inside));
    let operators = [":-", ":?", ":+", "-", "?", "+", ""];
    let operator = operators.iter().find(|operator| rest.starts_with(**operator))?;
    let (operator, operand) = rest.split_at(operator.len());
    let is_complete = !name.is_empty() && (!operator.is_empty() || operand.is_empty());
    is_complete.then_some(Variable { name, operator, operand })
}

/// Returns the names of all variables of a text, those in operands too, at any depth.
pub fn names(text: &str) -> Vec<&str> {
    let closing = closing_braces(text);
    let (mut names, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find('$').map(|at| from + at + 1) {
        let (part, length) = part(text, at, &closing);
        from = at + length;
        if let Part::Variable(Variable { name, operator, operand }) = part {
            names.push(name);
            if !operand.is_empty() {
                // Its variables follow: a brace, the name and the operator are before it.
                from = at + 1 + name.len() + operator.len();
            }
        }
    }
    names
}

/// Returns the text with those variables replaced for which `replacement` returns a text. Operands
/// of the others are treated alike. A text for which [`has_deeply_nested_variables`] is true stays as it is.
pub(crate) fn replace_variables(
    text: &str,
    replacement: &mut impl FnMut(&Variable<'_>) -> Option<String>,
) -> String {
    if has_deeply_nested_variables(text) {
        return text.to_owned();
    }
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

fn with_doubled(text: &str, is_doubled: fn(&str) -> bool) -> String {
    let closing = closing_braces(text);
    let (mut out, mut from) = (String::new(), 0);
    while let Some(at) = text[from..].find('$').map(|at| from + at) {
        let (part, length) = part(text, at + 1, &closing);
        let end = at + 1 + length;
        let is_stray = part == Part::Stray && is_doubled(&text[at + 1..]);
        let kept = if is_stray { at } else { end };
        out.push_str(&text[from..kept]);
        if is_stray {
            out.push_str("$$");
        }
        from = end;
    }
    out + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_include_variables_inside_defaults() {
        assert_eq!(names("a $A ${B:-${C-d}} $$E ${F:?no} $ ${G"), ["A", "B", "C", "F"]);
    }

    #[test]
    fn names_are_found_around_braces_that_close_nothing() {
        for (text, expected) in [
            ("${A b ${B}} ${C", &["B"][..]),
            ("} ${A:-{}${B}} {$C", &["A", "B", "C"]),
            ("${A:-$} ${B-}${C+$$}", &["A", "B", "C"]),
            ("${${A}} $${B} $$${C}", &["A", "C"]),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn variables_that_are_nested_deeper_than_9_levels_are_recognized() {
        let nested = |levels: usize| "${A:-".repeat(levels) + &"}".repeat(levels);
        let is_too_deep = |levels| has_deeply_nested_variables(&nested(levels));
        assert_eq!([9, 10].map(is_too_deep), [false, true]);
        let braces = "{".repeat(20) + &"}".repeat(20);
        for text in
            [&"${A:-".repeat(20), &format!("${{A:-{braces}}}"), &nested(20).replace('$', "$$")]
        {
            assert!(!has_deeply_nested_variables(text), "{text}");
        }
    }

    #[test]
    fn deeply_nested_variables_need_little_stack_and_time() {
        let nested = "${A-".repeat(13_100) + &"}".repeat(13_100);
        let invalid = "${".repeat(100_000) + &"}".repeat(100_000);
        let read = move || {
            let mut kept = |_: &Variable<'_>| None::<String>;
            let is_kept = replace_variables(&nested, &mut kept) == nested;
            (names(&nested).len(), is_kept, parts(&invalid).len())
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap();
        assert_eq!(thread.join().unwrap(), (13_100, true, 200_000));
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
