//! The lines of a deployment's log that callers see, without secrets.

use covibe_coolify::{Log, LogLine};
use covibe_domain::{Failure, Secret};
use covibe_upstream::without_userinfo;
use covibe_workspace::Workspace;

use super::host_redaction;
use crate::container_access::to_printable;

/// Replaces a token.
const REDACTED: &str = "***";

/// The text that precedes the output in the message of a failure.
const ERROR: &str = "\nError: ";

/// Returns the lines without the credentials of URLs, the bot's tokens, and facts about the host.
pub(crate) async fn redacted_lines(cx: &Workspace, log: &Log) -> Result<Vec<String>, Failure> {
    let tokens = cx.bot_tokens().await?;
    Ok(redact_lines(log, &tokens.iter().map(Secret::expose).collect::<Vec<_>>()))
}

fn redact_lines(log: &Log, tokens: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in &log.lines {
        let text = without_repetition(entry, &lines);
        let shown = text.lines().map(|line| to_printable(line.trim_end()));
        let shown = shown.filter(|line| entry.is_of_program || !is_for_operators(line));
        let shown = shown.map(|line| {
            let line = if entry.is_of_program { line } else { host_redaction::without_host(&line) };
            tokens.iter().fold(without_userinfo(&line), |line, token| without_token(line, token))
        });
        lines.extend(shown);
    }
    lines
}

/// Returns an entry's text. A failure repeats the output of the failed program; that is left out if
/// it has been shown already.
fn without_repetition<'a>(entry: &'a LogLine, before: &[String]) -> &'a str {
    let Some((message, error)) = entry.output.split_once(ERROR) else { return &entry.output };
    let last = error.lines().rev().map(str::trim_end).find(|line| !line.is_empty());
    let is_shown = |last: &str| {
        let last = to_printable(last);
        before.iter().rev().any(|line| *line == last)
    };
    if !entry.is_of_program && last.is_none_or(is_shown) { message } else { &entry.output }
}

/// Returns whether a line of Coolify's own only helps on its pages.
fn is_for_operators(line: &str) -> bool {
    line.contains("click on Show Debug Logs")
}

fn without_token(line: String, token: &str) -> String {
    if token.is_empty() || !line.contains(token) { line } else { line.replace(token, REDACTED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(entries: &[(&str, bool)]) -> Log {
        let line = |(output, is_of_program): &(&str, bool)| LogLine {
            output: (*output).to_owned(),
            is_of_program: *is_of_program,
            timestamp: None,
        };
        Log { lines: entries.iter().map(line).collect(), is_cut: false }
    }

    #[test]
    fn splits_entries_into_lines_without_secrets() {
        let log = log(&[
            ("Cloning https://bot:0123abcd@git.test/o/r\n  done  \n\n", false),
            ("Authorization: token 0123abcd", false),
        ]);
        let expected = ["Cloning https://…@git.test/o/r", "  done", "", "Authorization: token ***"];
        assert_eq!(redact_lines(&log, &["0123abcd"]), expected);
        assert_eq!(redact_lines(&log, &[""]).len(), 4);
    }

    #[test]
    fn removes_control_characters() {
        let log = log(&[("\u{1b}[31mred\u{1b}[0m\u{0}\u{7} a\tb\r\n\u{1b}[2K50 %", true)]);
        assert_eq!(redact_lines(&log, &[]), ["red a\tb", "50 %"]);
    }

    #[test]
    fn omits_coolifys_hints_about_its_own_pages() {
        let hint = "To check the current progress, click on Show Debug Logs.";
        let log = log(&[("Building docker image started.", false), (hint, false), (hint, true)]);
        assert_eq!(redact_lines(&log, &[]), ["Building docker image started.", hint]);
    }

    #[test]
    fn shows_the_output_of_a_failed_build_once() {
        let failed = "Deployment failed: Command execution failed (exit code 1).\nError: one\ntwo";
        let shown = redact_lines(&log(&[("one\ntwo\n", true), (failed, false)]), &[]);
        assert_eq!(
            shown,
            ["one", "two", "Deployment failed: Command execution failed (exit code 1)."]
        );
        let shown = redact_lines(&log(&[("one", true), (failed, false)]), &[]);
        assert_eq!(shown.last().map(String::as_str), Some("two"), "{shown:?}");
    }
}
