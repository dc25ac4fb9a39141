//! The placeholder of an empty list.

use maud::{Markup, html};

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
