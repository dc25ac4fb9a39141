//! Words, states, times, people and code within a page's text.

use covibe_domain::Timestamp;
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

/// Returns a state by its word; the colour only repeats it.
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

/// Returns a time, accurate to the minute: in UTC, which the script replaces with the reader's zone.
pub(crate) fn time(at: Timestamp) -> Markup {
    let written = at.to_string();
    let shown = written
        .get(..16)
        .map_or(written.clone(), |start| format!("{} UTC", start.replace('T', " ")));
    html! { time datetime=(written) { (shown) } }
}

/// Returns a time, or what stands for none.
pub(crate) fn time_or(at: Option<Timestamp>, none: &str) -> Markup {
    html! { @if let Some(at) = at { (time(at)) } @else { span.muted { (none) } } }
}

/// Returns a length of time in words, such as `3 minutes`.
pub(crate) fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "less than a minute".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86400 => (seconds / 3600, "hour"),
        _ => (seconds / 86400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Returns a sentence, with the parts between backticks as code.
pub(crate) fn sentence(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Returns a block with a title and a button that copies it. `id` is unique on the page.
pub(crate) fn block(id: &str, title: &str, text: &str) -> Markup {
    html! {
        div.code {
            div.code-head {
                span { (title) }
                // The script shows it where the browser can copy.
                button.button.small type="button" data-copy=(id) hidden aria-label={ "Copy: " (title) } { "Copy" }
            }
            pre id=(id) tabindex="0" role="region" aria-label=(title) { (text) }
        }
    }
}

/// Returns a person's photo, or the first letter of their name. The text beside it says whose it is.
pub(crate) fn avatar(called: &str, photo: Option<&str>, is_large: bool) -> Markup {
    let class = if is_large { "avatar large" } else { "avatar" };
    let size = if is_large { 64 } else { 26 };
    let initial: String = called
        .chars()
        .find(|c| c.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    html! {
        @if let Some(path) = photo {
            img class=(class) src=(path) alt="" width=(size) height=(size);
        } @else {
            span class=(class) aria-hidden="true" { (initial) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_shows_the_state_as_text_with_its_tone() {
        let shown = badge("in_progress").into_string();
        assert_eq!(shown, "<span class=\"badge busy\">in progress</span>");
    }

    #[test]
    fn an_unknown_state_has_the_idle_tone() {
        assert_eq!(tone("hibernating"), Tone::Idle);
        assert_eq!(tone("running:unhealthy"), Tone::Good);
    }

    #[test]
    fn a_time_is_shown_in_utc_with_the_exact_time_as_attribute() {
        let at = Timestamp::parse("2026-11-20T08:00:31.250Z").unwrap();
        let shown = time(at).into_string();
        assert_eq!(shown, "<time datetime=\"2026-11-20T08:00:31.25Z\">2026-11-20 08:00 UTC</time>");
    }

    #[test]
    fn spans_are_written_in_the_largest_unit() {
        let shown = [59, 60, 119, 7200, 200_000].map(span);
        assert_eq!(shown, ["less than a minute", "1 minute", "1 minute", "2 hours", "2 days"]);
    }
}
