//! `/auth/link/{token}`: one-time links of people.

use covibe_console::pages::link::{Link, invalid, set_password};
use covibe_console::{Form, paths};
use covibe_domain::{Failure, Kind};
use covibe_identity::Opened;

use super::page::{page, secret_page, see_other};
use super::passwords::new_password;
use super::taken_over::enter;
use super::visit::{Answer, Visit};

/// Opens a link: it signs in, or shows the form for a password.
pub(super) async fn show(visit: &mut Visit) -> Answer {
    let token = visit.part("token").to_owned();
    match visit.identity().open_link(&token, visit.from()).await {
        Ok(Opened::Session(session)) => {
            visit.sign_in(&session);
            Ok(see_other(paths::OVERVIEW))
        }
        Ok(Opened::Password(user)) => {
            let view = view(&token, user.email.as_str(), Form::default());
            Ok(secret_page(200, set_password(&view)))
        }
        Ok(Opened::Proof { user, companies }) => {
            let view = view(&token, user.email.as_str(), Form::default());
            let view = Link { takes_over: true, elsewhere: companies, ..view };
            Ok(secret_page(200, set_password(&view)))
        }
        Err(failure) => not_found(failure),
    }
}

/// Sets the password, and signs in.
pub(super) async fn submit(visit: &mut Visit) -> Answer {
    let mut fields = visit.form().await?;
    let token = visit.part("token").to_owned();
    let (password, _) = match new_password(&mut fields, Form::default()) {
        Ok(password) => password,
        Err(form) => {
            let email = fields.text("username").to_owned();
            return Ok(secret_page(422, set_password(&view(&token, &email, form))));
        }
    };
    match visit.identity().set_password_by_link(&token, password, visit.from()).await {
        Ok(entered) => enter(visit, entered).await,
        Err(failure) => not_found(failure),
    }
}

/// Returns the page of a link that is not valid, for the failure that says so.
pub(super) fn not_found(failure: Failure) -> Answer {
    if failure.kind == Kind::NotFound { Ok(page(404, invalid())) } else { Err(failure) }
}

fn view(token: &str, email: &str, form: Form) -> Link {
    let action = format!("/auth/link/{token}");
    Link { action, email: email.to_owned(), form, ..Link::default() }
}
