//! The page of a person who took an account over: what ended with that, and whom the account had made a member before.

use maud::{Markup, html};

use crate::frame::bare;
use crate::parts::form::csrf;
use crate::parts::layout::remark;
use crate::{Tone, paths};

/// The contents of the page.
#[derive(Clone, Debug, Default)]
pub struct TakenOver {
    /// The address of the person.
    pub email: String,
    /// The numbers of what ended; none when the page is opened again.
    pub ended: Option<Ended>,
    /// The companies in which the account had made members before.
    pub companies: Vec<Company>,
    /// The value of the hidden field `csrf`.
    pub csrf: String,
}

/// The numbers of what ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ended {
    /// The API keys that the account had minted.
    pub keys: usize,
    /// Its sessions.
    pub sessions: usize,
    /// The links for it, and those that it had made.
    pub links: usize,
    /// The open invitations that it had made.
    pub invitations: usize,
}

/// A company in which the account had made members.
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// Its name.
    pub name: String,
    /// True if the person is an admin there.
    pub can_remove: bool,
    /// Those members.
    pub members: Vec<Member>,
}

/// A member whom the account had made.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Their address.
    pub email: String,
    /// Their role.
    pub role: &'static str,
}

/// Returns the page. Its form is sent to [`paths::TAKEN_OVER`], and has only `csrf`.
pub fn taken_over(view: &TakenOver) -> Markup {
    let content = html! {
        div.panel.stack {
            div { h1 { "This account is yours" } p.muted { "For " strong { (view.email) } "." } }
            @if let Some(ended) = &view.ended { (list_ended(*ended)) }
            @if view.companies.is_empty() { p { "No members remain whom this account added before it was yours." } }
            @else { (members(view)) }
            p { a.button href=(paths::OVERVIEW) { "Go to the console" } }
        }
    };
    bare("This account is yours", &content)
}

fn list_ended(ended: Ended) -> Markup {
    html! {
        p { "Anybody who knew its former password no longer has access. When you set your new password, these ended:" }
        ul {
            li { "API keys: " (ended.keys) }
            li { "Sessions: " (ended.sessions) }
            li { "One-time links: " (ended.links) }
            li { "Open invitations: " (ended.invitations) }
        }
    }
}

fn members(view: &TakenOver) -> Markup {
    html! {
        (remark(Tone::Warn, &html! { p { "Before it was yours, this account, or members whom it had added, made these people members. If that was you, leave them as they are." } }))
        @for company in &view.companies {
            div {
                h2 { (company.name) }
                ul { @for member in &company.members { li { (member.email) " (" (member.role) ")" } } }
                @if !company.can_remove { p.muted.small { "You are not an admin of this company: ask one of its admins to remove them." } }
            }
        }
        @if view.companies.iter().any(|company| company.can_remove) {
            form method="post" action=(paths::TAKEN_OVER) {
                (csrf(&view.csrf))
                button.button.danger type="submit" { "Remove these people from the companies where you are an admin" }
            }
        }
    }
}
