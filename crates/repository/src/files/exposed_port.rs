//! The port that a Dockerfile exposes.

use std::collections::HashMap;
use std::rc::Rc;

use super::dockerfile::{argument, instructions, unquoted, words};

/// The maximum number of bytes of a name or a value that is kept: a port has five digits. A longer value is unknown,
/// because each variable may double that of another one.
const LONGEST: usize = 64;

/// The maximum number of variables that a stage knows.
const MOST_VARIABLES: usize = 1_000;

/// The maximum number of stages of a Dockerfile.
const MOST_STAGES: usize = 200;

/// The port that a container listens on, as its Dockerfile says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposed {
    /// The Dockerfile exposes none.
    #[default]
    Nothing,
    /// A variable whose value is only known during the build, or a Dockerfile with too many stages or variables.
    Variable,
    /// This port: the first one for TCP.
    Port(u16),
}

/// The variables that a stage knows. Stages share them until one of them sets a variable.
type Variables<'a> = Rc<HashMap<&'a str, Rc<str>>>;

/// A stage of a Dockerfile.
#[derive(Clone, Default)]
struct Stage<'a> {
    name: &'a str,
    variables: Variables<'a>,
    exposed: Exposed,
}

/// Returns what the last stage of a Dockerfile exposes, including by a stage that it is built on.
pub(crate) fn read_exposed_port(content: &[u8]) -> Exposed {
    let instructions = instructions(&String::from_utf8_lossy(content));
    exposed_by_last_stage(&instructions).unwrap_or(Exposed::Variable)
}

/// Returns what the last stage exposes; `None` if there are too many stages or variables.
fn exposed_by_last_stage(instructions: &[String]) -> Option<Exposed> {
    let (mut before, mut stages) = (Variables::default(), Vec::<Stage<'_>>::new());
    for instruction in instructions {
        if let Some(from) = argument(instruction, "FROM") {
            (stages.len() < MOST_STAGES).then_some(())?;
            let stage = begin_stage(from, &before, &stages);
            stages.push(stage);
        } else if let Some(stage) = stages.last_mut() {
            stage.read(instruction, &before)?;
        } else if let Some(declared) = argument(instruction, "ARG") {
            assign(declared, &mut before)?;
        }
    }
    Some(stages.pop().map_or(Exposed::Nothing, |last| last.exposed))
}

/// Returns the stage that a `FROM` begins. If it names an earlier stage, it continues with the variables and ports of
/// that one.
fn begin_stage<'a>(from: &'a str, before: &Variables<'a>, stages: &[Stage<'a>]) -> Stage<'a> {
    let mut words = from.split_whitespace().filter(|word| !word.starts_with("--"));
    let base = resolve_variables(words.next().unwrap_or_default(), before).unwrap_or_default();
    let name = words.next().filter(|word| word.eq_ignore_ascii_case("AS")).and(words.next());
    let on =
        stages.iter().rfind(|stage| !base.is_empty() && stage.name.eq_ignore_ascii_case(&base));
    Stage { name: name.unwrap_or_default(), ..on.cloned().unwrap_or_default() }
}

impl<'a> Stage<'a> {
    /// Reads an instruction. `before` has the variables that are declared before the first stage. `None` if there are
    /// too many variables.
    fn read(&mut self, instruction: &'a str, before: &Variables<'a>) -> Option<()> {
        if let Some(declared) = argument(instruction, "ARG") {
            // Without a value, it is the one that was declared before.
            if let Some(value) = before.get(declared.trim()) {
                set_variable(&mut self.variables, declared.trim(), Some(Rc::clone(value)))?;
            }
            assign(declared, &mut self.variables)?;
        } else if let Some(set) = argument(instruction, "ENV") {
            assign(set, &mut self.variables)?;
        } else if let Some(ports) = argument(instruction, "EXPOSE")
            && !matches!(self.exposed, Exposed::Port(_))
        {
            self.exposed = first(ports, &self.variables).unwrap_or(self.exposed);
        }
        Some(())
    }
}

/// Sets variables: `A=1 B=2`, or `A 1`. One of an unknown value is unknown. `None` if there are too many.
fn assign<'a>(text: &'a str, variables: &mut Variables<'a>) -> Option<()> {
    let words = words(text);
    let pairs = match words.as_slice() {
        [name, _, ..] if !name.contains('=') => {
            vec![(*name, text.trim_start().strip_prefix(name).unwrap_or_default().trim())]
        }
        words => words.iter().filter_map(|word| word.split_once('=')).collect(),
    };
    for (name, value) in pairs {
        let value = resolve_variables(value, variables);
        set_variable(variables, name, value.map(Into::into))?;
    }
    Some(())
}

/// Sets a variable to a value, or to an unknown one. `None` if there are too many.
fn set_variable<'a>(
    variables: &mut Variables<'a>,
    name: &'a str,
    value: Option<Rc<str>>,
) -> Option<()> {
    let known = Rc::make_mut(variables);
    match value {
        Some(value) => known.insert(name, value),
        None => known.remove(name),
    };
    (known.len() <= MOST_VARIABLES).then_some(())
}

/// Returns the first port of an `EXPOSE` that is not for UDP alone: `8080`, `8080/tcp`, `8000-8010`.
fn first(ports: &str, variables: &Variables<'_>) -> Option<Exposed> {
    let read = words(ports).into_iter().filter_map(|word| {
        let Some(port) = resolve_variables(word, variables) else { return Some(Exposed::Variable) };
        let (number, protocol) = port.split_once('/').unwrap_or((&port, "tcp"));
        let first = number.split_once('-').map_or(number, |(first, _)| first);
        let number = first.parse().ok().filter(|number| *number > 0)?;
        protocol.eq_ignore_ascii_case("tcp").then_some(Exposed::Port(number))
    });
    let read: Vec<_> = read.collect();
    let known = read.iter().find(|each| matches!(each, Exposed::Port(_)));
    known.or(read.first()).copied()
}

/// Returns a word without quotation marks and with the values of its variables: `$A`, `${A}`, `${A:-1}`, `${A:+1}`.
/// None if one is not known, or if the result is longer than [`LONGEST`].
fn resolve_variables(word: &str, variables: &Variables<'_>) -> Option<String> {
    let word = unquoted(word);
    let (mut text, mut rest) = (String::new(), &*word);
    while let Some((head, tail)) = rest.split_once('$') {
        let (value, left) = if let Some(braced) = tail.strip_prefix('{') {
            let (inner, left) = braced.split_once('}')?;
            (substitute_variable(inner, variables)?, left)
        } else {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = tail.find(|c| !is_name(c)).unwrap_or(tail.len());
            let (name, left) = tail.split_at(end);
            (variables.get(name)?.as_ref(), left)
        };
        append_bounded(&mut text, head)?;
        append_bounded(&mut text, value)?;
        rest = left;
    }
    append_bounded(&mut text, rest)?;
    Some(text)
}

/// Appends a part to a text; `None` if the text becomes longer than [`LONGEST`].
fn append_bounded(text: &mut String, part: &str) -> Option<()> {
    (text.len() + part.len() <= LONGEST).then(|| text.push_str(part))
}

/// Returns what stands for the text between braces.
fn substitute_variable<'t>(inner: &'t str, variables: &'t Variables<'_>) -> Option<&'t str> {
    let value = |name: &str| variables.get(name).map(|value| &**value);
    let set = |name: &str| value(name).filter(|value: &&str| !value.is_empty());
    if let Some((name, default)) = inner.split_once(":-") {
        return Some(set(name).unwrap_or(default));
    }
    if let Some((name, other)) = inner.split_once(":+") {
        return Some(set(name).map_or("", |_| other));
    }
    value(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exposed_port_of(text: &str) -> Exposed {
        read_exposed_port(text.as_bytes())
    }

    #[test]
    fn the_first_exposed_tcp_port_is_returned() {
        for (text, port) in [
            ("FROM a\nEXPOSE 8080 9090\n", 8080),
            ("from a\n  expose 53/udp 80/tcp", 80),
            ("FROM a\nEXPOSE 8000-8010/tcp", 8000),
            ("FROM a\nEXPOSE \\\n  # the port\n  4000", 4000),
            ("FROM a\nEXPOSE \"5000\"", 5000),
            ("FROM a\nEXPOSE 53/udp\nEXPOSE 8053", 8053),
        ] {
            assert_eq!(exposed_port_of(text), Exposed::Port(port), "{text}");
        }
        for text in [
            "",
            "FROM a",
            "FROM a\n# EXPOSE 1",
            "FROM a\nEXPOSE 53/udp",
            "EXPOSE 80",
            "FROM a\nEXPOSE 0",
        ] {
            assert_eq!(exposed_port_of(text), Exposed::Nothing, "{text}");
        }
    }

    #[test]
    fn only_the_last_stage_and_its_base_stages_determine_the_port() {
        assert_eq!(
            exposed_port_of("FROM node AS build\nEXPOSE 3000\nFROM nginx\nEXPOSE 80"),
            Exposed::Port(80)
        );
        assert_eq!(
            exposed_port_of("FROM node AS build\nEXPOSE 3000\nFROM nginx"),
            Exposed::Nothing
        );
        assert_eq!(
            exposed_port_of("FROM node AS base\nEXPOSE 3000\nFROM base AS run"),
            Exposed::Port(3000)
        );
        let platform = "FROM --platform=linux/amd64 node AS Base\nEXPOSE 3000\nFROM base";
        assert_eq!(exposed_port_of(platform), Exposed::Port(3000));
    }

    #[test]
    fn variables_in_expose_are_resolved_from_the_dockerfile() {
        for (text, port) in [
            ("FROM a\nENV PORT=8080\nEXPOSE $PORT", 8080),
            ("FROM a\nENV PORT 8080\nEXPOSE ${PORT}/tcp", 8080),
            ("FROM a\nARG PORT=8080\nENV PORT=$PORT\nEXPOSE ${PORT:-3000}", 8080),
            ("ARG PORT=8080\nFROM a\nARG PORT\nEXPOSE $PORT", 8080),
            ("FROM a\nEXPOSE ${PORT:-4000}", 4000),
            ("FROM a AS b\nENV PORT=5000\nFROM b\nEXPOSE $PORT", 5000),
            ("FROM a\nEXPOSE $METRICS 8080", 8080),
        ] {
            assert_eq!(exposed_port_of(text), Exposed::Port(port), "{text}");
        }
        for text in [
            "FROM a\nEXPOSE $PORT",
            "ARG PORT=8080\nFROM a\nEXPOSE $PORT",
            "FROM a\nARG PORT\nEXPOSE ${PORT}",
            "FROM a\nENV PORT=8080\nENV PORT=$OTHER\nEXPOSE $PORT",
        ] {
            assert_eq!(exposed_port_of(text), Exposed::Variable, "{text}");
        }
    }

    #[test]
    fn a_value_longer_than_64_bytes_is_unknown() {
        let text = |length: usize| format!("FROM a\nENV A={}\nEXPOSE $A", "1".repeat(length));
        assert_eq!(exposed_port_of(&text(64)), Exposed::Nothing, "it is no port");
        assert_eq!(exposed_port_of(&text(65)), Exposed::Variable);
    }

    #[test]
    fn the_port_of_more_than_200_stages_or_1000_variables_is_a_variable() {
        let stages = |count: usize| "FROM s\nENV A=1\n".repeat(count) + "EXPOSE 80";
        assert_eq!(exposed_port_of(&stages(200)), Exposed::Port(80));
        assert_eq!(exposed_port_of(&stages(201)), Exposed::Variable);

        let variable = |at: usize| format!("A{at}=1 ");
        let names = |count: usize| (0..count).map(variable).collect::<String>();
        let variables = |count: usize| format!("FROM a\nENV {}\nEXPOSE 80", names(count));
        assert_eq!(exposed_port_of(&variables(1_000)), Exposed::Port(80));
        assert_eq!(exposed_port_of(&variables(1_001)), Exposed::Variable);
    }
}
