//! Signing out, where people sign in with an account elsewhere.

use maud::{Markup, html};

use crate::frame::bare;
use crate::paths;

/// Returns the page that leads to where the session elsewhere ends. `there` is that address.
pub fn signed_out(there: &str) -> Markup {
    let content = html! {
        div.panel.stack {
            h1 { "Signed out" }
            p { "You are signed out of Co-Vibe. Your company's account is signed out next." }
            p { a.button.primary href=(there) { "Continue" } }
            p { a href=(paths::SIGN_IN) { "Sign in again" } }
        }
    };
    bare("Signed out", &content)
}
