//! The table of answers.

use std::time::Duration;

use super::container_files::{self, FileEntry};
use super::exec_context::ExecContext;
use crate::docker::process_script::Step;
use crate::docker::programs::Stream;

/// The line that `output` prints repeatedly.
const OUTPUT: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";

/// The actions of a command.
#[derive(Default)]
pub(super) struct CommandPlan {
    pub(super) steps: Vec<Step>,
    /// Its exit code.
    pub(super) code: i64,
    /// The time for which its orphaned children hold its output open.
    pub(super) held: Duration,
}

impl CommandPlan {
    fn with_code(code: i64) -> Self {
        Self { code, ..Self::default() }
    }

    fn with_output(text: impl Into<Vec<u8>>) -> Self {
        Self::step(Step::Write(Stream::Stdout, text.into()))
    }

    fn step(step: Step) -> Self {
        Self { steps: vec![step], ..Self::default() }
    }

    pub(super) fn failure(code: i64, text: &str) -> Self {
        let text = format!("{text}\n").into_bytes();
        Self { code, ..Self::step(Step::Write(Stream::Stderr, text)) }
    }
}

/// Returns the actions of a command, whose program may be given by its path; `None` if the program does not exist.
pub(super) fn find(place: &ExecContext, words: &[String]) -> Option<CommandPlan> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (program, arguments) = words.split_first()?;
    let (user, number) = &place.user;
    Some(match (program.trim_start_matches("/usr").trim_start_matches("/bin/"), arguments) {
        ("true", _) => CommandPlan::with_code(0),
        ("false", _) => CommandPlan::with_code(1),
        ("exit", [code]) => {
            CommandPlan::with_code(code.parse::<i64>().unwrap_or(2).rem_euclid(256))
        }
        ("echo", words) => CommandPlan::with_output(format!("{}\n", words.join(" "))),
        ("env" | "printenv", []) => environment(place),
        ("printenv", [name, ..]) => match place.environment.get(*name) {
            Some(value) => CommandPlan::with_output(format!("{value}\n")),
            None => CommandPlan::with_code(1),
        },
        ("pwd", _) => CommandPlan::with_output(format!("{}\n", place.folder)),
        ("whoami", _) => CommandPlan::with_output(format!("{user}\n")),
        ("id", ["-u"]) => CommandPlan::with_output(format!("{number}\n")),
        ("id", _) => {
            let group = format!("{number}({user})");
            CommandPlan::with_output(format!("uid={group} gid={group} groups={group}\n"))
        }
        ("ps", _) => CommandPlan::with_output(format!(
            "PID   USER     TIME  COMMAND\n    1 root      0:00 {}\n",
            place.command
        )),
        ("ls", arguments) => list(place, arguments),
        ("cat", [path]) => print(place, path),
        ("sleep", [time]) => sleep(time),
        ("yes", _) => CommandPlan::step(Step::Repeat(Stream::Stdout, b"y\n".to_vec(), None)),
        ("output", _) => {
            let total = Some(place.output_bytes);
            CommandPlan::step(Step::Repeat(Stream::Stdout, OUTPUT.to_vec(), total))
        }
        _ => return None,
    })
}

fn environment(place: &ExecContext) -> CommandPlan {
    let line = |(name, value): (&String, &String)| format!("{name}={value}\n");
    CommandPlan::with_output(place.environment.iter().map(line).collect::<String>())
}

fn list(place: &ExecContext, arguments: &[&str]) -> CommandPlan {
    let (options, paths): (Vec<&str>, Vec<&str>) =
        arguments.iter().copied().partition(|argument| argument.starts_with('-'));
    let shows_hidden = options.iter().any(|option| option.contains('a'));
    let path = paths.first().copied().unwrap_or(".");
    let whole = container_files::normal(&place.folder, path);
    match container_files::find(&place.files, &whole) {
        None => CommandPlan::failure(1, &format!("ls: {path}: No such file or directory")),
        Some(FileEntry::File(_)) => CommandPlan::with_output(format!("{path}\n")),
        Some(FileEntry::Folder) => {
            let names = container_files::names(&place.files, &whole).into_iter();
            let shown = names.filter(|name| shows_hidden || !name.starts_with('.'));
            CommandPlan::with_output(shown.map(|name| name + "\n").collect::<String>())
        }
    }
}

fn print(place: &ExecContext, path: &str) -> CommandPlan {
    let why =
        match container_files::find(&place.files, &container_files::normal(&place.folder, path)) {
            Some(FileEntry::File(text)) => return CommandPlan::with_output(text),
            Some(FileEntry::Folder) => "Is a directory",
            None => "No such file or directory",
        };
    CommandPlan::failure(1, &format!("cat: can't open '{path}': {why}"))
}

fn sleep(text: &str) -> CommandPlan {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let invalid = || CommandPlan::failure(1, &format!("sleep: invalid number '{text}'"));
    time.map_or_else(invalid, |time| CommandPlan::step(Step::Sleep(time)))
}
