//! `/auth/invitation/{token}`: accepting an invitation.

use covibe_console::pages::error_pages::bare_failure;
use covibe_console::pages::one_time_links::{Link, confirm, set_password};
use covibe_console::{Form, Problem, paths};
use covibe_domain::Failure;
use covibe_identity::OpenInvitation;
use covibe_policy::check_label;

use super::account_takeover::enter;
use super::browser_request::{PageResult, Visit};
use super::new_passwords::new_password;
use super::one_time_links::not_found;
use super::page_response::{secret_page, see_other};

/// Shows an invitation. Somebody who has an account signs in first. An admin who made the invitation can open it, too,
/// so that the page does not say whether its address has an account.
pub(super) async fn show(visit: &mut Visit) -> PageResult {
    let token = visit.part("token").to_owned();
    let open = match visit.identity().invitation(&token).await {
        Ok(open) => open,
        Err(failure) => return not_found(failure),
    };
    let view = view(&token, &open);
    match visit.signed_in() {
        _ if takes_password(visit, &open) => Ok(secret_page(200, set_password(&view))),
        None if visit.identity().signs_in_by_workos() => {
            visit.person()?;
            Ok(see_other(paths::SIGN_IN))
        }
        None => Ok(secret_page(200, set_password(&view))),
        Some(of) if of.user.email == open.invitation.email => {
            open.check(&of.user)?;
            Ok(secret_page(200, confirm(&Link { csrf: of.csrf.clone(), ..view })))
        }
        Some(of) => Ok(secret_page(403, for_somebody_else(of.user.email.as_str()))),
    }
}

/// Accepts the invitation.
pub(super) async fn submit(visit: &mut Visit) -> PageResult {
    let token = visit.part("token").to_owned();
    let open = match visit.identity().invitation(&token).await {
        Ok(open) => open,
        Err(failure) => return not_found(failure),
    };
    if visit.signed_in().is_none() || takes_password(visit, &open) {
        return join(visit, &token, &open).await;
    }
    visit.own_form().await?;
    let (of, dispatcher) = (visit.person()?, &visit.app.dispatcher);
    let tenant = match dispatcher.accept_invitation(&token, of, &visit.identified).await {
        Ok(tenant) => tenant,
        Err(failure) => return not_found(failure),
    };
    dispatcher.choose_company(of, tenant, &visit.identified).await?;
    Ok(see_other(paths::OVERVIEW))
}

/// Returns whether an invitation is accepted with a new password, whoever is signed in: one of the operator's,
/// where people have passwords.
fn takes_password(visit: &Visit, open: &OpenInvitation) -> bool {
    open.is_appointment() && !visit.identity().signs_in_by_workos()
}

/// Accepts the invitation with a new password: for somebody who has no account yet, or whom the operator appoints.
async fn join(visit: &mut Visit, token: &str, open: &OpenInvitation) -> PageResult {
    let mut fields = visit.form().await?;
    let name = fields.text("name").to_owned();
    let mut form = Form::default().with("name", &name);
    if let Err(failure) = checked_name(&name) {
        form = form.with_error("name", failure.message);
    }
    let (password, _) = match new_password(&mut fields, form) {
        Ok(entered) => entered,
        Err(form) => {
            let view = Link { form, ..view(token, open) };
            return Ok(secret_page(422, set_password(&view)));
        }
    };
    let (dispatcher, from) = (&visit.app.dispatcher, visit.from());
    let request = &visit.identified;
    if open.is_appointment() {
        let entered = dispatcher.accept_appointment(token, &name, password, from, request).await?;
        return enter(visit, entered).await;
    }
    let session = dispatcher.accept_as_newcomer(token, &name, password, from, request).await?;
    visit.sign_in(&session);
    Ok(see_other(paths::OVERVIEW))
}

/// Checks the name of a person: one line of up to 100 characters, which may be empty.
pub(super) fn checked_name(name: &str) -> Result<(), Failure> {
    if name.chars().count() > 100 {
        return Err(Failure::invalid("The name has more than 100 characters."));
    }
    check_label(name)
}

fn view(token: &str, open: &OpenInvitation) -> Link {
    let action = format!("/auth/invitation/{token}");
    let sign_in = (!open.is_appointment()).then(|| sign_in_before(&action));
    Link {
        action,
        email: open.invitation.email.to_string(),
        company: Some(open.company.clone()),
        is_new: !open.is_known || !open.is_appointment(),
        takes_over: open.is_known && open.is_appointment(),
        elsewhere: open.elsewhere.clone(),
        sign_in,
        ..Link::default()
    }
}

/// Returns the address at which somebody signs in before they go to this path.
fn sign_in_before(path: &str) -> String {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("returnTo", path).finish();
    format!("{}?{query}", paths::SIGN_IN)
}

fn for_somebody_else(email: &str) -> covibe_console::Markup {
    let why = Problem::new("This invitation is for another email address.")
        .hint(format!("You are signed in as {email}. Sign out, then open the link again."));
    bare_failure("Not your invitation", &why, Some(("Go to the console", paths::OVERVIEW)))
}
