//! Messages and failures.

use maud::{Markup, html};

use crate::{Flash, Problem, Tone};

/// Returns the message at the top of a page. A problem interrupts a screen reader, other messages wait.
pub(crate) fn flash(flash: &Flash) -> Markup {
    let role = if flash.tone == Tone::Bad { "alert" } else { "status" };
    html! { div class={ "notice flash " (flash.tone.class()) } role=(role) { p { (flash.text) } } }
}

/// Returns a remark that belongs to the page.
pub(crate) fn remark(tone: Tone, content: &Markup) -> Markup {
    html! { div class={ "notice " (tone.class()) } { (content) } }
}

/// Returns a failure: what happened, what to do next, and how to find it in the log.
pub(crate) fn problem(problem: &Problem) -> Markup {
    html! {
        div.notice.bad role="alert" {
            p { strong { (problem.message) } }
            @if let Some(hint) = &problem.hint { p { (hint) } }
            @if let Some(id) = &problem.request_id { p.small { "Request " code { (id) } } }
        }
    }
}
