//! Tables, which become cards where the page is narrow.

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
