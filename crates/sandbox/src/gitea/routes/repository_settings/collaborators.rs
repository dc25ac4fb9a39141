//! `…/collaborators`: users who may use one repository.

use super::repository_call::Call;
use crate::core::request_types::{Reply, ReplyResult};
use crate::gitea::answer_json;
use crate::gitea::errors;
use crate::gitea::model::{GiteaState, Right, User};
use crate::gitea::rules::{Input, paging};

/// Answers `…/collaborators{rest}`.
pub(super) fn answer(state: &mut GiteaState, call: &Call<'_>) -> ReplyResult {
    let invited = &state.repo_by_id(call.repo)?.collaborators;
    match (call.request.method.as_str(), call.rest) {
        ("GET", []) => {
            let is_one = |user: &&User| invited.iter().any(|(id, _)| *id == user.id);
            let users = state.users.iter().filter(is_one);
            let shown = users.map(|user| answer_json::user_for(state, call.caller, user));
            Ok(paging::page(call.request, &shown.collect::<Vec<_>>()))
        }
        ("PUT", [name]) => {
            let user = state.user(name)?.id;
            let right = match Input::parse(call.request)?.text("permission") {
                "" => Right::Write,
                text => {
                    Right::from_name(text).ok_or_else(|| errors::invalid("[Permission]: In"))?
                }
            };
            let invited = &mut state.repo_by_id_mut(call.repo)?.collaborators;
            invited.retain(|(id, _)| *id != user);
            invited.push((user, right));
            Ok(Reply::empty(204))
        }
        ("DELETE", [name]) => {
            let user = state.user(name)?.id;
            state.repo_by_id_mut(call.repo)?.collaborators.retain(|(id, _)| *id != user);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_route()),
    }
}
