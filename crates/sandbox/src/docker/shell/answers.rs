//! The table of answers.

use std::time::Duration;

use super::files::{self, Found};
use super::place::Place;
use crate::docker::programs::Stream;
use crate::docker::script::Step;

/// The line that `output` prints repeatedly.
const OUTPUT: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";

/// The actions of a command.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) steps: Vec<Step>,
    /// Its exit code.
    pub(super) code: i64,
    /// The time for which its orphaned children hold its output open.
    pub(super) held: Duration,
}

impl Answer {
    fn ended(code: i64) -> Self {
        Self { code, ..Self::default() }
    }

    fn printed(text: impl Into<Vec<u8>>) -> Self {
        Self::step(Step::Write(Stream::Stdout, text.into()))
    }

    fn step(step: Step) -> Self {
        Self { steps: vec![step], ..Self::default() }
    }

    pub(super) fn failed(code: i64, text: &str) -> Self {
        let text = format!("{text}\n").into_bytes();
        Self { code, ..Self::step(Step::Write(Stream::Stderr, text)) }
    }
}

/// Returns the actions of a command, whose program may be given by its path; `None` if the program does not exist.
pub(super) fn find(place: &Place, words: &[String]) -> Option<Answer> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (program, arguments) = words.split_first()?;
    let (user, number) = &place.user;
    Some(match (program.trim_start_matches("/usr").trim_start_matches("/bin/"), arguments) {
        ("true", _) => Answer::ended(0),
        ("false", _) => Answer::ended(1),
        ("exit", [code]) => Answer::ended(code.parse::<i64>().unwrap_or(2).rem_euclid(256)),
        ("echo", words) => Answer::printed(format!("{}\n", words.join(" "))),
        ("env" | "printenv", []) => environment(place),
        ("printenv", [name, ..]) => match place.environment.get(*name) {
            Some(value) => Answer::printed(format!("{value}\n")),
            None => Answer::ended(1),
        },
        ("pwd", _) => Answer::printed(format!("{}\n", place.folder)),
        ("whoami", _) => Answer::printed(format!("{user}\n")),
        ("id", ["-u"]) => Answer::printed(format!("{number}\n")),
        ("id", _) => {
            let group = format!("{number}({user})");
            Answer::printed(format!("uid={group} gid={group} groups={group}\n"))
        }
        ("ps", _) => Answer::printed(format!(
            "PID   USER     TIME  COMMAND\n    1 root      0:00 {}\n",
            place.command
        )),
        ("ls", arguments) => list(place, arguments),
        ("cat", [path]) => print(place, path),
        ("sleep", [time]) => sleep(time),
        ("yes", _) => Answer::step(Step::Repeat(Stream::Stdout, b"y\n".to_vec(), None)),
        ("output", _) => {
            let total = Some(place.output_bytes);
            Answer::step(Step::Repeat(Stream::Stdout, OUTPUT.to_vec(), total))
        }
        _ => return None,
    })
}

fn environment(place: &Place) -> Answer {
    let line = |(name, value): (&String, &String)| format!("{name}={value}\n");
    Answer::printed(place.environment.iter().map(line).collect::<String>())
}

fn list(place: &Place, arguments: &[&str]) -> Answer {
    let (options, paths): (Vec<&str>, Vec<&str>) =
        arguments.iter().copied().partition(|argument| argument.starts_with('-'));
    let shows_hidden = options.iter().any(|option| option.contains('a'));
    let path = paths.first().copied().unwrap_or(".");
    let whole = files::normal(&place.folder, path);
    match files::find(&place.files, &whole) {
        None => Answer::failed(1, &format!("ls: {path}: No such file or directory")),
        Some(Found::File(_)) => Answer::printed(format!("{path}\n")),
        Some(Found::Folder) => {
            let names = files::names(&place.files, &whole).into_iter();
            let shown = names.filter(|name| shows_hidden || !name.starts_with('.'));
            Answer::printed(shown.map(|name| name + "\n").collect::<String>())
        }
    }
}

fn print(place: &Place, path: &str) -> Answer {
    let why = match files::find(&place.files, &files::normal(&place.folder, path)) {
        Some(Found::File(text)) => return Answer::printed(text),
        Some(Found::Folder) => "Is a directory",
        None => "No such file or directory",
    };
    Answer::failed(1, &format!("cat: can't open '{path}': {why}"))
}

fn sleep(text: &str) -> Answer {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let invalid = || Answer::failed(1, &format!("sleep: invalid number '{text}'"));
    time.map_or_else(invalid, |time| Answer::step(Step::Sleep(time)))
}
