//! `/auth/link/{token}`: one-time links of people.

use covibe_console::pages::one_time_links::{Link, invalid, set_password};
use covibe_console::{Form, paths};
use covibe_domain::{Failure, Kind};
use covibe_identity::{LinkPage, OpenedLink};

use super::account_takeover::enter;
use super::browser_request::{PageResult, Visit};
use super::new_passwords::new_password;
use super::page_response::{page, secret_page, see_other};

/// Opens a link: it signs in, or shows the form for a password.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let token = visit.part("token").to_owned();
    match visit.identity().open_link(&token, visit.from()).await {
        Ok(OpenedLink::Session(session)) => {
            visit.sign_in(&session);
            Ok(see_other(paths::OVERVIEW))
        }
        Ok(OpenedLink::Page(page)) => {
            Ok(secret_page(200, set_password(&view(&token, page, Form::default()))))
        }
        Err(failure) => not_found(failure),
    }
}

/// Sets the password, and signs in.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let mut fields = visit.form().await?;
    let token = visit.part("token").to_owned();
    let (password, _) = match new_password(&mut fields, Form::default()) {
        Ok(password) => password,
        Err(form) => return show_again(visit, &token, form).await,
    };
    let (dispatcher, request) = (&visit.app.dispatcher, &visit.identified);
    match dispatcher.set_password_by_link(&token, password, visit.from(), request).await {
        Ok(entered) => enter(visit, entered).await,
        Err(failure) => not_found(failure),
    }
}

/// Shows the form for a password again, with what was wrong with it.
async fn show_again(visit: &Visit, token: &str, form: Form) -> PageResult {
    match visit.identity().link_page(token).await {
        Ok(page) => Ok(secret_page(422, set_password(&view(token, page, form)))),
        Err(failure) => not_found(failure),
    }
}

/// Returns the page of a link that is not valid, for the failure that says so.
pub(super) fn not_found(failure: Failure) -> PageResult {
    if failure.kind == Kind::NotFound { Ok(page(404, invalid())) } else { Err(failure) }
}

fn view(token: &str, page: LinkPage, form: Form) -> Link {
    Link {
        action: format!("/auth/link/{token}"),
        email: page.user.email.to_string(),
        takes_over: page.proved.is_some(),
        elsewhere: page.proved.unwrap_or_default(),
        form,
        ..Link::default()
    }
}
