//! Failures of the operations on repositories.

use covibe_domain::Failure;
use covibe_operation::{quotable_name, similar_names};
use serde_json::{Value, json};

/// The maximum number of names that a failure lists.
const LISTED: usize = 10;

/// A path that can't be written, or an edit that can't be made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathProblem {
    pub(crate) path: String,
    pub(crate) problem: &'static str,
    pub(crate) fix: &'static str,
}

impl PathProblem {
    pub(crate) fn new(path: &str, problem: &'static str, fix: &'static str) -> Self {
        Self { path: covibe_domain::names::displayable(path, 200), problem, fix }
    }
}

/// 422: paths that can't be written, or edits that can't be made.
pub(crate) fn rejected_files(problems: &[PathProblem]) -> Failure {
    let listed: Vec<_> = problems
        .iter()
        .take(LISTED)
        .map(|each| json!({ "path": each.path, "problem": each.problem, "fix": each.fix }))
        .collect();
    let first = problems.first();
    let (path, problem) = first.map_or(("", ""), |first| (first.path.as_str(), first.problem));
    let failure =
        Failure::rejected(format!("`files` is refused: {} {problem}.", quotable_name(path)))
            .hint("Nothing was changed. Fix everything in details.problems, then repeat the call.")
            .detail("problems", listed);
    let count = problems.len();
    if count > LISTED { failure.detail("problemCount", count) } else { failure }
}

/// 404: a repository that the workspace does not have, even if another one has it.
pub(super) fn missing_repository(written: &str) -> Failure {
    // The text may be a clone URL with a token.
    let name =
        if written.contains(':') { String::new() } else { format!(" {}", quotable_name(written)) };
    Failure::not_found(format!("Repository{name} was not found."))
        .hint("Find the right name with repos.list, or create the repository with repos.create.")
}

/// 404: nothing of the commit has these paths.
pub(super) fn missing_paths(missing: &[String], known: &[&str]) -> Failure {
    let first = missing.first().map(String::as_str).unwrap_or_default();
    let similar = similar_names(first, known.iter().copied(), LISTED);
    let failure =
        Failure::not_found(format!("{} does not exist at this commit.", quotable_name(first)));
    if similar.is_empty() {
        return failure.hint("List what exists with repos.tree.");
    }
    failure
        .hint("Pass one of details.near, or list what exists with repos.tree.")
        .detail("near", json!(similar))
}

/// 422: the contents together exceed the limit.
pub(crate) fn too_many_bytes() -> Failure {
    Failure::rejected("The files of this call have more than 5 MB in total.").hint(
        "Nothing was changed. Commit them in several calls, or push them with git: \
         gitea.credentials gives access.",
    )
}

/// 422: the paths together lead through too many folders.
pub(crate) fn too_many_folders() -> Failure {
    Failure::rejected("The files of this call are in more than 2,000 folders.").hint(
        "Nothing was changed. Commit them in several calls, or push them with git: \
         gitea.credentials gives access.",
    )
}

/// 422: a repository that nobody can change.
pub(super) fn archived_repository(name: &str) -> Failure {
    Failure::rejected(format!(
        "Repository {} is archived, so it can't be changed.",
        quotable_name(name)
    ))
    .hint("Ask the user to unarchive it in its settings in Gitea.")
}

/// 422: a repository with more files than are compared.
pub(super) fn too_large(name: &str) -> Failure {
    Failure::rejected(format!(
        "Repository {} has too many files for this call.",
        quotable_name(name)
    ))
    .hint("Use git: gitea.credentials gives access.")
}

/// 409: the branch is no longer at `base`.
pub(super) fn moved_on(branch: &str, head: Option<&str>, changed: &[String]) -> Failure {
    let count = changed.len();
    let listed: Vec<_> = changed.iter().take(LISTED * 5).collect();
    let failure = Failure::conflict(format!("{} is no longer at `base`.", quotable_name(branch)))
        .hint(
            "Nothing was committed. Read the files in details.changed again with repos.read, then \
         repeat the call with `base` from details.head.",
        );
    let failure = failure.detail("changed", json!(listed)).detail("changedCount", count);
    match head {
        Some(head) => failure.detail("head", head),
        None => failure,
    }
}

/// 422: the repository has no commit `base`.
pub(super) fn unknown_base(base: &str) -> Failure {
    Failure::rejected(format!(
        "The repository has no commit {}, which `base` names.",
        quotable_name(base)
    ))
    .hint("Pass the commit that repos.tree, repos.read or repos.commit returned.")
    .detail("fields", json!({ "base": ["does not exist"] }))
}

/// 409: apps are built from the repository.
pub(super) fn used_by_apps(repo: &str, apps: &[Value]) -> Failure {
    Failure::conflict(format!("Repository {} is used by apps.", quotable_name(repo)))
        .hint("Delete the apps in details.apps first, or give them another repository with apps.update.")
        .detail("apps", json!(apps))
}

/// 400: a cursor that no answer had.
pub(super) fn bad_cursor() -> Failure {
    Failure::not_found("`next` does not match any page.").hint("Start again without `next`.")
}

/// 400: `offset` with several paths.
pub(super) fn offset_of_several() -> Failure {
    Failure::invalid("`offset` can be used with one path only.").hint("Pass that path alone.")
}
