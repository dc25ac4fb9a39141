//! Pages without navigation: before a person is signed in or has a workspace, and to decide one thing.

use maud::{Markup, html};

use super::document::{brand, document};

/// Returns a narrow page with this title and content.
pub(crate) fn bare(title: &str, content: &Markup) -> Markup {
    page(title, "bare", content)
}

/// Returns a page of medium width with this title and content.
pub(crate) fn wide(title: &str, content: &Markup) -> Markup {
    page(title, "bare wide", content)
}

fn page(title: &str, class: &str, content: &Markup) -> Markup {
    let body = html! {
        header { a.brand href="/" aria-label="Co-Vibe: about this server" { (brand()) } }
        main #main tabindex="-1" { (content) }
    };
    document(title, class, &body)
}
