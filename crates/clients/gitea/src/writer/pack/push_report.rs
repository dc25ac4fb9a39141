//! The report of git on a push (gitprotocol-pack, `report-status`).

use crate::{Cause, Conflict};

/// The reason that git reports for a command that a hook refused: Gitea protects branches by one.
const HOOK: &str = "hook declined";

/// Reads a report: `unpack ok`, and `ok` or `ng` with the reference. Returns whether the push was
/// taken, or the cause of its refusal; `None` if the report can't be read.
pub(super) fn outcome(report: &str) -> Option<Result<(), Cause>> {
    let lines = lines(report)?;
    let (unpacked, commands) = lines.split_first()?;
    if *unpacked != "unpack ok" {
        return unpacked.starts_with("unpack ").then_some(Err(Cause::Failed { status: 500 }));
    }
    let [command] = commands else { return None };
    if command.starts_with("ok ") {
        return Some(Ok(()));
    }
    let refused = command.strip_prefix("ng ")?;
    Some(Err(if refused.ends_with(HOOK) {
        Cause::Unauthorized
    } else {
        Cause::Conflict(Conflict::Changed)
    }))
}

/// Returns the lines of a report, each of which has its length before it, up to the empty one.
fn lines(report: &str) -> Option<Vec<&str>> {
    let (mut rest, mut lines) = (report, Vec::new());
    loop {
        let (length, after) = rest.split_at_checked(4)?;
        let length = usize::from_str_radix(length, 16).ok()?;
        let Some(length) = length.checked_sub(4) else { return Some(lines) };
        let (line, next) = after.split_at_checked(length)?;
        lines.push(line.trim_end());
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<Result<(), Cause>> {
        let lines = lines.iter().map(|line| format!("{:04x}{line}\n", line.len() + 5));
        outcome(&(lines.collect::<String>() + "0000"))
    }

    #[test]
    fn the_outcome_of_a_push_is_read_from_its_report() {
        assert_eq!(read(&["unpack ok", "ok refs/heads/main"]), Some(Ok(())));
        let hook = read(&["unpack ok", "ng refs/heads/main pre-receive hook declined"]);
        assert_eq!(hook, Some(Err(Cause::Unauthorized)));
        for why in ["fetch first", "failed to update ref", "incorrect old value provided"] {
            let late = read(&["unpack ok", &format!("ng refs/heads/main {why}")]);
            assert_eq!(late, Some(Err(Cause::Conflict(Conflict::Changed))), "{why}");
        }
        let broken =
            read(&["unpack index-pack abnormal exit", "ng refs/heads/main unpacker error"]);
        assert_eq!(broken, Some(Err(Cause::Failed { status: 500 })));
    }

    #[test]
    fn malformed_push_reports_are_read_as_none() {
        for lines in [&["unpack ok"] as &[_], &[], &["hello"], &["unpack ok", "what"]] {
            assert_eq!(read(lines), None, "{lines:?}");
        }
        for text in ["", "<html>", "ffffx", "0009unpa", "000eunpack ok\n"] {
            assert_eq!(outcome(text), None, "{text}");
        }
    }
}
