//! Links to the other pages of a list.

use maud::{Markup, html};

/// Returns the links, if there are other pages: to the first one, and to the next one.
pub(crate) fn paging(first: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pages aria-label="Pages" {
                span { @if let Some(path) = first { a href=(path) { "Back to the newest" } } }
                span { @if let Some(path) = next { a href=(path) rel="next" { "Older" } } }
            }
        }
    }
}

/// Returns a path with a query of these pairs, without those that are empty.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let kept = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<_> = kept.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_leaves_empty_values_out() {
        assert_eq!(with_query("/a", &[("x", ""), ("y", "")]), "/a");
        assert_eq!(
            with_query("/a", &[("x", "é &"), ("y", "apps.list")]),
            "/a?x=%C3%A9%20%26&y=apps.list"
        );
    }
}
