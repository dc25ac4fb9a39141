//! Text to copy: commands, configuration, keys.

use maud::{Markup, html};

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
