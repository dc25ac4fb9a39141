//! The programs that containers have.

mod condition;
mod outcome;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::files::{self, Found, find};
use super::place::Place;
use crate::docker::programs::Stream;
use crate::docker::script::Step;

pub(super) use outcome::Outcome;

/// The programs that are not shells.
const KNOWN: [&str; 23] = [
    "[", "cat", "echo", "env", "false", "grep", "head", "hostname", "id", "ls", "nc", "output",
    "printenv", "printf", "ps", "pwd", "sleep", "tail", "test", "true", "wc", "whoami", "yes",
];

/// Returns whether an image that has programs has this one.
pub(super) fn exists(program: &str) -> bool {
    let name = name(program);
    is_shell(program) || KNOWN.contains(&name)
}

/// Returns whether a program is a shell.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(name(program), "sh" | "ash")
}

/// Returns the name of a program, which may be given by its path.
fn name(program: &str) -> &str {
    let folders = ["/bin/", "/usr/bin/", "/usr/local/bin/"];
    folders.iter().find_map(|folder| program.strip_prefix(folder)).unwrap_or(program)
}

/// Runs a program that a shell or the engine starts, with what the one before it in a pipeline printed.
pub(super) fn run(
    place: &Place,
    environment: &BTreeMap<String, String>,
    words: &[String],
    input: Vec<Step>,
) -> Outcome {
    let program = words.first().map_or("", String::as_str);
    let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    match name(program) {
        "true" => Outcome::ended(0),
        "false" => Outcome::ended(1),
        "echo" => text::echo(&arguments),
        "printf" => text::printf(&arguments),
        "env" | "printenv" => self::environment(environment, &arguments),
        "pwd" => Outcome::new(format!("{}\n", place.folder)),
        "hostname" => Outcome::new(format!("{}\n", place.hostname)),
        "whoami" => Outcome::new(format!("{}\n", place.user.0)),
        "id" => id(place, &arguments),
        "ls" => ls(place, &arguments),
        "cat" | "head" | "tail" | "wc" | "grep" => {
            text::filter(place, name(program), &arguments, input)
        }
        "ps" => ps(place),
        "sleep" => sleep(&arguments),
        "nc" => nc(place, &arguments),
        "yes" => {
            let word = if arguments.is_empty() { "y".to_owned() } else { arguments.join(" ") };
            let text = format!("{word}\n").into_bytes();
            Outcome { steps: vec![Step::Repeat(Stream::Stdout, text, None)], code: 0 }
        }
        "output" => {
            let total = Some(place.output_bytes);
            let text =
                b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n".to_vec();
            Outcome { steps: vec![Step::Repeat(Stream::Stdout, text, total)], code: 0 }
        }
        "test" => condition::test(place, &arguments),
        "[" => condition::bracket(place, &arguments),
        _ => Outcome::failed(127, &format!("sh: {program}: not found")),
    }
}

fn environment(variables: &BTreeMap<String, String>, arguments: &[&str]) -> Outcome {
    if let Some(name) = arguments.first() {
        return match variables.get(*name) {
            Some(value) => Outcome::new(format!("{value}\n")),
            None => Outcome::ended(1),
        };
    }
    let line = |(name, value): (&String, &String)| format!("{name}={value}\n");
    Outcome::new(variables.iter().map(line).collect::<String>())
}

fn id(place: &Place, arguments: &[&str]) -> Outcome {
    let (name, number) = &place.user;
    match arguments.first() {
        Some(&"-u") => Outcome::new(format!("{number}\n")),
        Some(&"-un") => Outcome::new(format!("{name}\n")),
        _ => Outcome::new(format!(
            "uid={number}({name}) gid={number}({name}) groups={number}({name})\n"
        )),
    }
}

fn ls(place: &Place, arguments: &[&str]) -> Outcome {
    let (options, paths): (Vec<_>, Vec<_>) =
        arguments.iter().copied().partition(|one| one.starts_with('-'));
    let shows_hidden = options.iter().any(|option| option.contains('a'));
    let path = paths.first().copied().unwrap_or(".");
    let whole = files::normal(&place.folder, path);
    match find(&place.files, &whole) {
        None => Outcome::failed(1, &format!("ls: {path}: No such file or directory")),
        Some(Found::File(_)) => Outcome::new(format!("{path}\n")),
        Some(Found::Folder) => {
            let names = files::names(&place.files, &whole).into_iter();
            let shown = names.filter(|name| shows_hidden || !name.starts_with('.'));
            Outcome::new(shown.map(|name| name + "\n").collect::<String>())
        }
    }
}

fn ps(place: &Place) -> Outcome {
    let mut text = "PID   USER     TIME  COMMAND\n".to_owned();
    for (number, command) in place.processes.iter().enumerate() {
        let pid = if number == 0 { 1 } else { 40 + number };
        let _ = writeln!(text, "{pid:>5} root      0:00 {command}");
    }
    Outcome::new(text)
}

fn sleep(arguments: &[&str]) -> Outcome {
    let mut time = Duration::ZERO;
    for argument in arguments {
        match duration(argument) {
            Some(more) => time = time.saturating_add(more),
            None => return Outcome::failed(1, &format!("sleep: invalid number '{argument}'")),
        }
    }
    if arguments.is_empty() {
        return Outcome::failed(1, "BusyBox v1.35.0 multi-call binary.\n\nUsage: sleep [N]...");
    }
    Outcome { steps: vec![Step::Sleep(time)], code: 0 }
}

/// Reads a time such as `0.5`, `10s` or `2m`.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "s"),
    };
    let seconds = match unit {
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// `nc -vz HOST PORT`: tells whether another container listens.
fn nc(place: &Place, arguments: &[&str]) -> Outcome {
    let (options, named): (Vec<_>, Vec<_>) =
        arguments.iter().copied().partition(|one| one.starts_with('-'));
    let [host, port] = named.as_slice() else {
        return Outcome::failed(1, "BusyBox v1.35.0 multi-call binary.\n\nUsage: nc [IPADDR PORT]");
    };
    let Some(found) = place.neighbours.iter().find(|one| one.name == *host) else {
        return Outcome::failed(1, &format!("nc: bad address '{host}'"));
    };
    let address = &found.address;
    if found.port.to_string() != *port {
        return Outcome::failed(1, &format!("nc: {host} ({address}:{port}): Connection refused"));
    }
    let is_told = options.iter().any(|option| option.contains('v'));
    let text = if is_told { format!("{host} ({address}:{port}) open\n") } else { String::new() };
    let mut outcome = Outcome::new(Vec::new());
    if !text.is_empty() {
        outcome.steps.push(Step::Write(Stream::Stderr, text.into_bytes()));
    }
    outcome
}
