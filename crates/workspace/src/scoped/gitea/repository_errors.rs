//! Failures of access to the workspace's repositories.

use covibe_domain::{Failure, Kind, Slug, names};
use covibe_operation::{nearest, quotable_name};
use serde_json::json;

use crate::workspace_failures::unprovisioned_workspace;

/// The maximum number of branches that a failure lists.
const LISTED: usize = 10;

/// 404: the organisation has no such repository; it may have been renamed.
pub(super) fn missing_repository(organisation: &str, name: &str, new: Option<String>) -> Failure {
    let failure = Failure::not_found(format!("Repository {organisation}/{name} was not found."));
    match new {
        Some(new) => failure.hint(format!("It was renamed to {new}: pass that name.")),
        None => failure.hint(
            "Find the right name with repos.list, or create the repository with repos.create.",
        ),
    }
}

/// 403: a clone URL of another Git server. It is not repeated, because it may contain a token.
pub(super) fn foreign_repository() -> Failure {
    Failure::forbidden("That URL does not point to a repository in the workspace's Gitea.")
        .hint("Pass the name of one of the workspace's repositories.")
}

/// 422: the repository has no commits.
pub(super) fn empty_repository(organisation: &str, name: &str) -> Failure {
    Failure::rejected(format!("Repository {organisation}/{name} is empty."))
        .hint("Push a first commit, or make one with repos.commit, then retry.")
        .detail("fields", json!({ "repo": ["has no commits"] }))
}

/// 422: the repository has no such branch. Lists similar ones first.
pub(super) fn missing_branch(repo: &str, name: &str, branches: &[String]) -> Failure {
    let near = nearest(name, branches.iter().map(String::as_str));
    let others = branches.iter().map(String::as_str).filter(|each| Some(*each) != near);
    let listed: Vec<_> = near.into_iter().chain(others).take(LISTED).map(plain_name).collect();
    let hint = match near {
        Some(near) => {
            format!("Did you mean {}? details.branches lists what exists.", plain_name(near))
        }
        None => "Pass one of details.branches, or push the branch first.".to_owned(),
    };
    no_branch(format!("Repository {repo} has no branch {}.", quotable_name(name)), "does not exist")
        .hint(hint)
        .detail("branches", listed)
}

/// 422: the name is a tag's.
pub(super) fn branch_is_tag(repo: &str, name: &str) -> Failure {
    let message = format!("{} is a tag of {repo}, not a branch.", quotable_name(name));
    no_branch(message, "is a tag").hint(
        "Pass a branch that contains it; to deploy the tag, set its commit with `commit` in \
         apps.update.",
    )
}

/// 422: the name is a commit's hash.
pub(super) fn branch_is_commit(repo: &str, hash: &str) -> Failure {
    let message = format!("{} is a commit of {repo}, not a branch.", quotable_name(hash));
    no_branch(message, "is a commit")
        .hint("Pass a branch that contains it, and set the commit with `commit` in apps.update.")
}

/// 422: the repository has no such commit.
pub(super) fn missing_commit(repo: &str, hash: &str) -> Failure {
    let message = format!("Repository {repo} has no commit {}.", quotable_name(hash));
    Failure::rejected(message)
        .hint("Push the commit first. For the branch's newest commit, leave `commit` out; in apps.update, pass HEAD.")
        .detail("fields", json!({ "commit": ["does not exist"] }))
}

/// 422: the repository has no commit of this whole hash.
pub(super) fn missing_reference(repo: &str, hash: &str) -> Failure {
    Failure::rejected(format!("Repository {repo} has no commit {}.", quotable_name(hash)))
        .hint("Pass a branch, or the full hash of a commit that was pushed.")
        .detail("fields", json!({ "ref": ["does not exist"] }))
}

/// 409: the organisation has a repository of this name.
pub(super) fn taken_repository(name: &str) -> Failure {
    Failure::conflict(format!("The repository {} already exists.", quotable_name(name)))
        .hint("Change it with repos.commit, or pass another name. Gitea ignores the case of names.")
}

/// 422: Gitea allows no repository of this name.
pub(super) fn bad_name(name: &str) -> Failure {
    Failure::rejected(format!("Gitea does not allow a repository named {}.", quotable_name(name)))
        .hint(
            "Use letters, digits and - _ . only; names must not end with .git, .wiki, .rss or .atom.",
        )
        .detail("fields", json!({ "name": ["is not allowed"] }))
}

/// 422: the repository is not marked as a template.
pub(super) fn not_a_template(name: &str) -> Failure {
    Failure::rejected(format!("Repository {} is not marked as a template.", quotable_name(name)))
        .hint(
            "Mark it in its settings in Gitea, or with the Gitea API: PATCH /repos/{org}/{repo} \
             {\"template\":true}.",
        )
        .detail("fields", json!({ "template": ["is not a template"] }))
}

/// 403: the bot has access, but may not make this change.
pub(super) fn forbidden_change() -> Failure {
    Failure::forbidden("Gitea does not let the workspace's bot make this change.").hint(
        "The branch may be protected, or a rule of the instance forbids it: pass another branch, or \
         tell the user.",
    )
}

/// 502: a repository is there after its deletion.
pub(super) fn still_there(repo: &str) -> Failure {
    let message = format!("Gitea accepted the deletion of {repo}, but it is still there.");
    Failure::new(Kind::Upstream, message).hint("Repeat the same call.").in_doubt()
}

/// 409: the branch is no longer at the expected commit.
pub(super) fn changed_meanwhile(repo: &str, branch: &str, head: Option<&str>) -> Failure {
    let message = format!("{} of {repo} was changed at the same time.", quotable_name(branch));
    let failure = Failure::conflict(message).hint(
        "Nothing was committed. Read the files again, then repeat the call with your changes \
         applied to the current contents.",
    );
    match head {
        Some(head) => failure.detail("head", head),
        None => failure,
    }
}

/// 422: Gitea refused the changes, and nothing changed meanwhile.
pub(super) fn refused_commit(repo: &str) -> Failure {
    Failure::rejected(format!("Gitea refused the changes to {repo}."))
        .hint("Nothing was committed. Check the paths: repos.tree lists the existing ones.")
}

/// 422: a folder has names that Gitea's API cannot return, so nothing can be pushed into it.
pub(super) fn unnameable_folder(repo: &str) -> Failure {
    Failure::rejected(format!("A folder of {repo} has files whose names are not UTF-8."))
        .hint("Leave `executable` out, or push with git: gitea.credentials gives access.")
}

/// 502: Gitea says that it made a commit, and its branch does not have it.
pub(super) fn unseen_commit(branch: &str) -> Failure {
    let message =
        format!("The commit was made, but the branch {} does not have it.", quotable_name(branch));
    Failure::new(Kind::Upstream, message).hint(
        "Somebody may have replaced the branch: check with repos.tree before you repeat the call.",
    )
}

/// 504: no answer, and the commit is not on its branch yet.
pub(super) fn unknown_commit(repo: &str, branch: &str) -> Failure {
    let message = format!(
        "Gitea did not report whether it committed to {} of {repo}.",
        quotable_name(branch)
    );
    Failure::new(Kind::Timeout, message)
        .hint(
            "Repeat the same call: it looks for the commit first, and does not make a second one.",
        )
        .in_doubt()
}

/// 502: the pages of a tree do not add up.
pub(super) fn changing_tree() -> Failure {
    Failure::new(Kind::Upstream, "Gitea's list of the commit's files is incomplete.")
        .hint("Retry. If the problem persists, tell the operator.")
}

/// 503: git could not read a tree that is too large for the API.
pub(super) fn unread_tree() -> Failure {
    Failure::unready("The commit has so many files that git has to list them, and git failed.")
        .hint(
            "Retry. If the problem persists, tell the operator: the server needs git and access to Gitea's \
         repositories. A commit with fewer files needs no git.",
        )
}

/// 503: Gitea ignores the filter of clones, so that all files would have to be fetched.
pub(super) fn unfiltered_clone() -> Failure {
    Failure::unready(
        "The commit has so many files that git has to list them, and Gitea does not allow partial \
         clones.",
    )
    .hint(
        "Tell the operator to remove DISABLE_PARTIAL_CLONE from the section [git] of Gitea's \
         app.ini. A commit with fewer files needs no clone.",
    )
}

/// 503: the bot's token is revoked.
pub(super) fn revoked_token(slug: &Slug) -> Failure {
    unprovisioned_workspace(slug, "Gitea does not accept the token of the workspace's bot.")
}

/// 503: another organisation has the name of the workspace's own.
pub(super) fn remade_organisation(organisation: &str) -> Failure {
    let message = format!(
        "The organisation {organisation} is not the workspace's own: somebody has created another one with its name."
    );
    Failure::unready(message).hint("Tell the operator: Co-Vibe uses nothing in that organisation.")
}

/// 503: the workspace's organisation has another name.
pub(super) fn renamed_organisation(slug: &Slug, organisation: &str) -> Failure {
    let message = format!("The organisation {organisation} was renamed in Gitea.");
    unprovisioned_workspace(slug, message)
}

/// 503: an administrator has locked the bot.
pub(super) fn locked_bot(bot: &str) -> Failure {
    Failure::unready(format!("The workspace's bot {bot} is locked in Gitea."))
        .hint("Tell the operator: an administrator of Gitea has to unlock the user.")
}

fn no_branch(message: String, complaint: &str) -> Failure {
    Failure::rejected(message).detail("fields", json!({ "branch": [complaint] }))
}

fn plain_name(name: &str) -> String {
    names::displayable(name, 200)
}
