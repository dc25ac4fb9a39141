//! Signing in.

use maud::{Markup, html};

use crate::frame::bare;
use crate::parts::form::{Field, Form, csrf};
use crate::paths;

/// The way in which people sign in to this installation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// With an email address and a password.
    #[default]
    Password,
    /// With the account of their company, elsewhere.
    Company,
}

/// The content of the page for signing in.
#[derive(Clone, Debug, Default)]
pub struct SignIn {
    /// The way in which people sign in.
    pub method: Method,
    /// The path to go to afterwards; the overview if empty.
    pub return_to: String,
    /// The value of the hidden field `csrf`; left out if empty.
    pub csrf: String,
    /// The address to which people go who sign in with their company's account.
    pub company_url: String,
    /// The entered values, and their errors. The fields are `email` and `password`.
    pub form: Form,
}

/// Returns the page. The form is sent to [`paths::SIGN_IN`] with `email`, `password` and `returnTo`.
pub fn sign_in(view: &SignIn) -> Markup {
    let content = html! {
        div.panel.stack {
            h1 { "Sign in" }
            @if view.return_to.starts_with(paths::DEVICE) {
                p.muted { "Sign in to approve the device. Its code is kept." }
            }
            (view.form.summary())
            @match view.method {
                Method::Password => { (by_password(view)) }
                Method::Company => {
                    p.muted { "Your company decides who may sign in, and how." }
                    a.button.primary.full href=(view.company_url) { "Sign in with your company's account" }
                }
            }
        }
        @if view.method == Method::Password {
            p.muted.small { "No account, or a forgotten password? Ask an admin of your company for a one-time link." }
        }
    };
    bare("Sign in", &html! { div.stack { (content) } })
}

fn by_password(view: &SignIn) -> Markup {
    let email = Field::email("email", "Email address").autocomplete("username");
    let password = Field::password("password", "password", "Password", false);
    html! {
        form.stack method="post" action=(paths::SIGN_IN) {
            @if !view.csrf.is_empty() { (csrf(&view.csrf)) }
            @if !view.return_to.is_empty() { input type="hidden" name="returnTo" value=(view.return_to); }
            (email.show(&view.form))
            (password.show(&view.form))
            button.button.primary.full type="submit" { "Sign in" }
        }
    }
}
