//! Pages that report why the requested page cannot be shown.

use maud::{Markup, html};

use crate::frame::{Frame, Section, bare, framed};
use crate::parts::layout::{head, problem};
use crate::{Problem, paths};

/// Returns a page of the console that shows a failure.
pub fn failure(frame: &Frame, section: Section, title: &str, why: &Problem) -> Markup {
    let content = html! {
        (head(title, ""))
        div.stack {
            (problem(why))
            p { a.button href=(paths::OVERVIEW) { "Go to the overview" } }
        }
    };
    framed(frame, section, title, &content)
}

/// Returns a page without the console around it that shows a failure, and what leads on.
pub fn bare_failure(title: &str, why: &Problem, action: Option<(&str, &str)>) -> Markup {
    let content = html! {
        div.panel.stack {
            h1 { (title) }
            (problem(why))
            @if let Some((label, path)) = action { p { a.button href=(path) { (label) } } }
        }
    };
    bare(title, &content)
}
