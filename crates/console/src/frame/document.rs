//! The whole document.

use maud::{DOCTYPE, Markup, html};

use crate::assets::{ICON, SCRIPT, STYLE};

/// Returns a document with this title, class and body.
pub(super) fn document(title: &str, class: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="same-origin";
                title { (title) " · Co-Vibe" }
                link rel="icon" type=(ICON.media_type) href=(ICON.path());
                link rel="stylesheet" href=(STYLE.path());
                script src=(SCRIPT.path()) defer {}
            }
            body class=(class) {
                (body)
                div #announcer class="visually-hidden" role="status" {}
            }
        }
    }
}

/// Returns the mark and the name of the product.
pub(super) fn brand() -> Markup {
    html! {
        svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" {
            path fill="currentColor" d="M3 6.5 12 2l9 4.5v4L12 15 3 10.5zM3 13.5l9 4.5 9-4.5v4L12 22l-9-4.5z" {}
        }
        span { "Co-Vibe" }
    }
}
