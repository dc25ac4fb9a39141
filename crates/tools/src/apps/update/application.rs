//! Changing an application.

use std::collections::HashMap;

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::Failure;
use covibe_domain::shell::CommitSha;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::lasting::Lasting;
use super::name::{Renamed, RenamedApp};
use super::ports;
use super::source::{Source, applicable};
use super::table::{AppPatch, Effective, Member};
use crate::apps::compose_repositories::check_compose_repositories;
use crate::apps::git::{is_pinned, own_repository};
use crate::patch::PatchOutcome;
use crate::rename::rename;

/// Applies the members of the patch that the application has. Returns whether it must be deployed for
/// the changes to take effect, and hints.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    patch: AppPatch,
    fates: &mut PatchOutcome,
) -> Result<(bool, Vec<String>), Failure> {
    let source = if app.runs_image() { Source::Image } else { Source::Repository };
    let mut wanted = applicable(&patch, source, fates);
    let lasting = Lasting::of(&patch, app, fates)?;
    changes(&wanted)?;
    if wanted.is_empty() && lasting.is_empty() {
        return Ok((false, Vec::new()));
    }
    if app.is_compose() && wanted.iter().any(|(member, _)| member.effective == Effective::Deployed)
    {
        check_compose_repositories(cx)?;
    }
    let resolved = resolve_code(cx, app, &wanted).await?;
    for (member, text) in &mut wanted {
        if let Some(meant) = resolved.get(member.name) {
            *text = meant;
        }
    }
    let mut changes = changes(&wanted)?;
    changes.health_check.clone_from(&lasting.health_check);
    ports::complete(&mut changes, app, fates);
    let found = lasting.found(coolify, app).await?;
    write(cx, coolify, app, changes).await?;
    let unmounted = lasting.write_volumes(coolify, app).await.map_err(Failure::in_doubt)?;
    let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
    let kept = lasting.found(coolify, &read).await.map_err(Failure::in_doubt)?;
    let mut needs_deploy = kept.report(found, fates);
    for (member, text) in &wanted {
        let is_changed = compare(member, text, &read, fates) && !was_so(member, text, app);
        needs_deploy |= is_changed && member.effective == Effective::Deployed;
    }
    let hints = unmounted.into_iter().chain(pinned_hint(&read, &patch));
    Ok((needs_deploy, hints.collect()))
}

/// Returns whether an application had a value before the call.
fn was_so(member: &Member, text: &str, before: &Application) -> bool {
    let had = member.application.as_ref().is_some_and(|column| (column.keeps)(before, text));
    had && (member.name != "ports" || ports::is_followed(before))
}

/// Compares what was written with what Coolify has now, and reports it. Returns whether it was kept.
fn compare(member: &Member, text: &str, read: &Application, fates: &mut PatchOutcome) -> bool {
    let Some(column) = &member.application else { return false };
    if fates.is_ignored(member.name) {
        return false;
    }
    let kept = (column.keeps)(read, text);
    if kept && member.name == "ports" && !ports::is_followed(read) {
        fates.ignored(
            "ports",
            "Coolify saved it, but its proxy keeps the old port: repeat the call",
        );
        return true;
    }
    fates.compared(member.name, kept);
    kept
}

/// Returns what the branch and the commit among the changes mean in the app's repository, by the name
/// of the member; nothing for an app that is built from another Git server.
async fn resolve_code(
    cx: &Workspace,
    app: &Application,
    wanted: &[(&Member, &str)],
) -> Result<HashMap<&'static str, String>, Failure> {
    let mut resolved = HashMap::new();
    let code: Vec<_> = wanted.iter().filter(|(member, text)| is_code(member.name, text)).collect();
    if code.is_empty() {
        return Ok(resolved);
    }
    let Some(written) = own_repository(cx, app)? else { return Ok(resolved) };
    let gitea = cx.gitea().await?;
    let (repo, _) = gitea.present_repository(&written).await?;
    for (member, text) in code {
        let meant = match member.name {
            "branch" => gitea.resolve(&repo, Some(text)).await?.branch,
            _ => gitea.commit(&repo, text).await?,
        };
        resolved.insert(member.name, meant);
    }
    Ok(resolved)
}

/// Returns whether a change of this member names something in the repository.
fn is_code(name: &str, text: &str) -> bool {
    name == "branch" || (name == "commit" && text != CommitSha::HEAD)
}

fn changes(wanted: &[(&Member, &str)]) -> Result<ApplicationPatch, Failure> {
    let mut patch = ApplicationPatch::default();
    for (member, text) in wanted {
        if let Some(column) = &member.application {
            (column.write)(&mut patch, &member.shown(), text)?;
        }
    }
    Ok(patch)
}

/// Writes the changes; the name first, so that nothing is changed if it is taken.
async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    mut changes: ApplicationPatch,
) -> Result<(), Failure> {
    let Some(name) = changes.name.take().filter(|name| *name != app.name) else {
        return coolify.update_application(app, &changes).await;
    };
    let renamed = Renamed { coolify, app: RenamedApp::Application(app) };
    Box::pin(rename(cx, &renamed, &name)).await?;
    coolify.update_application(app, &changes).await.map_err(Failure::in_doubt)
}

/// Returns a hint if the branch was changed, but a fixed commit of the application is deployed.
fn pinned_hint(app: &Application, patch: &AppPatch) -> Option<String> {
    let is_meant = patch.branch.is_none() || patch.commit.is_some() || app.runs_image();
    let commit = app.git_commit_sha.as_ref().filter(|_| !is_meant && is_pinned(app))?;
    Some(format!("The commit {commit} stays deployed whatever the branch: set commit to HEAD."))
}
