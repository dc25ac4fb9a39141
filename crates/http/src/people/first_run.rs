//! `/auth/first-run/{token}`: the first person of an installation signs up.

use covibe_console::pages::first_run::{FirstRun, first_run};
use covibe_console::{Form, Problem, paths};
use covibe_domain::{Email, Kind};

use super::browser_request::{PageResult, Visit};
use super::invitation::checked_name;
use super::new_passwords::new_password;
use super::one_time_links::not_found;
use super::page_response::{secret_page, see_other};

/// Shows the form.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let token = visit.part("token");
    if !visit.identity().offers_ownership(token).await? {
        return Ok(super::page_response::page(
            404,
            covibe_console::pages::one_time_links::invalid(),
        ));
    }
    Ok(secret_page(200, first_run(&view(token, Form::default()))))
}

/// Creates the account, and signs in.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let mut fields = visit.form().await?;
    let token = visit.part("token").to_owned();
    let (name, typed) = (fields.text("name").to_owned(), fields.text("email").to_owned());
    let mut form = Form::default().with("name", &name).with("email", &typed);
    let email = typed.parse::<Email>();
    if email.is_err() {
        form = form.with_error("email", "Enter an email address, such as ada@example.com.");
    }
    if let Err(failure) = checked_name(&name) {
        form = form.with_error("name", failure.message);
    }
    let refused = |form| Ok(secret_page(422, first_run(&view(&token, form))));
    let (password, form) = match new_password(&mut fields, form) {
        Ok(entered) => entered,
        Err(form) => return refused(form),
    };
    let Ok(email) = email else { return refused(form) };
    let (identity, from) = (visit.identity(), visit.from());
    match identity.sign_owner_up(&token, &email, &name, password, from).await {
        Ok(session) => {
            visit.sign_in(&session);
            Ok(see_other(paths::ONBOARDING))
        }
        Err(failure) if failure.kind == Kind::Conflict => {
            let form = Form { problem: Some(Problem::from(&failure)), ..form };
            Ok(secret_page(409, first_run(&view(&token, form))))
        }
        Err(failure) => not_found(failure),
    }
}

fn view(token: &str, form: Form) -> FirstRun {
    FirstRun { action: format!("/auth/first-run/{token}"), form }
}
