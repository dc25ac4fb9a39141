//! Carrying out a command line.

use std::collections::BTreeMap;

use super::place::Place;
use super::programs::{self, Outcome};
use super::words::{self, Part, Token, Unknown};
use crate::docker::programs::Stream;
use crate::docker::script::{Script, Step};

/// How many steps a process has at most: what follows is not carried out.
const MOST_STEPS: usize = 100_000;

/// One command: its words and the redirections of its output.
#[derive(Default)]
struct Command {
    words: Vec<Vec<Part>>,
    redirects: Vec<(u8, Option<u8>)>,
}

/// A shell in a container.
pub(super) struct Shell<'a> {
    place: &'a Place,
    /// The variables, those of the environment among them.
    variables: BTreeMap<String, String>,
    steps: Vec<Step>,
    code: i64,
    has_exited: bool,
}

/// Carries out a command line in that environment.
pub(super) fn run(place: &Place, environment: &BTreeMap<String, String>, text: &str) -> Script {
    let variables = environment.clone();
    let mut shell = Shell { place, variables, steps: Vec::new(), code: 0, has_exited: false };
    match words::read(text) {
        Ok(tokens) => shell.line(tokens),
        Err(unknown) => {
            let why = match unknown {
                Unknown::Unterminated => "unterminated quoted string".to_owned(),
                Unknown::Text(at) => format!("the sandbox's shell does not know {at:?}"),
            };
            let text = format!("sh: syntax error: {why}\n");
            shell.steps.push(Step::Write(Stream::Stderr, text.into_bytes()));
            shell.code = 2;
        }
    }
    Script { steps: shell.steps, code: shell.code, is_started: true }
}

impl Shell<'_> {
    fn line(&mut self, tokens: Vec<Token>) {
        let (mut pipeline, mut command) = (Vec::new(), Command::default());
        let mut is_skipped = false;
        for token in tokens.into_iter().chain([Token::Operator(";")]) {
            match token {
                Token::Word(parts) => command.words.push(parts),
                Token::Redirect(from, to) => command.redirects.push((from, to)),
                Token::Operator("|") => pipeline.push(std::mem::take(&mut command)),
                Token::Operator(operator) => {
                    pipeline.push(std::mem::take(&mut command));
                    let pipeline = std::mem::take(&mut pipeline);
                    if !is_skipped {
                        self.pipeline(pipeline);
                    }
                    if self.has_exited || self.steps.len() > MOST_STEPS {
                        return;
                    }
                    is_skipped = match operator {
                        "&&" => self.code != 0,
                        "||" => self.code == 0,
                        _ => false,
                    };
                }
            }
        }
    }

    /// Carries out commands, each of which reads what the one before printed.
    fn pipeline(&mut self, commands: Vec<Command>) {
        let last = commands.len().saturating_sub(1);
        let mut input = Vec::new();
        for (number, command) in commands.into_iter().enumerate() {
            let printed = self.command(&command, std::mem::take(&mut input));
            for step in printed.into_iter().filter_map(|step| redirected(step, &command.redirects))
            {
                let is_read = number < last && !matches!(step, Step::Write(Stream::Stderr, _));
                if is_read { input.push(step) } else { self.steps.push(step) }
            }
        }
    }

    fn command(&mut self, command: &Command, input: Vec<Step>) -> Vec<Step> {
        let mut words: Vec<_> =
            command.words.iter().flat_map(|parts| self.expanded(parts)).collect();
        let assignments = words.iter().take_while(|word| assignment(word).is_some()).count();
        let assigned: Vec<_> = words.drain(..assignments).collect();
        let named =
            if words.is_empty() || words[0] == "export" { assigned.clone() } else { Vec::new() };
        let exported =
            words.iter().skip(1).filter(|_| words.first().is_some_and(|one| one == "export"));
        for word in named.iter().chain(exported) {
            if let Some((name, value)) = assignment(word) {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
        }
        let Some(program) = words.first() else {
            self.code = 0;
            return Vec::new();
        };
        match program.as_str() {
            "export" | "set" | ":" => {
                self.code = 0;
                Vec::new()
            }
            "exit" => {
                self.has_exited = true;
                let code = words.get(1).and_then(|code| code.parse::<i64>().ok());
                self.code = code.map_or(self.code, |code| code.rem_euclid(256));
                Vec::new()
            }
            _ => {
                let mut environment = self.variables.clone();
                environment.extend(
                    assigned
                        .iter()
                        .filter_map(|word| assignment(word))
                        .map(|(name, value)| (name.to_owned(), value.to_owned())),
                );
                if programs::is_shell(program) {
                    let at =
                        words.iter().position(|one| one.starts_with('-') && one.ends_with('c'));
                    let text = at.and_then(|at| words.get(at + 1)).map_or("", String::as_str);
                    let script = run(self.place, &environment, text);
                    self.code = script.code;
                    return script.steps;
                }
                let Outcome { steps, code } =
                    programs::run(self.place, &environment, &words, input);
                self.code = code;
                steps
            }
        }
    }

    /// Returns the words that a word becomes: a variable outside of quotes may be several or none.
    fn expanded(&self, parts: &[Part]) -> Vec<String> {
        let (mut words, mut word) = (Vec::new(), None::<String>);
        for part in parts {
            match part {
                Part::Text(text) => word.get_or_insert_default().push_str(text),
                Part::Variable(name, true) => {
                    word.get_or_insert_default().push_str(&self.value(name));
                }
                Part::Variable(name, false) => {
                    for (number, each) in self.value(name).split_whitespace().enumerate() {
                        if number > 0 {
                            words.extend(word.take());
                        }
                        word.get_or_insert_default().push_str(each);
                    }
                }
            }
        }
        words.extend(word);
        words
    }

    fn value(&self, name: &str) -> String {
        if name == "?" {
            return self.code.to_string();
        }
        self.variables.get(name).cloned().unwrap_or_default()
    }
}

/// Splits an assignment into name and value.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then_some((name, value))
}

/// Returns a step with its output redirected; none if it goes nowhere.
fn redirected(step: Step, redirects: &[(u8, Option<u8>)]) -> Option<Step> {
    let to = |stream: Stream| {
        let mut streams = [Some(Stream::Stdout), Some(Stream::Stderr)];
        for (from, to) in redirects {
            let target = to.and_then(|to| streams.get(usize::from(to) - 1).copied().flatten());
            if let Some(slot) = streams.get_mut(usize::from(*from) - 1) {
                *slot = target;
            }
        }
        streams[usize::from(stream == Stream::Stderr)]
    };
    Some(match step {
        Step::Write(stream, text) => Step::Write(to(stream)?, text),
        Step::Repeat(stream, text, total) => Step::Repeat(to(stream)?, text, total),
        Step::Sleep(time) => Step::Sleep(time),
    })
}
