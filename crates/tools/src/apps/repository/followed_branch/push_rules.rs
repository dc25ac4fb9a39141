//! The rules for what is kept of a push, and which commits deploy nothing.

use covibe_domain::Timestamp;
use covibe_workspace::SeenPush;

/// The words in a commit's message that keep it from being deployed: our own one, and those by which Gitea skips its
/// workflows (`actions.SKIP_WORKFLOW_STRINGS`, Gitea 1.25).
const SKIPS: [&str; 6] =
    ["[skip deploy]", "[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

/// The maximum number of characters of a message that are kept.
const MESSAGE: usize = 200;

/// The maximum number of characters of a reason that are kept.
const REASON: usize = 1_000;

/// Returns what in the message of a commit says that it is not to be deployed.
pub(in crate::apps) fn skip_in(message: &str) -> Option<&'static str> {
    let message = message.to_lowercase();
    SKIPS.into_iter().find(|skip| message.contains(skip))
}

/// Returns the first line of a message, cut.
pub(in crate::apps) fn first_line(message: &str) -> String {
    cut_to_limit(message.lines().next().unwrap_or_default().trim(), MESSAGE)
}

/// Creates the record of a push that was seen now and was not acted on yet.
pub(in crate::apps) fn seen_push(commit: &str, message: &str) -> SeenPush {
    let message = Some(first_line(message)).filter(|line| !line.is_empty());
    let (commit, at) = (commit.to_owned(), Timestamp::now());
    SeenPush { commit, message, at, deployment: None, skipped: None }
}

/// Returns a reason, cut.
pub(in crate::apps) fn reason(text: &str) -> String {
    cut_to_limit(text, REASON)
}

fn cut_to_limit(text: &str, most: usize) -> String {
    // What a terminal or a page would interpret is not shown.
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_markers_in_a_commit_message_are_recognized() {
        assert_eq!(skip_in("Fix a typo\n\n[Skip CI]"), Some("[skip ci]"));
        assert_eq!(skip_in("[skip deploy] Notes"), Some("[skip deploy]"));
        assert_eq!(skip_in("Notes [ci skip]"), Some("[ci skip]"));
        assert_eq!(skip_in("Explain how to skip ci"), None);
    }

    #[test]
    fn the_first_line_is_truncated_and_stripped_of_control_characters() {
        assert_eq!(first_line("Greet\u{1b}[31m in colour\r\n\nMore"), "Greet[31m in colour");
        assert_eq!(first_line(&"ä".repeat(300)).chars().count(), MESSAGE);
        assert_eq!(first_line(""), "");
    }
}
