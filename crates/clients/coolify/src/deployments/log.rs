//! The log of a deployment: a JSON text of entries, of which only some may be shown.
//!
//! Half of the entries are hidden. Those with the output of the build and of git's checkout are the
//! tenant's own; the others, and all commands, reveal the host and may contain secrets (seen with
//! Coolify 4.3.11).

use covibe_domain::Timestamp;
use covibe_upstream::without_userinfo;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::answer_reading;

/// The end of the command that runs a build.
const BUILD: &str = "bash /artifacts/build.sh'";

/// The part of a command that checks a repository out.
const CHECKOUT: &str = "git clone ";

/// The text of a failure's message between the command and its output.
const ERROR: &str = "\nError: ";

/// The part of a log that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Its lines.
    pub lines: Vec<LogLine>,
    /// True if its beginning is left out, because it is too long.
    pub is_cut: bool,
}

/// An entry of a deployment's log, without userinfo in its URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The text; may have several lines.
    pub output: String,
    /// True if a program of the tenant's wrote it, and not Coolify.
    pub is_of_program: bool,
    /// When it was written.
    pub timestamp: Option<Timestamp>,
}

/// An entry as Coolify writes it. The first one has no `order`; all are in their order anyway.
#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "answer_reading::text")]
    command: Option<String>,
    #[serde(default, deserialize_with = "answer_reading::text")]
    output: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<Value>,
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    timestamp: Option<Timestamp>,
    #[serde(default)]
    hidden: Option<Value>,
}

impl Entry {
    fn is_of_program(&self) -> bool {
        let is_one = |command: &str| command.ends_with(BUILD) || is_checkout(command);
        self.command.as_deref().is_some_and(is_one)
    }

    /// Returns the part of it that may be shown; `None` if it must stay hidden.
    fn into_line(self) -> Option<LogLine> {
        let is_of_program = self.is_of_program();
        let is_hidden = !matches!(self.hidden, None | Some(Value::Bool(false) | Value::Null));
        if is_hidden && !is_of_program {
            return None;
        }
        let output = without_userinfo(&without_command(&self.output?));
        Some(LogLine { output, is_of_program, timestamp: self.timestamp })
    }
}

/// Returns whether a command only checks a repository out.
fn is_checkout(command: &str) -> bool {
    command.contains(CHECKOUT) && !command.contains("base64 -d")
}

/// Returns a failure's message without the command that failed or took too long.
fn without_command(output: &str) -> String {
    without_failed_command(&without_endless_command(output))
}

/// Returns a message without the command of a process that did not end in time: the text between
/// the quotation marks, or up to the second one where the log was cut within it.
fn without_endless_command(output: &str) -> String {
    const END: &str = "\" exceeded the timeout of ";
    let Some((before, after)) = output.rsplit_once(END) else { return output.to_owned() };
    let said = before.split_once("The process \"").map_or("", |(said, _)| said);
    format!("{said}The process exceeded the timeout of {after}")
}

/// Returns a message without the command that failed.
fn without_failed_command(output: &str) -> String {
    let parts = output.split_once(" failed (exit code ").and_then(|(before, rest)| {
        let (code, rest) = rest.split_once("): ")?;
        let (_, error) = rest.split_once(ERROR)?;
        Some(format!("{before} failed (exit code {code}).{ERROR}{error}"))
    });
    parts.unwrap_or_else(|| output.to_owned())
}

/// Reads the part of a log that may be shown; `None` if it is not a text.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Log>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => parse(&text),
        _ => None,
    })
}

fn parse(text: &str) -> Option<Log> {
    let (entries, is_cut) = match serde_json::from_str::<Vec<Entry>>(text) {
        Ok(entries) => (entries, false),
        Err(_) => (read_tail(text)?, true),
    };
    Some(Log { lines: entries.into_iter().filter_map(Entry::into_line).collect(), is_cut })
}

/// Reads the end of a log that begins anywhere: in an entry's output, or before a whole entry.
fn read_tail(text: &str) -> Option<Vec<Entry>> {
    let entries = |text: &str| serde_json::from_str::<Vec<Entry>>(text).ok();
    let within_output = || {
        // The text up to the next line may be a command or a part of a line.
        let rest = text.split_once(r"\n").map_or(text, |(_, rest)| rest);
        let entries = entries(&format!(r#"[{{"output":"{rest}"#))?;
        entries.first().is_some_and(|first| first.kind.is_some()).then_some(entries)
    };
    let whole = || {
        let first = text.starts_with(r#"{""#).then_some(0);
        let others = text.match_indices(r#",{""#).map(|(at, _)| at + 1);
        first.into_iter().chain(others).find_map(|at| entries(&format!("[{}", &text[at..])))
    };
    within_output().or_else(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outputs(log: &Log) -> Vec<&str> {
        log.lines.iter().map(|line| line.output.as_str()).collect()
    }

    #[test]
    fn a_deployment_log_shows_build_output_without_commands_or_tokens() {
        let hidden = |command: &str, output: &str| json!({ "command": command, "output": output, "type": "stderr", "hidden": true, "order": 2 });
        let log = json!([
            { "command": null, "output": "Starting", "type": "info", "hidden": false },
            hidden("docker exec x bash -c 'git clone https://bot:<REDACTED>@git.test/o/r'", "Cloning https://bot:0123@git.test/o/r"),
            hidden("docker exec x bash -c 'cat /artifacts/build.sh'", "docker build --add-host other"),
            hidden("docker exec x bash -c 'bash /artifacts/build.sh'", "#1 [1/2]\nnpm error"),
            hidden("docker network ls", "somebody-elses"),
            { "output": "Deployment failed: Command execution failed (exit code 1): docker exec x\nError: npm error", "hidden": false },
        ]);
        let log = parse(&log.to_string()).unwrap();
        let expected = [
            "Starting",
            "Cloning https://…@git.test/o/r",
            "#1 [1/2]\nnpm error",
            "Deployment failed: Command execution failed (exit code 1).\nError: npm error",
        ];
        assert_eq!((outputs(&log).as_slice(), log.is_cut), (expected.as_slice(), false));
        assert!(log.lines[2].is_of_program && !log.lines[0].is_of_program);
    }

    #[test]
    fn a_log_cut_at_its_start_is_read_to_its_end_without_hidden_entries() {
        let entry = |command: &str, output: &str, hidden: bool| {
            format!(
                r#"{{"command":{},"output":{},"type":"stdout","timestamp":"2026-11-20T08:00:00.000000Z","hidden":{hidden},"batch":1,"order":2}}"#,
                json!(command),
                json!(output)
            )
        };
        let entries = [
            entry("docker secret \"a\"", "line one\nline, \"two\" },{\"x\nline three", false),
            entry("docker secret", "hidden one\nhidden two", true),
            entry("x", "last", false),
        ];
        let text = format!("[{}]", entries.join(","));
        for at in 1..text.len() - entries[2].len() {
            // The reader begins after one of these.
            if !text[at - 1..at].contains([' ', ',', ':', '{', '}', '.', '=']) {
                continue;
            }
            let log = parse(&text[at..]).unwrap_or_else(|| panic!("{}", &text[at..]));
            assert_eq!(outputs(&log).last(), Some(&"last"), "{}", &text[at..]);
            let shown = outputs(&log).join("\n");
            assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
        }
    }

    #[test]
    fn the_message_of_a_timeout_is_shown_without_its_command() {
        let command =
            "timeout 3600 ssh -i /k -p 2222 root@10.0.0.4 'bash -se' << \\x\ndocker exec …\nx";
        let after = "\" exceeded the timeout of 3600 seconds.";
        for (before, shown) in
            [("Deployment failed: The process \"", "Deployment failed: "), ("", "")]
        {
            let output = format!("{before}{command}{after}");
            let expected = format!("{shown}The process exceeded the timeout of 3600 seconds.");
            assert_eq!(without_command(&output), expected);
        }
    }

    #[test]
    fn a_malformed_deployment_log_is_read_as_none() {
        assert_eq!(parse("[broken"), None);
        assert_eq!(parse(""), None);
    }
}
