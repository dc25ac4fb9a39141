//! The company and its first workspace.

use maud::{Markup, html};

use crate::frame::wide;
use crate::parts::form::{Field, Form, csrf};
use crate::parts::layout::remark;
use crate::{Tone, paths};

/// The content of the page for the first steps.
#[derive(Clone, Debug, Default)]
pub struct Onboarding {
    /// The address that the person signed in with.
    pub email: String,
    /// The name of the company, if it exists already and only the workspace is to be created.
    pub company: Option<String>,
    /// The value of the hidden field `csrf`.
    pub csrf: String,
    /// The entered values, and their errors. The fields are `company`, `workspace` and `slug`.
    pub form: Form,
}

/// Returns the page. The form is sent to [`paths::ONBOARDING`] with `company`, `workspace` and `slug`, which may be
/// empty.
pub fn onboarding(view: &Onboarding) -> Markup {
    let company = Field::text("company", "company", "Company").autocomplete("organization");
    let workspace = Field::text("workspace", "workspace", "First workspace").hint(
        "A workspace is an isolated place for apps, databases and code, such as for a product or \
         a team.",
    );
    let slug = Field::text("slug", "slug", "Short name").optional().max(32).hint(
        "It becomes part of host names: lower-case letters, digits and hyphens. It can't be \
         changed later.",
    );
    let content = html! {
        div.panel.stack {
            div {
                h1 { "Set up your company" }
                p.muted { "Signed in as " strong { (view.email) } ". You become its first admin." }
            }
            (view.form.summary())
            form.stack method="post" action=(paths::ONBOARDING) {
                (csrf(&view.csrf))
                @if let Some(name) = &view.company { p { "Company: " strong { (name) } } } @else { (company.show(&view.form)) }
                (workspace.show(&view.form))
                (slug.show(&view.form))
                button.button.primary.full type="submit" { "Create workspace" }
            }
        }
        (sign_out(&view.csrf))
    };
    wide("Set up your company", &html! { div.stack { (content) } })
}

/// Returns the page of a signed-in person who belongs to no company that they may enter.
pub fn no_company(email: &str, token: &str) -> Markup {
    let text = html! { p { "Ask an admin of your company to invite " strong { (email) } ", then reload this page." } };
    let content = html! {
        div.stack {
            div.panel.stack { h1 { "You are not a member yet" } (remark(Tone::Warn, &text)) }
            (sign_out(token))
        }
    };
    wide("Not a member yet", &content)
}

fn sign_out(token: &str) -> Markup {
    html! {
        form method="post" action=(paths::SIGN_OUT) {
            (csrf(token))
            button.button.small type="submit" { "Sign out" }
        }
    }
}
