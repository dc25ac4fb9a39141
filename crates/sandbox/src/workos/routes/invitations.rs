//! `/user_management/invitations`.

use std::time::Duration;

use serde_json::{Value, json};

use super::request_reading::{page, text};
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::{Invitation, WorkOsState, id};

/// The lifetime of an invitation that asks for none, in days.
const DAYS: u64 = 7;

pub(super) fn answer(state: &mut WorkOsState, request: &Request, rest: &[&str]) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(state, request),
        ("GET", []) => list(state, request),
        ("GET", ["by_token", token]) => {
            let found = state.invitations.iter().find(|one| one.token == *token);
            let found = found.ok_or_else(|| errors::not_found("Invitation"))?;
            Ok(Reply::json(200, view(state, found)))
        }
        ("GET", [id]) => Ok(Reply::json(200, view(state, find_invitation(state, id)?))),
        ("POST", [id, "revoke"]) => {
            let before = state.state_of(find_invitation(state, id)?);
            if before != "pending" {
                let message = format!("The invitation is {before}.");
                return Err(errors::api(400, "invite_not_pending", &message));
            }
            let mut all = state.invitations.iter_mut();
            if let Some(one) = all.find(|one| one.id == *id) {
                one.state = "revoked";
            }
            Ok(Reply::json(200, view(state, find_invitation(state, id)?)))
        }
        _ => Err(errors::refusal(404)),
    }
}

fn find_invitation<'a>(state: &'a WorkOsState, id: &str) -> Result<&'a Invitation, Reply> {
    let found = state.invitations.iter().find(|one| one.id == id);
    found.ok_or_else(|| errors::not_found("Invitation"))
}

fn list(state: &WorkOsState, request: &Request) -> ReplyResult {
    let asked = |name: &str| request.query.get(name);
    let (email, organization) = (asked("email"), asked("organization_id"));
    let found = state.invitations.iter().filter(|one| {
        email.is_none_or(|email| email.eq_ignore_ascii_case(&one.email))
            && organization.is_none_or(|_| organization == one.organization.as_ref())
    });
    page(request, found.map(|one| (one.id.clone(), view(state, one))).collect())
}

fn create(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let email = text(request, "email").filter(|email| email.contains('@'));
    let email = email.ok_or_else(|| errors::invalid("email", "invalid"))?;
    let organization = text(request, "organization_id");
    if let Some(organization) = &organization {
        state.organization(organization).ok_or_else(|| errors::not_found("Organization"))?;
        check_free(state, &email, organization)?;
    }
    let role = text(request, "role_slug").unwrap_or_else(|| "member".to_owned());
    if !state.settings.roles.contains(&role) {
        return Err(errors::invalid("role_slug", "role_not_found"));
    }
    let days = request.json().and_then(|body| body["expires_in_days"].as_u64()).unwrap_or(DAYS);
    if !(1..=30).contains(&days) {
        return Err(errors::invalid("expires_in_days", "out_of_range"));
    }
    let expires = state.clock.now() + Duration::from_hours(24 * days);
    let invitation = Invitation {
        id: id("invitation"),
        email,
        organization,
        role,
        inviter: text(request, "inviter_user_id"),
        token: random::alphanumeric(25),
        state: "pending",
        created: state.now(),
        expires,
        expires_at: state.format_moment(expires),
    };
    let shown = view(state, &invitation);
    state.invitations.push(invitation);
    Ok(Reply::json(201, shown))
}

/// Refuses an address that was invited to the organisation or is a member of it.
fn check_free(state: &WorkOsState, email: &str, organization: &str) -> Result<(), Reply> {
    let is_member = state
        .user_by_email(email)
        .is_some_and(|user| state.active(&user.id, organization).is_some());
    if is_member {
        let message = "The user is a member of the organization already.";
        return Err(errors::api(400, "user_already_organization_member", message));
    }
    let is_invited = state.invitations.iter().any(|one| {
        one.email.eq_ignore_ascii_case(email)
            && one.organization.as_deref() == Some(organization)
            && state.state_of(one) == "pending"
    });
    if is_invited {
        let message = "The email address has an invitation to the organization.";
        return Err(errors::api(400, "email_already_invited_to_organization", message));
    }
    Ok(())
}

fn view(state: &WorkOsState, invitation: &Invitation) -> Value {
    let Invitation { id, email, organization, inviter, token, .. } = invitation;
    json!({
        "object": "invitation",
        "id": id,
        "email": email,
        "state": state.state_of(invitation),
        "organization_id": organization,
        "inviter_user_id": inviter,
        "token": token,
        "accept_invitation_url": format!("{}/invite?invitation_token={token}", state.url),
        "expires_at": invitation.expires_at,
        "created_at": invitation.created,
        "updated_at": invitation.created,
    })
}
