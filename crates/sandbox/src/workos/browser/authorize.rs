//! `GET` and `POST /user_management/authorize`: AuthKit signs a person in and sends the browser back.

use std::collections::BTreeMap;

use super::page_helpers;
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::{CODE, Code, WorkOsState};
use crate::workos::options::CLIENT_ID;

type Parameters = BTreeMap<String, String>;

/// Answers a request for the page, or the form of it.
pub(in crate::workos) fn authorize(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let asked = page_helpers::parameters(request);
    let back = check_request(state, &asked)?;
    let given = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let refuse = |error: &str| sent_back(&back, &asked, &[("error", error)]);
    if let Some(error) = &state.settings.error {
        return refuse(error);
    }
    let email = match (&state.settings.signed_in, request.method.as_str()) {
        (Some(email), "GET") => email.clone(),
        (_, "GET") => {
            return Ok(page_helpers::form("Sign in", "/user_management/authorize", &asked));
        }
        _ if given("answer") == "deny" => return refuse("access_denied"),
        _ => given("email").to_owned(),
    };
    if !email.contains('@') {
        return Err(errors::page("An email address is required."));
    }
    match signed_in(state, &asked, &email) {
        Some(code) => sent_back(&back, &asked, &[("code", &code)]),
        None => refuse("access_denied"),
    }
}

/// Returns the address to send the browser back to. A request that can't be trusted is reported to the person, and
/// the browser is not redirected.
fn check_request(state: &WorkOsState, asked: &Parameters) -> Result<String, Reply> {
    let given = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let problem = if given("client_id") != CLIENT_ID {
        "The client_id is invalid."
    } else if state.redirect_uris.iter().all(|one| one.uri != given("redirect_uri")) {
        return Err(page_helpers::unknown_redirect(&state.url));
    } else if given("response_type") != "code" || given("provider") != "authkit" {
        "The response_type or the provider is invalid."
    } else if asked.contains_key("code_challenge") && given("code_challenge_method") != "S256" {
        "The code_challenge_method is invalid."
    } else {
        return Ok(given("redirect_uri").to_owned());
    };
    Err(errors::page(problem))
}

fn sent_back(to: &str, asked: &Parameters, further: &[(&str, &str)]) -> ReplyResult {
    let state = asked.get("state").map(|state| ("state", state.as_str()));
    let parameters: Vec<_> = further.iter().copied().chain(state).collect();
    page_helpers::redirect(to, &parameters)
        .ok_or_else(|| errors::page("The redirect_uri is not an address."))
}

/// Signs a person in, who is created if nobody has the address, and returns the code; `None` for a person who is not
/// a member of the requested organisation, or not the invited one.
fn signed_in(state: &mut WorkOsState, asked: &Parameters, email: &str) -> Option<String> {
    let known = state.user_by_email(email).map(|user| user.id.clone());
    let user = known.unwrap_or_else(|| state.add_user(email, (None, None)));
    if let Some(token) = asked.get("invitation_token") {
        state.accept(token, &user)?;
    }
    let organization = match asked.get("organization_id") {
        Some(organization) => Some(state.active(&user, organization)?.organization.clone()),
        None => only_organization(state, &user),
    };
    Some(code(state, (user, organization), asked.get("code_challenge").cloned()))
}

/// Returns the organisation of a person who is a member of one only.
pub(super) fn only_organization(state: &WorkOsState, user: &str) -> Option<String> {
    let mut all = state.active_of(user).map(|one| one.organization.clone());
    all.next().filter(|_| all.next().is_none())
}

/// Issues a code.
pub(super) fn code(
    state: &mut WorkOsState,
    (user, organization): (String, Option<String>),
    challenge: Option<String>,
) -> String {
    let code = format!("01{}", random::alphanumeric(24).to_ascii_uppercase());
    let expires = state.clock.now() + CODE;
    state.codes.push(Code { text: code.clone(), user, organization, challenge, expires });
    code
}
