//! Failures that concern an app as a whole: its source, its deployments, its patches.

use std::time::Duration;

use covibe_coolify::Application;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::quotable_name;
use covibe_workspace::Workspace;
use serde_json::json;

/// The cursor is not one of an answer of `apps.logs`.
pub(super) fn invalid_log_cursor() -> Failure {
    Failure::invalid("`cursor` must be a cursor that apps.logs returned.")
        .hint("Pass it as it was returned, or leave it out for the newest lines.")
}

/// A call names two beginnings of the lines.
pub(super) fn cursor_with_since() -> Failure {
    Failure::invalid(
        "`cursor` and `since` can't be combined: each of them sets where the lines begin.",
    )
    .hint("Pass only `cursor` to get the lines after an earlier answer, or only `since`.")
}

/// The app is built from a compose file in a repository, which the operator has not enabled.
pub(super) fn compose_repositories_disabled() -> Failure {
    Failure::forbidden("Compose files in repositories are not built on this server.").hint(
        "Pass the file as `composeRaw`, with `image` in place of `build`, or build from one \
         Dockerfile. The operator can allow compose files with COVIBE_ALLOW_COMPOSE_REPOSITORIES=true.",
    )
}

/// The app is built from a compose file in a repository, and Coolify clones over SSH.
pub(super) fn compose_repositories_over_ssh() -> Failure {
    Failure::forbidden(
        "Compose files in repositories are not built on this server, which clones over SSH.",
    )
    .hint(
        "Pass the file as `composeRaw`, with `image` in place of `build`, or build from one \
         Dockerfile. The operator can allow compose files with GITEA_CLONE=https.",
    )
}

/// The compose file was asked for with read-only access.
pub(super) fn file_for_readers() -> Failure {
    Failure::forbidden(
        "A compose file may contain credentials, so read-only access does not include it.",
    )
    .hint("Call apps.get without `include`, or ask the user for full access.")
}

/// A commit was named for an app that is not built from a repository.
pub(super) fn app_without_commits(source: &str) -> Failure {
    Failure::invalid(format!("The app was created from {source}, so it has no commits."))
        .hint("Leave out `commit`.")
}

/// An app of one container has no compose file whose volumes could be confirmed.
pub(super) fn app_without_file() -> Failure {
    Failure::invalid("The app has no compose file, so there are no volume changes to confirm.")
        .hint("Leave out `confirmVolumes`.")
}

/// The volumes of a compose app are confirmed with its file.
pub(super) fn file_without_code() -> Failure {
    Failure::invalid("The app's compose file is not in a repository.")
        .hint("Leave out `confirmVolumes` here: pass it to apps.update with `composeRaw`.")
}

/// A deployment of the app that is to be deleted is in progress.
pub(super) fn deployment_in_progress(app: &AppUuid) -> Failure {
    let hint = format!(
        "Nothing was deleted: a container that the deployment starts would keep running. Repeat \
         the call once the deployment has ended; apps.deployments {{\"uuid\":\"{app}\"}} shows its \
         status."
    );
    Failure::conflict("A deployment of the app is in progress.")
        .hint(hint)
        .retry_after(Duration::from_secs(30))
}

/// The default branch's name has characters that Coolify's shell would interpret.
pub(super) fn undeployable_default_branch(hint: &str) -> Failure {
    let message = "The name of the repository's default branch is not allowed.";
    Failure::rejected(message)
        .hint(hint)
        .detail("fields", json!({ "branch": ["has characters that are not allowed"] }))
}

/// The name of the app's branch has characters that Coolify's shell would interpret.
pub(super) fn undeployable_branch() -> Failure {
    Failure::rejected("The name of the app's branch is not allowed.")
        .hint("Set another branch with apps.update: letters, digits and _ . / - only.")
}

/// An operator chose a build pack in Coolify whose files are not checked.
pub(super) fn uncheckable_build_pack(pack: &str) -> Failure {
    Failure::rejected(format!(
        "Co-Vibe can't check the build pack {}, so the app is not built.",
        quotable_name(pack)
    ))
    .hint("Create the app again with the `buildPack` nixpacks, static or dockerfile.")
}

/// The app runs an image or a compose file; `parameter` is the one that changes it.
pub(super) fn app_without_repository(source: &str, parameter: &str) -> Failure {
    Failure::invalid(format!("The app was created from {source}; it has no repository."))
        .hint(format!("To change what it runs, call apps.update with {parameter}."))
}

/// The repository that an app is built from is not known.
pub(super) fn no_repository(cx: &Workspace, app: &Application) -> Failure {
    if !cx.is_released(app) {
        return foreign_clone_url();
    }
    Failure::conflict("The repository that the app is built from is gone or unknown.")
        .hint("Call apps.rewire_git with `repo`: the repository from which to build the app.")
}

/// The app's current clone URL leads to another Git server.
pub(super) fn foreign_clone_url() -> Failure {
    Failure::invalid("The app's current clone URL does not point to the workspace's Gitea.").hint(
        "Call apps.rewire_git with `repo`: the bare name of one of the workspace's repositories.",
    )
}

/// The repository that the app is built from has a new name, and another repository has its old one.
pub(super) fn renamed_repository(new: &str, old: &str) -> Failure {
    let message = format!(
        "The app's repository was renamed to {new}, and another repository has its old name {old}."
    );
    let hint = format!(
        "Nothing was built. Call apps.rewire_git to build the app from {new}, or with `repo: \
         {old}` to build it from the other one."
    );
    Failure::conflict(message).hint(hint)
}

/// The repository that the app is built from is gone, and another one has its name.
pub(super) fn replaced_repository(name: &str) -> Failure {
    let message = format!(
        "The repository that the app is built from is gone, and another repository now has its \
         name {name}."
    );
    Failure::conflict(message).hint(
        "Nothing was built. Call apps.rewire_git to build the app from the other one; pushes to it \
         then deploy the app.",
    )
}

/// A setting of the app differs from what this call wrote.
pub(super) fn overwritten_setting(what: &str) -> Failure {
    Failure::conflict(format!("The app's {what} differs from the one that this call set."))
        .hint("Another call may have changed it: check with apps.get, then repeat.")
        .in_doubt()
}

/// The patch of `apps.update` is empty.
pub(super) fn empty_patch() -> Failure {
    Failure::invalid("`patch` has no fields.")
        .hint(r#"Pass a change, such as {"patch":{"branch":"main"}}."#)
}

/// A service of a compose file that is a database.
pub(super) fn database_service(name: &str, hint: String) -> Failure {
    let shown = quotable_name(name);
    Failure::invalid(format!(
        "The service {shown} is a database, and a database can't have a domain."
    ))
    .hint(hint)
}

/// Coolify does not return the compose file of an app.
pub(super) fn invisible_file() -> Failure {
    Failure::unready("Coolify does not return the compose file.")
        .hint("Tell the operator: Coolify's token lacks the ability read:sensitive.")
}

/// The creation of an app has not ended, so nobody has judged all of what it would start.
pub(super) fn unfinished_app(name: &str) -> Failure {
    Failure::conflict(format!("The creation of the app {} is not finished.", quotable_name(name))).hint(
        "Repeat the same apps.create call: it finishes the app and starts it. Or delete the app \
         with apps.delete.",
    )
}

/// The stored compose file of an app, which `refused` says is refused.
pub(super) fn refused_file(mut refused: Failure) -> Failure {
    refused.message = refused.message.replacen("composeRaw", "The app's compose file", 1);
    refused.hint(
        "Nothing was started. Send another file with apps.update and `composeRaw`, or delete the app \
         with apps.delete.",
    )
}

/// The stored compose file of an app can't be read as YAML.
pub(super) fn unreadable_file() -> Failure {
    Failure::unready("The app can't be checked now: its compose file can't be read.")
        .hint("Nothing was started. Send another file with apps.update and `composeRaw`.")
}

/// No free host was found for containers whose variables ask Coolify for one.
pub(super) fn no_free_hosts() -> Failure {
    Failure::conflict("The domains for the app's containers are taken.")
        .hint("Assign a domain to each of them with apps.domains.set.")
}
