//! Labels of repositories and organisations.

use serde_json::{Value, json};

use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::gitea::auth::{Caller, visible_org};
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Label, LabelPlace, Right};
use crate::gitea::rules::{Input, paging};

/// Answers `…/labels` of a repository.
pub(super) fn answer_repo_labels(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    id: i64,
) -> ReplyResult {
    if request.method == "POST" {
        let repo = state.repo_by_id(id)?;
        let owner = state.owner_by_id(repo.owner).ok_or_else(errors::not_found)?;
        caller.require_right(owner, repo, Right::Write)?;
    }
    answer(state, request, LabelPlace::Repo(id))
}

/// Answers `/orgs/{org}/labels`: 404 for a user's name.
pub(crate) fn answer_org_labels(
    state: &mut GiteaState,
    request: &Request,
    caller: &Caller,
    name: &str,
) -> ReplyResult {
    let org = visible_org(state, caller, name)?;
    if request.method == "POST" {
        caller.require_owner(org)?;
    }
    let place = LabelPlace::Org(org.id);
    answer(state, request, place)
}

fn answer(state: &mut GiteaState, request: &Request, place: LabelPlace) -> ReplyResult {
    match request.method.as_str() {
        "GET" => {
            let here = state.labels.iter().filter(|label| label.place == place);
            let here: Vec<_> = here.map(|label| label_json(state, label)).collect();
            Ok(paging::page(request, &here))
        }
        "POST" => create(state, request, place),
        _ => Err(errors::no_route()),
    }
}

fn create(state: &mut GiteaState, request: &Request, place: LabelPlace) -> ReplyResult {
    let input = Input::parse(request)?;
    let name = input.required("name", "Name")?.to_owned();
    let color = input.required("color", "Color")?.trim_start_matches('#').to_owned();
    let description = input.text("description").to_owned();
    let label = Label { id: state.next_id(), place, name, color, description };
    let shown = label_json(state, &label);
    state.labels.push(label);
    Ok(Reply::json(201, shown))
}

/// Shows a label.
pub(super) fn label_json(state: &GiteaState, label: &Label) -> Value {
    let url = match label.place {
        LabelPlace::Repo(id) => {
            let name = state.repo_by_id(id).map(|repo| state.full_name(repo)).unwrap_or_default();
            format!("{}/api/v1/repos/{name}/labels/{}", state.url, label.id)
        }
        LabelPlace::Org(id) => {
            let name = state.org_by_id(id).map(|org| org.name.clone()).unwrap_or_default();
            format!("{}/api/v1/orgs/{name}/labels/{}", state.url, label.id)
        }
    };
    json!({ "id": label.id, "name": label.name, "exclusive": false, "is_archived": false,
            "color": label.color, "description": label.description, "url": url })
}
