//! The redirects of renamed repositories: 301 with a relative `Location` (seen with 1.25.2; 307 with
//! 1.21.4 and Forgejo 11.0.1).

use crate::core::wire::{Reply, Request};
use crate::gitea::model::{Org, State};
use crate::gitea::views::encode_path;

/// Returns the redirect of an API request for a repository that was renamed.
pub(super) fn redirect(state: &State, request: &Request) -> Option<Reply> {
    let (_, segments) = request.route();
    let ["repos", org, name, ..] = segments.as_slice() else { return None };
    let org = state.orgs.iter().find(|each| each.name.eq_ignore_ascii_case(org))?;
    let new = new_name(state, org, name)?;
    let mut path: Vec<_> = request.path.split('/').collect();
    // /api/v1/repos/{org}/{name}/…
    *path.get_mut(5)? = &new;
    Some(moved(request, &path.join("/")))
}

/// Returns the redirect of a request of git's protocol for a repository that was renamed.
pub(super) fn redirect_git(
    state: &State,
    request: &Request,
    org: &Org,
    name: &str,
) -> Option<Reply> {
    let new = format!("{}.git", new_name(state, org, name)?);
    let mut path: Vec<_> = request.path.split('/').collect();
    // /{org}/{name}.git/…
    *path.get_mut(2)? = &new;
    Some(moved(request, &path.join("/")))
}

/// Returns the present name of the repository that had this one, if no other has it now.
fn new_name(state: &State, org: &Org, name: &str) -> Option<String> {
    if state.repo_of(org, name).is_some() {
        return None;
    }
    let id = state.renames.find(org.id, name)?;
    state.repos.iter().find(|repo| repo.id == id).map(|repo| repo.name.clone())
}

fn moved(request: &Request, path: &str) -> Reply {
    let pair =
        |(name, value): (&String, &String)| format!("{}={}", encode_path(name), encode_path(value));
    let query: Vec<_> = request.query.iter().map(pair).collect();
    let location = match query.as_slice() {
        [] => path.to_owned(),
        query => format!("{path}?{}", query.join("&")),
    };
    let page = format!("<a href=\"{location}\">Moved Permanently</a>.\n\n");
    Reply { status: 301, ..Reply::text(&page) }.header("Location", &location)
}
