//! `POST /user_management/authenticate`: codes, refresh tokens and choices become tokens. Each of them is
//! spent by the attempt, whatever becomes of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::request_reading::text;
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::access_tokens::access_token;
use crate::workos::errors;
use crate::workos::model::{CODE, Pending, Session, WorkOsState, id};
use crate::workos::options::CLIENT_ID;

/// Answers a request.
pub(in crate::workos) fn authenticate(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = |name: &str| text(request, name).unwrap_or_default();
    let is_ours = given("client_id") == CLIENT_ID && given("client_secret") == state.api_key;
    if !is_ours {
        return Err(errors::oauth(401, "invalid_client", "Invalid client ID or secret."));
    }
    match given("grant_type").as_str() {
        "authorization_code" => by_code(state, request),
        "refresh_token" => by_refresh_token(state, request),
        "password" => by_password(state, request),
        "urn:workos:oauth:grant-type:organization-selection" => by_choice(state, request),
        _ => Err(errors::oauth(400, "unsupported_grant_type", "The grant type is unsupported.")),
    }
}

fn by_code(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = text(request, "code").unwrap_or_default();
    let position = state.codes.iter().position(|one| one.text == given);
    let code = state.codes.remove(position.ok_or_else(errors::spent)?);
    let verifier = text(request, "code_verifier").unwrap_or_default();
    let is_verified = code
        .challenge
        .as_ref()
        .is_none_or(|challenge| *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)));
    if !is_verified || code.expires <= state.clock.now() {
        return Err(errors::spent());
    }
    count_attempt(state, &code.user)?;
    verified(state, &code.user)?;
    if code.organization.is_none() && state.active_of(&code.user).count() > 1 {
        return Err(choice(state, &code.user));
    }
    begin(state, code.user, code.organization)
}

/// Refuses a person who has to verify their address first.
fn verified(state: &WorkOsState, user: &str) -> Result<(), Reply> {
    let user = state.user(user).ok_or_else(errors::spent)?;
    if user.email_verified || !state.settings.verifies_email {
        return Ok(());
    }
    Err(errors::api(403, "email_verification_required", "Verify the email address."))
}

/// A wrong password is refused in the form of the API, not of OAuth 2.
fn by_password(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let (email, password) = (text(request, "email"), text(request, "password"));
    let email = email.ok_or_else(|| errors::invalid("email", "required"))?;
    let known = state.user_by_email(&email).filter(|user| user.password.is_some());
    let known = known.filter(|user| user.password == password).map(|user| user.id.clone());
    let wrong = || errors::api(400, "invalid_credentials", "Invalid credentials.");
    let user = known.ok_or_else(wrong)?;
    count_attempt(state, &user)?;
    verified(state, &user)?;
    let mut all = state.active_of(&user).map(|one| one.organization.clone());
    let (first, second) = (all.next(), all.next());
    drop(all);
    if second.is_some() {
        return Err(choice(state, &user));
    }
    begin(state, user, first)
}

fn by_choice(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = text(request, "pending_authentication_token").unwrap_or_default();
    let position = state.pending.iter().position(|one| one.token == given);
    let pending = state.pending.remove(position.ok_or_else(errors::spent)?);
    if pending.expires <= state.clock.now() {
        return Err(errors::spent());
    }
    count_attempt(state, &pending.user)?;
    let organization = text(request, "organization_id").unwrap_or_default();
    if state.active(&pending.user, &organization).is_none() {
        return Err(errors::api(403, "access_denied", "The user is not a member."));
    }
    begin(state, pending.user, Some(organization))
}

fn by_refresh_token(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = text(request, "refresh_token").unwrap_or_default();
    let mut open = state.sessions.iter().filter(|one| !one.has_ended);
    let session = open.find(|one| one.refresh_token == given).ok_or_else(errors::spent)?;
    let (id, user, before) =
        (session.id.clone(), session.user.clone(), session.organization.clone());
    count_attempt(state, &user)?;
    let asked = text(request, "organization_id");
    let is_switch = asked.is_some();
    let organization = asked.or(before);
    let is_member = organization.as_ref().is_none_or(|one| state.active(&user, one).is_some());
    match (is_member, is_switch) {
        (true, _) => {}
        (false, true) => {
            return Err(errors::api(403, "access_denied", "The user is not a member."));
        }
        (false, false) => return Err(errors::spent()),
    }
    let session = state.sessions.iter_mut().find(|one| one.id == id).ok_or_else(errors::spent)?;
    session.organization = organization;
    session.refresh_token = random::alphanumeric(25);
    session_reply(state, &id)
}

/// Counts an attempt of a person.
fn count_attempt(state: &mut WorkOsState, user: &str) -> Result<(), Reply> {
    if state.may_authenticate(user) { Ok(()) } else { Err(errors::refusal(429)) }
}

fn choice(state: &mut WorkOsState, user: &str) -> Reply {
    let token = random::alphanumeric(25);
    let expires = state.clock.now() + CODE;
    state.pending.push(Pending { token: token.clone(), user: user.to_owned(), expires });
    let organizations: Vec<_> = state
        .active_of(user)
        .filter_map(|one| state.organization(&one.organization))
        .map(|one| json!({ "id": one.id, "name": one.name }))
        .collect();
    errors::choose(&token, &organizations)
}

fn begin(state: &mut WorkOsState, user: String, organization: Option<String>) -> ReplyResult {
    let session = Session {
        id: id("session"),
        user,
        organization,
        refresh_token: random::alphanumeric(25),
        has_ended: false,
        created: state.now(),
    };
    let id = session.id.clone();
    state.sessions.push(session);
    session_reply(state, &id)
}

fn session_reply(state: &WorkOsState, id: &str) -> ReplyResult {
    let session = state.sessions.iter().find(|one| one.id == id).ok_or_else(errors::spent)?;
    let user = state.user(&session.user).ok_or_else(errors::spent)?;
    let token = access_token(state, session).ok_or_else(|| errors::refusal(500))?;
    let mut answer = json!({
        "user": user.view(),
        "access_token": token,
        "refresh_token": session.refresh_token,
        "authentication_method": "Password",
    });
    if let Some(organization) = &session.organization {
        answer["organization_id"] = json!(organization);
    }
    if let Some(email) = &state.settings.impersonator {
        answer["authentication_method"] = json!("Impersonation");
        answer["impersonator"] = json!({ "email": email, "reason": "A question of support" });
    }
    Ok(Reply::json(200, answer))
}
