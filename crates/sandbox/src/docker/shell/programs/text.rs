//! The programs that print and cut texts.

use super::super::files::{self, Found, find};
use super::super::place::Place;
use super::outcome::Outcome;
use crate::docker::programs::Stream;
use crate::docker::script::Step;

/// How much of endless output a program reads that wants all of it, in bytes.
const MOST: usize = 1 << 20;

/// `echo`.
pub(super) fn echo(arguments: &[&str]) -> Outcome {
    match arguments {
        ["-n", rest @ ..] => Outcome::new(rest.join(" ")),
        _ => Outcome::new(format!("{}\n", arguments.join(" "))),
    }
}

/// `printf`: with `%s`, `%d`, `%%` and the escapes of its format.
pub(super) fn printf(arguments: &[&str]) -> Outcome {
    let Some((format, arguments)) = arguments.split_first() else {
        return Outcome::failed(2, "sh: printf: usage: printf FORMAT [ARGUMENT...]");
    };
    let (mut text, mut arguments) = (Vec::new(), arguments.iter());
    loop {
        let before = arguments.len();
        formatted(format, &mut arguments, &mut text);
        // The format is used again while there are arguments.
        if arguments.len() == 0 || arguments.len() == before {
            return Outcome::new(text);
        }
    }
}

fn formatted<'a>(
    format: &str,
    arguments: &mut impl Iterator<Item = &'a &'a str>,
    text: &mut Vec<u8>,
) {
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek().copied()) {
            ('%', Some('s' | 'd' | '%')) => match rest.next() {
                Some('%') => text.push(b'%'),
                _ => text.extend(arguments.next().map_or("", |text| *text).bytes()),
            },
            ('\\', Some(escaped)) => {
                rest.next();
                match escaped {
                    'n' => text.push(b'\n'),
                    't' => text.push(b'\t'),
                    'r' => text.push(b'\r'),
                    '\\' => text.push(b'\\'),
                    '0'..='7' => {
                        let mut octal = escaped.to_string();
                        octal.extend(
                            std::iter::from_fn(|| rest.next_if(|c| ('0'..='7').contains(c)))
                                .take(2),
                        );
                        text.extend(u8::from_str_radix(&octal, 8));
                    }
                    'x' => {
                        let hex: String =
                            std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit))
                                .take(2)
                                .collect();
                        text.extend(u8::from_str_radix(&hex, 16));
                    }
                    other => text.extend(format!("\\{other}").bytes()),
                }
            }
            _ => text.extend(c.to_string().bytes()),
        }
    }
}

/// `cat`, `head`, `tail`, `wc` and `grep`, of files or of what the program before printed.
pub(super) fn filter(
    place: &Place,
    program: &str,
    arguments: &[&str],
    input: Vec<Step>,
) -> Outcome {
    let (options, mut paths) = options(program, arguments);
    let pattern = if program == "grep" && !paths.is_empty() { paths.remove(0) } else { "" };
    let mut input = if paths.is_empty() { input } else { Vec::new() };
    let mut errors = Vec::new();
    for path in paths {
        match content(place, path) {
            Ok(step) => input.push(step),
            Err(why) if matches!(program, "cat" | "tail") => {
                errors.push(format!("{program}: can't open '{path}': {why}\n"));
            }
            Err(why) => errors.push(format!("{program}: {path}: {why}\n")),
        }
    }
    let mut outcome = match program {
        "cat" => Outcome { steps: input, code: 0 },
        "head" => head(&options, input),
        "tail" => tail(&options, &read(&input)),
        "wc" => wc(&options, &read(&input)),
        _ => grep(pattern, &read(&input)),
    };
    for error in errors {
        outcome.steps.push(Step::Write(Stream::Stderr, error.into_bytes()));
        outcome.code = if program == "grep" { 2 } else { 1 };
    }
    outcome
}

/// Separates options from paths; `-c 5` and `-c5` are the same.
fn options<'a>(program: &str, arguments: &[&'a str]) -> (Vec<(char, u64)>, Vec<&'a str>) {
    let (mut options, mut paths) = (Vec::new(), Vec::new());
    let mut rest = arguments.iter().copied();
    let takes_number = matches!(program, "head" | "tail");
    while let Some(argument) = rest.next() {
        match argument.strip_prefix('-').and_then(|rest| Some((rest.chars().next()?, rest))) {
            Some((letter, _)) if letter.is_ascii_digit() => {
                options.push(('n', number(argument.trim_start_matches('-'))));
            }
            Some((letter, text)) => {
                let attached = text.get(letter.len_utf8()..).unwrap_or_default();
                let given =
                    if takes_number && attached.is_empty() { rest.next() } else { Some(attached) };
                options.push((letter, number(given.unwrap_or_default())));
            }
            None => paths.push(argument),
        }
    }
    (options, paths)
}

/// Reads a number with the suffix `k`, `m` or `g`.
fn number(text: &str) -> u64 {
    let (digits, factor) = match text.to_ascii_lowercase() {
        text if text.ends_with('k') => (text.trim_end_matches('k').to_owned(), 1 << 10),
        text if text.ends_with('m') => (text.trim_end_matches('m').to_owned(), 1 << 20),
        text if text.ends_with('g') => (text.trim_end_matches('g').to_owned(), 1 << 30),
        text => (text, 1),
    };
    digits.parse::<u64>().unwrap_or(0).saturating_mul(factor)
}

fn content(place: &Place, path: &str) -> Result<Step, &'static str> {
    match path {
        "/dev/null" => return Ok(Step::Write(Stream::Stdout, Vec::new())),
        "/dev/zero" => return Ok(Step::Repeat(Stream::Stdout, vec![0], None)),
        _ => {}
    }
    match find(&place.files, &files::normal(&place.folder, path)) {
        Some(Found::File(text)) => Ok(Step::Write(Stream::Stdout, text.as_bytes().to_vec())),
        Some(Found::Folder) => Err("Is a directory"),
        None => Err("No such file or directory"),
    }
}

/// Returns what steps print to the standard output; of what is endless, the first part.
fn read(steps: &[Step]) -> Vec<u8> {
    let mut text = Vec::new();
    for step in steps {
        match step {
            Step::Write(Stream::Stdout, part) => text.extend(part),
            Step::Repeat(Stream::Stdout, part, total) => {
                let most =
                    total.map_or(MOST, |total| usize::try_from(total).unwrap_or(MOST).min(MOST));
                text.extend(part.iter().cycle().take(most));
            }
            _ => {}
        }
    }
    text
}

/// `head -n N` and `head -c N`, which ends an endless program before it.
fn head(options: &[(char, u64)], input: Vec<Step>) -> Outcome {
    let (unit, mut left) = options.last().copied().unwrap_or(('n', 10));
    let mut steps = Vec::new();
    for step in input {
        if left == 0 {
            break;
        }
        steps.push(match step {
            Step::Write(Stream::Stdout, text) => {
                Step::Write(Stream::Stdout, beginning(&text, unit, &mut left))
            }
            Step::Repeat(Stream::Stdout, text, None) => {
                let (lines, bytes) = (count_lines(&text).max(1), text.len() as u64);
                let total = if unit == 'c' { left } else { bytes.saturating_mul(left / lines) };
                left = 0;
                Step::Repeat(Stream::Stdout, text, Some(total))
            }
            other => other,
        });
    }
    Outcome { steps, code: 0 }
}

/// Returns as much of a text as `left` bytes or lines, and takes that off.
fn beginning(text: &[u8], unit: char, left: &mut u64) -> Vec<u8> {
    let most = usize::try_from(*left).unwrap_or(usize::MAX);
    if unit == 'c' {
        *left = left.saturating_sub(text.len() as u64);
        return text.iter().take(most).copied().collect();
    }
    *left = left.saturating_sub(count_lines(text));
    text.split_inclusive(|byte| *byte == b'\n').take(most).flatten().copied().collect()
}

fn count_lines(text: &[u8]) -> u64 {
    text.split(|byte| *byte == b'\n').skip(1).count() as u64
}

fn tail(options: &[(char, u64)], text: &[u8]) -> Outcome {
    let (unit, count) = options.last().copied().unwrap_or(('n', 10));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if unit == 'c' {
        return Outcome::new(
            text.iter().skip(text.len().saturating_sub(count)).copied().collect::<Vec<_>>(),
        );
    }
    let lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
    Outcome::new(
        lines
            .iter()
            .skip(lines.len().saturating_sub(count))
            .copied()
            .flatten()
            .copied()
            .collect::<Vec<_>>(),
    )
}

fn wc(options: &[(char, u64)], text: &[u8]) -> Outcome {
    let lines = count_lines(text);
    let words = String::from_utf8_lossy(text).split_whitespace().count();
    match options.first() {
        Some(('l', _)) => Outcome::new(format!("{lines}\n")),
        Some(('c', _)) => Outcome::new(format!("{}\n", text.len())),
        _ => Outcome::new(format!("{lines:>8} {words:>8} {:>8}\n", text.len())),
    }
}

/// `grep TEXT`: of a text without other special characters than a first `^`.
fn grep(pattern: &str, text: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(text);
    let fits = |line: &&str| match pattern.strip_prefix('^') {
        Some(start) => line.starts_with(start),
        None => line.contains(pattern),
    };
    let found: String = text.split_inclusive('\n').filter(fits).collect();
    let code = i64::from(found.is_empty());
    Outcome { code, ..Outcome::new(found) }
}
