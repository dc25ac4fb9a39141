//! `/organizations`.

use serde_json::{Value, json};

use super::request_reading::{page, text};
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::workos::errors;
use crate::workos::model::{Organization, WorkOsState};

pub(super) fn answer(state: &mut WorkOsState, request: &Request, rest: &[&str]) -> ReplyResult {
    let missing = || errors::not_found("Organization");
    match (request.method.as_str(), rest) {
        ("POST", []) => create(state, request),
        ("GET", []) => {
            let all = state.organizations.iter();
            page(request, all.map(|one| (one.id.clone(), view(one))).collect())
        }
        ("GET", ["external_id", external_id]) => {
            let mut all = state.organizations.iter();
            let found = all.find(|one| one.external_id.as_deref() == Some(external_id));
            Ok(Reply::json(200, view(found.ok_or_else(missing)?)))
        }
        ("GET", [id]) => Ok(Reply::json(200, view(state.organization(id).ok_or_else(missing)?))),
        ("PUT", [id]) => {
            let name = text(request, "name");
            let mut all = state.organizations.iter_mut();
            let found = all.find(|one| one.id == *id).ok_or_else(missing)?;
            if let Some(name) = name {
                found.name = name;
            }
            Ok(Reply::json(200, view(state.organization(id).ok_or_else(missing)?)))
        }
        ("DELETE", [id]) => {
            state.organization(id).ok_or_else(missing)?;
            state.organizations.retain(|one| one.id != *id);
            state.memberships.retain(|one| one.organization != *id);
            Ok(Reply::empty(202))
        }
        _ => Err(errors::refusal(404)),
    }
}

fn create(state: &mut WorkOsState, request: &Request) -> ReplyResult {
    let name = text(request, "name").ok_or_else(|| errors::invalid("name", "required"))?;
    let external_id = text(request, "external_id");
    let is_taken = external_id.is_some()
        && state.organizations.iter().any(|one| one.external_id == external_id);
    if is_taken {
        let message = "The external_id is already used by another organization.";
        return Err(errors::api(400, "external_id_already_used", message));
    }
    let id = state.add_organization(&name, external_id);
    let made = state.organization(&id).map(view);
    Ok(Reply::json(201, made.unwrap_or_default()))
}

fn view(organization: &Organization) -> Value {
    json!({
        "object": "organization",
        "id": organization.id,
        "name": organization.name,
        "external_id": organization.external_id,
        "allow_profiles_outside_organization": false,
        "domains": [],
        "metadata": {},
        "created_at": organization.created,
        "updated_at": organization.created,
    })
}
