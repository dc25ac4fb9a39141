//! What stands where there is nothing yet.

use maud::{Markup, html};

/// Returns a title, what would be here, and what leads there.
pub(crate) fn empty(title: &str, text: &str, action: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            p.title { (title) }
            p { (text) }
            @if let Some((label, path)) = action { a.button href=(path) { (label) } }
        }
    }
}
