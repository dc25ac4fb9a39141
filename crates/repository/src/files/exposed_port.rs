//! The port that a Dockerfile exposes.

use std::collections::HashMap;

use super::dockerfile::{argument, instructions, unquoted, words};

/// The port that a container listens on, as its Dockerfile says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposed {
    /// The Dockerfile exposes none.
    #[default]
    Nothing,
    /// A variable whose value is only known during the build.
    Variable,
    /// This port: the first one for TCP.
    Port(u16),
}

/// The variables that a stage knows.
type Variables = HashMap<String, String>;

/// A stage of a Dockerfile.
#[derive(Clone, Default)]
struct Stage {
    name: String,
    variables: Variables,
    exposed: Exposed,
}

/// Returns what the last stage of a Dockerfile exposes, including by a stage that it is built on.
pub(crate) fn read_exposed_port(content: &[u8]) -> Exposed {
    let text = String::from_utf8_lossy(content);
    let (mut before, mut stages) = (Variables::new(), Vec::<Stage>::new());
    for instruction in instructions(&text) {
        if let Some(from) = argument(&instruction, "FROM") {
            let stage = begin_stage(from, &before, &stages);
            stages.push(stage);
        } else if let Some(stage) = stages.last_mut() {
            stage.read(&instruction, &before);
        } else if let Some(argument) = argument(&instruction, "ARG") {
            assign(argument, &mut before);
        }
    }
    stages.pop().map_or(Exposed::Nothing, |last| last.exposed)
}

/// Returns the stage that a `FROM` begins. If it names an earlier stage, it continues with the variables and ports of
/// that one.
fn begin_stage(from: &str, before: &Variables, stages: &[Stage]) -> Stage {
    let mut words = from.split_whitespace().filter(|word| !word.starts_with("--"));
    let base = resolve_variables(words.next().unwrap_or_default(), before).unwrap_or_default();
    let name = words.next().filter(|word| word.eq_ignore_ascii_case("AS")).and(words.next());
    let on =
        stages.iter().rfind(|stage| !base.is_empty() && stage.name.eq_ignore_ascii_case(&base));
    Stage { name: name.unwrap_or_default().to_owned(), ..on.cloned().unwrap_or_default() }
}

impl Stage {
    /// Reads an instruction. `before` has the variables that are declared before the first stage.
    fn read(&mut self, instruction: &str, before: &Variables) {
        if let Some(declared) = argument(instruction, "ARG") {
            // Without a value, it is the one that was declared before.
            if let Some(value) = before.get(declared.trim()) {
                self.variables.insert(declared.trim().to_owned(), value.clone());
            }
            assign(declared, &mut self.variables);
        } else if let Some(set) = argument(instruction, "ENV") {
            assign(set, &mut self.variables);
        } else if let Some(ports) = argument(instruction, "EXPOSE")
            && !matches!(self.exposed, Exposed::Port(_))
        {
            self.exposed = first(ports, &self.variables).unwrap_or(self.exposed);
        }
    }
}

/// Sets variables: `A=1 B=2`, or `A 1`. One of an unknown value is unknown.
fn assign(text: &str, variables: &mut Variables) {
    let words = words(text);
    let pairs = match words.as_slice() {
        [name, _, ..] if !name.contains('=') => {
            vec![(*name, text.trim_start().strip_prefix(name).unwrap_or_default().trim())]
        }
        words => words.iter().filter_map(|word| word.split_once('=')).collect(),
    };
    for (name, value) in pairs {
        match resolve_variables(value, variables) {
            Some(value) => variables.insert(name.to_owned(), value),
            None => variables.remove(name),
        };
    }
}

/// Returns the first port of an `EXPOSE` that is not for UDP alone: `8080`, `8080/tcp`, `8000-8010`.
fn first(ports: &str, variables: &Variables) -> Option<Exposed> {
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
/// None if one is not known.
fn resolve_variables(word: &str, variables: &Variables) -> Option<String> {
    let word = unquoted(word);
    let (mut text, mut rest) = (String::new(), &*word);
    while let Some((head, tail)) = rest.split_once('$') {
        text.push_str(head);
        let (value, left) = if let Some(braced) = tail.strip_prefix('{') {
            let (inner, left) = braced.split_once('}')?;
            (substitute_variable(inner, variables)?, left)
        } else {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = tail.find(|c| !is_name(c)).unwrap_or(tail.len());
            let (name, left) = tail.split_at(end);
            (variables.get(name)?.clone(), left)
        };
        text.push_str(&value);
        rest = left;
    }
    text.push_str(rest);
    Some(text)
}

/// Returns what stands for the text between braces.
fn substitute_variable(inner: &str, variables: &Variables) -> Option<String> {
    if let Some((name, default)) = inner.split_once(":-") {
        let value = variables.get(name).filter(|value| !value.is_empty());
        return Some(value.cloned().unwrap_or_else(|| default.to_owned()));
    }
    if let Some((name, other)) = inner.split_once(":+") {
        let is_set = variables.get(name).is_some_and(|value| !value.is_empty());
        return Some(if is_set { other.to_owned() } else { String::new() });
    }
    variables.get(inner).cloned()
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
}
