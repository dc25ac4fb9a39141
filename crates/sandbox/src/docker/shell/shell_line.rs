//! Execution of `sh -c LINE`.

use std::time::Duration;

use super::command_table::{self, CommandPlan};
use super::exec_context::ExecContext;
use crate::docker::process_script::Step;
use crate::docker::programs::Stream;

/// The characters that would need a real shell.
const SYNTAX: [char; 15] =
    ['|', '&', '<', '>', '(', ')', '{', '}', '`', '$', '\'', '"', '\\', '*', '\n'];

/// Answers the commands of a line one after the other.
pub(super) fn answer(place: &ExecContext, line: &str) -> CommandPlan {
    let mut whole = CommandPlan::default();
    for command in line.split(';').map(str::trim).filter(|command| !command.is_empty()) {
        let (children, command) = command.rsplit_once(" & ").unwrap_or(("", command));
        let children = children.split(" & ").filter(|child| !child.is_empty());
        whole.held = children.map(|child| time(&single(place, child))).fold(whole.held, Ord::max);
        let CommandPlan { steps, code, .. } = single(place, command);
        whole.steps.extend(steps);
        whole.code = code;
        if command.split(' ').next() == Some("exit") {
            break;
        }
    }
    whole
}

/// Returns the duration of a child. Its output is not shown.
fn time(child: &CommandPlan) -> Duration {
    let times = child.steps.iter().map(|step| match step {
        Step::Sleep(time) => *time,
        Step::Write(..) | Step::Repeat(..) => Duration::ZERO,
    });
    times.sum()
}

fn single(place: &ExecContext, command: &str) -> CommandPlan {
    let redirected = command.strip_suffix(">&2");
    let words: Vec<_> = redirected.unwrap_or(command).split_whitespace().collect();
    let value = |name: &str| place.environment.get(name).map_or("", String::as_str).to_owned();
    let word = |word: &&str| word.strip_prefix('$').map_or_else(|| (*word).to_owned(), value);
    if words.iter().any(|word| word.trim_start_matches('$').contains(SYNTAX)) {
        let text = "sh: syntax error: the sandbox has no shell, and answers single commands only";
        return CommandPlan::failure(2, text);
    }
    let program = words.first().copied().unwrap_or_default();
    let words: Vec<_> = words.iter().map(word).collect();
    let not_found = || CommandPlan::failure(127, &format!("sh: {program}: not found"));
    let answer = command_table::find(place, &words).unwrap_or_else(not_found);
    if redirected.is_some() { to_stderr(answer) } else { answer }
}

fn to_stderr(answer: CommandPlan) -> CommandPlan {
    let redirected = |step| match step {
        Step::Write(_, text) => Step::Write(Stream::Stderr, text),
        Step::Repeat(_, text, total) => Step::Repeat(Stream::Stderr, text, total),
        Step::Sleep(time) => Step::Sleep(time),
    };
    CommandPlan { steps: answer.steps.into_iter().map(redirected).collect(), ..answer }
}
