//! `/user_management/organization_memberships`.

use serde_json::{Value, json};

use super::request_reading::{page, text};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::{Membership, WorkOsState};

pub(super) fn answer(state: &mut WorkOsState, request: &Request, rest: &[&str]) -> ReplyResult {
    match (request.method.as_str(), rest) {
        ("POST", []) => create(state, request),
        ("GET", []) => list(state, request),
        ("GET", [id]) => Ok(Reply::json(200, view(state, find_membership(state, id)?))),
        ("PUT", [id]) => {
            let role = text(request, "role_slug");
            if let Some(role) = role {
                check_role(state, &role)?;
                change(state, id, |one| one.role = role)?;
            }
            Ok(Reply::json(200, view(state, find_membership(state, id)?)))
        }
        ("PUT", [id, status @ ("deactivate" | "reactivate")]) => {
            let status = if *status == "deactivate" { "inactive" } else { "active" };
            change(state, id, |one| one.status = status)?;
            Ok(Reply::json(200, view(state, find_membership(state, id)?)))
        }
        ("DELETE", [id]) => {
            find_membership(state, id)?;
            state.memberships.retain(|one| one.id != *id);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::refusal(404)),
    }
}

fn find_membership<'a>(state: &'a WorkOsState, id: &str) -> Result<&'a Membership, Reply> {
    let found = state.memberships.iter().find(|one| one.id == id);
    found.ok_or_else(|| errors::not_found("Organization membership"))
}

fn change(
    state: &mut WorkOsState,
    id: &str,
    change: impl FnOnce(&mut Membership),
) -> Result<(), Reply> {
    let found = state.memberships.iter_mut().find(|one| one.id == id);
    change(found.ok_or_else(|| errors::not_found("Organization membership"))?);
    Ok(())
}

fn list(state: &WorkOsState, request: &Request) -> ReplyResult {
    let asked = |name: &str| request.query.get(name);
    let (user, organization) = (asked("user_id"), asked("organization_id"));
    if user.is_none() && organization.is_none() {
        return Err(errors::invalid("user_id", "required"));
    }
    // Only the active ones, unless statuses are requested.
    let statuses = asked("statuses").map_or("active", String::as_str);
    let found = state.memberships.iter().filter(|one| {
        user.is_none_or(|user| *user == one.user)
            && organization.is_none_or(|organization| *organization == one.organization)
            && statuses.split(',').any(|status| status == one.status)
    });
    page(request, found.map(|one| (one.id.clone(), view(state, one))).collect())
}

fn check_role(state: &WorkOsState, role: &str) -> Result<(), Reply> {
    let is_known = state.settings.roles.iter().any(|one| one == role);
    if is_known { Ok(()) } else { Err(errors::invalid("role_slug", "role_not_found")) }
}

fn create(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let given = |name: &str| text(request, name).ok_or_else(|| errors::invalid(name, "required"));
    let (user, organization) = (given("user_id")?, given("organization_id")?);
    state.user(&user).ok_or_else(|| errors::not_found("User"))?;
    state.organization(&organization).ok_or_else(|| errors::not_found("Organization"))?;
    let role = text(request, "role_slug").unwrap_or_else(|| "member".to_owned());
    check_role(state, &role)?;
    if state.active(&user, &organization).is_some() {
        let message = "The user is a member of the organization already.";
        return Err(errors::api(409, "organization_membership_already_exists", message));
    }
    let id = state.add_membership(&user, &organization, &role);
    Ok(Reply::json(201, view(state, find_membership(state, &id)?)))
}

fn view(state: &WorkOsState, membership: &Membership) -> Value {
    let name = state.organization(&membership.organization).map(|one| one.name.clone());
    json!({
        "object": "organization_membership",
        "id": membership.id,
        "user_id": membership.user,
        "organization_id": membership.organization,
        "organization_name": name,
        "role": { "slug": membership.role },
        "roles": [{ "slug": membership.role }],
        "status": membership.status,
        "created_at": membership.created,
        "updated_at": membership.created,
    })
}
