//! The heads of pages and panels.

use maud::{Markup, html};

/// Returns the head of a page: its title, and what else belongs there.
pub(crate) fn head(title: &str, about: &str) -> Markup {
    html! {
        div.head { div { h1 { (title) } @if !about.is_empty() { p.muted.prose { (about) } } } }
    }
}

/// Returns a panel with a title around its content. `is_flush` is for tables, which reach the edges.
pub(crate) fn panel(title: &str, is_flush: bool, content: &Markup) -> Markup {
    html! {
        section class={ "panel" @if is_flush { " flush" } @else { " stack" } } {
            div.panel-head { h2 { (title) } }
            (content)
        }
    }
}
