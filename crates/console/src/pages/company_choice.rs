//! The choice among the companies of a person who is a member of several.

use maud::{Markup, html};

use crate::frame::wide;
use crate::parts::form::csrf;
use crate::paths;

/// A company that a person may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The contents of the page for the choice.
#[derive(Clone, Debug, Default)]
pub struct Choose {
    /// The address that the person signed in with.
    pub email: String,
    /// Their companies, in the order in which they are shown.
    pub companies: Vec<Company>,
    /// The id of the company where they worked last.
    pub last: Option<String>,
    /// The path to go to afterwards; the overview if empty.
    pub return_to: String,
    /// The value of the hidden field `csrf`.
    pub csrf: String,
}

/// Returns the page. The form is sent to [`paths::COMPANY`] with `company` and `returnTo`.
pub fn choose_company(view: &Choose) -> Markup {
    let content = html! {
        div.panel.stack {
            div {
                h1 { "Choose a company" }
                p.muted { "Signed in as " strong { (view.email) } ". You can switch later, in the menu of workspaces." }
            }
            form.stack method="post" action=(paths::COMPANY) {
                (csrf(&view.csrf))
                @if !view.return_to.is_empty() { input type="hidden" name="returnTo" value=(view.return_to); }
                @for company in &view.companies {
                    button.button.full type="submit" name="company" value=(company.id) {
                        (company.name)
                        @if view.last.as_ref() == Some(&company.id) { " " span.small { "(last used)" } }
                    }
                }
            }
        }
        form method="post" action=(paths::SIGN_OUT) {
            (csrf(&view.csrf))
            button.button.small type="submit" { "Sign out" }
        }
    };
    wide("Choose a company", &html! { div.stack { (content) } })
}
