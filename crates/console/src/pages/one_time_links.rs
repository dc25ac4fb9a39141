//! One-time links: for a person's first sign-in, for a forgotten password, and for invitations.

use maud::{Markup, html};

use crate::frame::bare;
use crate::parts::form::{Field, Form, csrf};
use crate::{Problem, paths};

/// The content of the page of a one-time link.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// The address to which the form is sent: the path of the link itself.
    pub action: String,
    /// The address of the person whom the link is for.
    pub email: String,
    /// The company that the person joins, if the link is an invitation.
    pub company: Option<String>,
    /// True if the person has no account yet.
    pub is_new: bool,
    /// True if the person takes over an existing account by using the link.
    pub takes_over: bool,
    /// The other companies of this account.
    pub elsewhere: Vec<String>,
    /// The address at which somebody who has an account signs in before they use the link, if they may.
    pub sign_in: Option<String>,
    /// The value of the hidden field `csrf`; left out if empty.
    pub csrf: String,
    /// The entered values, and their errors. The fields are `name`, `password` and `again`.
    pub form: Form,
}

/// Returns the page on which a person sets a password. The form has `name` (if the person is new), `password` and
/// `again`.
pub fn set_password(view: &Link) -> Markup {
    let title = match &view.company {
        Some(company) => format!("Join {company}"),
        None if view.takes_over => "Prove your address".to_owned(),
        None if view.is_new => "Set up your account".to_owned(),
        None => "Set a new password".to_owned(),
    };
    let name = Field::text("name", "name", "Your name").autocomplete("name").optional();
    let password = Field::password("password", "password", "New password", true)
        .hint("At least 8 characters. A few words that nobody would guess are fine.");
    let again = Field::password("again", "again", "New password again", true);
    let content = html! {
        div.panel.stack {
            div { h1 { (title) } p.muted { "For " strong { (view.email) } "." } }
            @if view.takes_over { (takes_over(view)) }
            (view.form.summary())
            form.stack method="post" action=(view.action) {
                @if !view.csrf.is_empty() { (csrf(&view.csrf)) }
                // Password managers store the password under it.
                input type="hidden" name="username" value=(view.email) autocomplete="username";
                @if view.is_new { (name.show(&view.form)) }
                (password.show(&view.form))
                (again.show(&view.form))
                button.button.primary.full type="submit" { @if view.is_new { "Create account" } @else { "Set password" } }
            }
            @if let Some(sign_in) = &view.sign_in {
                p { "Do you have an account with this email address? " a href=(sign_in) { "Sign in first" } "." }
            }
        }
    };
    bare(&title, &content)
}

/// Returns the consequences for the existing account with this address.
fn takes_over(view: &Link) -> Markup {
    html! {
        p {
            "Somebody created an account with this address before. With your new password it is yours alone: its "
            "sessions end, and its links and API keys stop working."
        }
        @if !view.elsewhere.is_empty() {
            p { "The account stays a member of " strong { (view.elsewhere.join(", ")) } ". You can leave any of them." }
        }
    }
}

/// Returns the page that asks before a link is used that signs in without a password, so that a program which
/// looks at links in messages does not use it up. The form has only `csrf`.
pub fn confirm(view: &Link) -> Markup {
    let content = html! {
        div.panel.stack {
            div { h1 { "Continue to Co-Vibe" } p.muted { "You sign in as " strong { (view.email) } "." } }
            form method="post" action=(view.action) {
                @if !view.csrf.is_empty() { (csrf(&view.csrf)) }
                button.button.primary.full type="submit" { "Continue" }
            }
        }
    };
    bare("Continue", &content)
}

/// Returns the page of a link that was used, has expired or never existed; it does not say which.
pub fn invalid() -> Markup {
    let problem = Problem::new("This link no longer works.")
        .hint("A link works once, and for a limited time. Ask whoever sent it for a new one.");
    super::error_pages::bare_failure(
        "Link not valid",
        &problem,
        Some(("Go to sign-in", paths::SIGN_IN)),
    )
}
