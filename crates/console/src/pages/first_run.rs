//! The first person of an installation.

use maud::{Markup, html};

use crate::frame::bare;
use crate::parts::form::{Field, Form};

/// The content of the page for the first person.
#[derive(Clone, Debug, Default)]
pub struct FirstRun {
    /// The address to which the form is sent: the path of the link itself.
    pub action: String,
    /// The entered values, and their errors. The fields are `email`, `name`, `password` and `again`.
    pub form: Form,
}

/// Returns the page. The form has `email`, `name`, `password` and `again`.
pub fn first_run(view: &FirstRun) -> Markup {
    let email = Field::email("email", "Email address").autocomplete("username");
    let name = Field::text("name", "name", "Your name").autocomplete("name");
    let password = Field::password("password", "password", "Password", true)
        .hint("At least 8 characters. A few words that nobody would guess are fine.");
    let again = Field::password("again", "again", "Password again", true);
    let content = html! {
        div.panel.stack {
            div {
                h1 { "Welcome to Co-Vibe" }
                p.muted { "You are the first person here. Create your account, then your company." }
            }
            (view.form.summary())
            form.stack method="post" action=(view.action) {
                (email.show(&view.form))
                (name.show(&view.form))
                (password.show(&view.form))
                (again.show(&view.form))
                button.button.primary.full type="submit" { "Create account" }
            }
        }
    };
    bare("Welcome", &content)
}
