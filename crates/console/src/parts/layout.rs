//! The blocks of a page: its head, panels, messages and failures.

use maud::{Markup, html};

use crate::{Flash, Problem, Tone};

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
