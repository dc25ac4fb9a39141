//! States, in words; the colour only repeats them.

use maud::{Markup, html};

use crate::Tone;

const GOOD: [&str; 12] = [
    "running",
    "healthy",
    "ready",
    "finished",
    "registered",
    "active",
    "intact",
    "ok",
    "done",
    "success",
    "accepted",
    "approved",
];
const BUSY: [&str; 9] = [
    "starting",
    "restarting",
    "queued",
    "in_progress",
    "registering",
    "provisioning",
    "started",
    "removing",
    "pending",
];
const WARN: [&str; 7] = ["degraded", "paused", "partial", "held", "limited", "expired", "unknown"];
const BAD: [&str; 13] = [
    "exited",
    "failed",
    "unhealthy",
    "broken",
    "forbidden",
    "invalid",
    "rejected",
    "upstream",
    "timeout",
    "conflict",
    "not_found",
    "unready",
    "unauthenticated",
];

/// Returns how good a state is.
pub(crate) fn tone(word: &str) -> Tone {
    let word = word.split(':').next().unwrap_or(word);
    match word {
        word if GOOD.contains(&word) => Tone::Good,
        word if BUSY.contains(&word) => Tone::Busy,
        word if WARN.contains(&word) => Tone::Warn,
        word if BAD.contains(&word) => Tone::Bad,
        _ => Tone::Idle,
    }
}

/// Returns a state by its word.
pub(crate) fn badge(word: &str) -> Markup {
    toned_badge(tone(word), &words(word))
}

/// Returns a state with a tone of its own.
pub(crate) fn toned_badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge " (tone.class()) } { (text) } }
}

/// Returns a word that is not a state, such as a kind.
pub(crate) fn tag(text: &str) -> Markup {
    html! { span.badge.plain { (text) } }
}

/// Returns a word of ours as people write it.
pub(crate) fn words(word: &str) -> String {
    word.replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_text_and_not_colour_alone() {
        let shown = badge("in_progress").into_string();
        assert_eq!(shown, "<span class=\"badge busy\">in progress</span>");
    }

    #[test]
    fn a_state_of_a_later_release_is_shown_without_a_tone() {
        assert_eq!(tone("hibernating"), Tone::Idle);
        assert_eq!(tone("running:unhealthy"), Tone::Good);
    }
}
