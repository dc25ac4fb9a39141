//! Changing an application.

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::Failure;
use covibe_domain::shell::CommitSha;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::name::rename;
use super::source::{Source, taken};
use super::table::{AppPatch, Effective, Member};
use crate::apps::compose_repositories::allow_compose_repository;
use crate::patch::Fates;

/// Whether an application stays at a commit whatever its branch.
pub(in crate::apps) fn is_pinned(app: &Application) -> bool {
    app.git_commit_sha.as_deref().is_some_and(|commit| commit != CommitSha::HEAD)
}

/// Changes what the application takes; whether it must be deployed to take effect, and what is worth
/// a word.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    patch: AppPatch,
    fates: &mut Fates,
) -> Result<(bool, Vec<String>), Failure> {
    let wanted =
        taken(&patch, if app.runs_image() { Source::Image } else { Source::Repository }, fates);
    let mut changes = changes(&wanted)?;
    if wanted.is_empty() {
        return Ok((false, Vec::new()));
    }
    if app.is_compose() && wanted.iter().any(|(member, _)| member.effective == Effective::Deployed)
    {
        allow_compose_repository(cx)?;
    }
    let name = changes.name.take().filter(|name| *name != app.name);
    if let Some(name) = &name {
        let (there, back) = (named(name), named(&app.name));
        let there = coolify.update_application(app, &there);
        let back = coolify.update_application(app, &back);
        rename(cx, &app.uuid, name, Box::pin(there), Box::pin(back)).await?;
    }
    let told = coolify.update_application(app, &changes).await;
    told.map_err(|failure| if name.is_some() { failure.in_doubt() } else { failure })?;
    let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
    let mut needs_deploy = false;
    for (member, text) in &wanted {
        let Some(column) = &member.application else { continue };
        let kept = (column.keeps)(&read, text);
        fates.compared(member.name, kept);
        needs_deploy |= kept && member.effective == Effective::Deployed;
    }
    Ok((needs_deploy, pinned(&read, &patch).into_iter().collect()))
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

fn named(name: &str) -> ApplicationPatch {
    ApplicationPatch { name: Some(name.to_owned()), ..ApplicationPatch::default() }
}

/// A word on a branch that was changed and is not what is deployed.
fn pinned(app: &Application, patch: &AppPatch) -> Option<String> {
    let is_meant = patch.branch.is_none() || patch.commit.is_some() || app.runs_image();
    let commit = app.git_commit_sha.as_ref().filter(|_| !is_meant && is_pinned(app))?;
    Some(format!("The commit {commit} stays deployed whatever the branch: set commit to HEAD."))
}
