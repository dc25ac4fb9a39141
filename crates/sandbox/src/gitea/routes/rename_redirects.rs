//! The former names of users, organisations and repositories lead to the current ones.

use crate::core::request_types::{Body, Reply, Request};
use crate::gitea::answer_json::encode_path;
use crate::gitea::model::{GiteaState, Owner};

/// Returns the redirect for a path that names something by a former name: 307 for a user or an
/// organisation, 301 for a repository (Gitea 1.25), with a relative location.
pub(super) fn redirect(state: &GiteaState, request: &Request, segments: &[&str]) -> Option<Reply> {
    match segments {
        ["repos", owner, name, ..] => {
            let found = state.owner(owner);
            let Some(found) = found else { return account(state, request, owner) };
            let new = renamed_repo(state, found, name)?;
            // Only the repository's segment: the owner may have the same name.
            let at = request.path.find("/repos/")? + "/repos/".len() + owner.len();
            Some(redirect_to_new_name(request, at, name, &new, 301))
        }
        ["orgs", name, ..] if state.find_org(name).is_none() => account(state, request, name),
        ["users", name, ..] | ["admin", "users", name, ..] if state.owner(name).is_none() => {
            account(state, request, name)
        }
        _ => None,
    }
}

/// Returns the current name of a repository that had the name.
pub(super) fn renamed_repo(state: &GiteaState, owner: Owner<'_>, name: &str) -> Option<String> {
    if state.repo_of(owner.id(), name).is_some() {
        return None;
    }
    let target = state.redirects.target(Some(owner.id()), name)?;
    state.repo_by_id(target).ok().map(|repo| repo.name.clone())
}

/// Returns the current name of a user or organisation that had the name.
pub(super) fn renamed_owner(state: &GiteaState, name: &str) -> Option<String> {
    let target = state.redirects.target(None, name)?;
    state.owner_by_id(target).map(|owner| owner.name().to_owned())
}

fn account(state: &GiteaState, request: &Request, name: &str) -> Option<Reply> {
    renamed_owner(state, name).map(|new| redirect_to_new_name(request, 0, name, &new, 307))
}

/// Redirects to the same path with the first occurrence of a name after `from` replaced.
fn redirect_to_new_name(
    request: &Request,
    from: usize,
    old: &str,
    new: &str,
    status: u16,
) -> Reply {
    let (before, after) = request.path.split_at_checked(from).unwrap_or((&request.path, ""));
    let after = after.replacen(&format!("/{}", encode_path(old)), &format!("/{new}"), 1);
    let query: Vec<_> = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encode_path(name), encode_path(value)))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    redirect_reply(&format!("{before}{after}{mark}{}", query.join("&")), status)
}

/// Redirects to a location.
pub(super) fn redirect_reply(location: &str, status: u16) -> Reply {
    let name = if status == 301 { "Moved Permanently" } else { "Temporary Redirect" };
    let text = format!("<a href=\"{location}\">{name}</a>.\n\n");
    Reply { status, headers: Vec::new(), body: Body::Text(text) }.header("Location", &location)
}
