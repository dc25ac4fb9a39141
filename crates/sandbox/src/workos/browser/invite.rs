//! `GET` and `POST /invite`: AuthKit's page of an invitation. It sends the browser to the first configured
//! address with a code, and without a state, because no sign-in was started there.

use super::authorize::{code, only_organization};
use super::page_helpers;
use crate::core::request_types::{ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::WorkOsState;

/// Answers a request for the page, or the form of it.
pub(in crate::workos) fn invite(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let asked = page_helpers::parameters(request);
    let token = asked.get("invitation_token").cloned().unwrap_or_default();
    let found = state.invitations.iter().find(|one| one.token == token);
    let open = found.filter(|one| state.state_of(one) == "pending");
    let Some(email) = open.map(|one| one.email.clone()) else {
        return Err(errors::page("The invitation is not valid."));
    };
    if request.method == "GET" {
        return Ok(page_helpers::form("Accept the invitation", "/invite", &asked));
    }
    let known = state.user_by_email(&email).map(|user| user.id.clone());
    let user = known.unwrap_or_else(|| state.add_user(&email, (None, None)));
    state.accept(&token, &user).ok_or_else(|| errors::page("The invitation is not valid."))?;
    let organization = only_organization(state, &user);
    let code = code(state, (user, organization), None);
    let to = state
        .redirect_uris
        .first()
        .and_then(|one| page_helpers::redirect(&one.uri, &[("code", &code)]));
    to.ok_or_else(|| errors::page("No redirect_uri is configured."))
}
