//! Times. The server writes them in UTC, and the script in the reader's zone.

use covibe_domain::Timestamp;
use maud::{Markup, html};

/// Returns a time, accurate to the minute.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_utc_and_kept_exactly() {
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
