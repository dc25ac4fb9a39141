//! `/auth/sign-in` and `/auth/sign-out`.

use covibe_console::pages::sign_in::{SignIn, sign_in};
use covibe_console::{Form, Problem};
use covibe_domain::Kind;

use super::browser_request::{PageResult, Visit};
use super::page_response::{page, refused_form, see_other};
use super::return_to::return_to;
use super::workos_sign_in;

/// Shows the form. Who is signed in goes on.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let wanted = visit.query("returnTo");
    if visit.signed_in().is_some() {
        return Ok(see_other(return_to(&wanted)));
    }
    if visit.identity().signs_in_by_workos() {
        return workos_sign_in::begin(visit, &wanted);
    }
    Ok(page(200, sign_in(&view(&wanted, Form::default()))))
}

/// Signs in.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let mut fields = visit.form().await?;
    let wanted = fields.text("returnTo").to_owned();
    let email = fields.text("email").to_owned();
    let password = fields.secret("password");
    match visit.app.dispatcher.sign_in(&email, password, visit.from(), &visit.identified).await {
        Ok(signed_in) => {
            visit.sign_in(&signed_in.session);
            visit.remember_browser(signed_in.browser.as_ref());
            Ok(see_other(return_to(&wanted)))
        }
        Err(failure) if matches!(failure.kind, Kind::Unauthenticated | Kind::Limited) => {
            visit.app.dispatcher.count_refusal(&failure);
            let form = Form::from_problem(Problem::from(&failure)).with("email", email);
            Ok(refused_form(&failure, sign_in(&view(&wanted, form))))
        }
        Err(failure) => Err(failure),
    }
}

/// Signs out.
pub(super) async fn sign_out(visit: &mut Visit) -> PageResult {
    let mut there = None;
    if visit.signed_in().is_some() {
        visit.own_form().await?;
        let of = visit.person()?;
        there = visit.identity().logout_address(of).await?;
        visit.identity().end_session(&of.user.id, &of.session).await?;
        visit.app.dispatcher.note_signed_out(of, &visit.identified).await;
    }
    visit.sign_out();
    Ok(workos_sign_in::leave(there.as_ref().map(url::Url::as_str)))
}

fn view(wanted: &str, form: Form) -> SignIn {
    let wanted = return_to(wanted);
    let return_to = if wanted == covibe_console::paths::OVERVIEW { "" } else { wanted };
    SignIn { return_to: return_to.to_owned(), form, ..SignIn::default() }
}
