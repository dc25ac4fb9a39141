//! Lists: tables, which become cards where the page is narrow, the links to the other pages, and the placeholder of
//! an empty list.

use maud::{Markup, html};

/// Returns a table. The first cell of a row is its head; a column without a title has what can be done.
///
/// The roles are written out because browsers forget them where the style sheet makes cards of rows.
pub(crate) fn table(
    caption: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = Vec<Markup>>,
) -> Markup {
    html! {
        table role="table" {
            caption.visually-hidden { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns {
                        @if column.is_empty() {
                            th.end scope="col" role="columnheader" { span.visually-hidden { "Actions" } }
                        } @else {
                            th scope="col" role="columnheader" { (column) }
                        }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows { tr role="row" { @for (column, cell) in columns.iter().zip(row).enumerate().map(numbered) { (td(column, &cell)) } } }
            }
        }
    }
}

fn numbered<'a>((index, (title, cell)): (usize, (&&'a str, Markup))) -> ((usize, &'a str), Markup) {
    ((index, *title), cell)
}

fn td((index, title): (usize, &str), cell: &Markup) -> Markup {
    // One child, beside which the style sheet sets the column's title where rows are cards.
    let content = html! { @if !cell.0.is_empty() { div { (cell) } } };
    html! {
        @if index == 0 { th scope="row" role="rowheader" { (content) } }
        @else if title.is_empty() { td.end.bare-cell role="cell" { (content) } }
        @else { td role="cell" data-label=(title) { (content) } }
    }
}

/// Returns a title, a text that says how entries come about, and a link that leads there.
pub(crate) fn empty(title: &str, text: &str, action: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            p.title { (title) }
            p { (text) }
            @if let Some((label, path)) = action { a.button href=(path) { (label) } }
        }
    }
}

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
